#ifndef LIB_PROMETHEUS_SELECTOR_H_
#define LIB_PROMETHEUS_SELECTOR_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gossamer::prom {

// The label matchers of one PromQL selector. Values are escaped, so text from a request cannot
// leave its quotes; label names come from our own tables and are not checked.
class Selector {
 public:
  Selector& Equal(absl::string_view label, absl::string_view value);
  // Matches the whole value against an RE2 expression; see EscapeRegex.
  Selector& Regex(absl::string_view label, absl::string_view expression);
  // Keeps only series that have the label.
  Selector& Present(absl::string_view label);

  // "{a=\"b\", c!=\"\"}", in the order of the calls.
  std::string ToString() const;

 private:
  Selector& Add(absl::string_view label, absl::string_view op, absl::string_view value);

  std::vector<std::string> matchers_;
};

// Takes the meaning of a regular expression from `text`, so that it matches itself only.
std::string EscapeRegex(absl::string_view text);

}  // namespace gossamer::prom

#endif  // LIB_PROMETHEUS_SELECTOR_H_
