#ifndef SERVICES_PUBLIC_API_CLUSTER_LABEL_SELECTOR_H_
#define SERVICES_PUBLIC_API_CLUSTER_LABEL_SELECTOR_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::public_api {

using Labels = std::map<std::string, std::string>;

// Which labels an object must have, in kubectl's syntax: "a=b,c!=d,e in (f,g),h notin (i),j,!k".
class LabelSelector {
 public:
  // Selects everything.
  LabelSelector() = default;

  // InvalidArgument, naming the requirement, where one is malformed.
  static absl::StatusOr<LabelSelector> Parse(absl::string_view text);

  bool Matches(const Labels& labels) const;
  bool SelectsAll() const { return requirements_.empty(); }

 private:
  enum class Operator { kIn, kNotIn, kExists, kAbsent };
  struct Requirement {
    std::string key;
    Operator op = Operator::kExists;
    std::vector<std::string> values;
  };

  static absl::StatusOr<Requirement> ParseRequirement(absl::string_view text);

  std::vector<Requirement> requirements_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_CLUSTER_LABEL_SELECTOR_H_
