#ifndef LIB_CONFIG_DNS_SUFFIXES_H_
#define LIB_CONFIG_DNS_SUFFIXES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::config {

// Whether `name` has the form of a DNS name: labels of letters, digits, '-' and '_', of 1 to 63
// bytes, 253 in all. A trailing dot is allowed.
bool IsDnsName(absl::string_view name);

// A list of domains below which names lie. By value.
class DnsSuffixes {
 public:
  // A comma-separated list of domains in any case, with or without trailing dot; `.` is every
  // name; blanks around an item and empty items are ignored.
  static absl::StatusOr<DnsSuffixes> Parse(absl::string_view text);

  // Whether `name`, in any case and with or without trailing dot, is one of the domains or below
  // one.
  bool Contains(absl::string_view name) const;
  bool empty() const { return suffixes_.empty() && !all_; }

 private:
  bool all_ = false;
  std::vector<std::string> suffixes_;  // Lower case, no trailing dot.
};

}  // namespace gossamer::config

#endif  // LIB_CONFIG_DNS_SUFFIXES_H_
