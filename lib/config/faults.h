#ifndef LIB_CONFIG_FAULTS_H_
#define LIB_CONFIG_FAULTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace gossamer::config {

// Gathers everything that is wrong with a configuration, so that one run shows all of it.
class Faults {
 public:
  // `NAME="value": what`. A long value is cut.
  void AddValue(absl::string_view name, absl::string_view value, absl::string_view what);
  // `NAME: what`.
  void Add(absl::string_view name, absl::string_view what);

  bool empty() const { return messages_.empty(); }
  const std::vector<std::string>& messages() const { return messages_; }
  // OK where there is no fault, else InvalidArgument with a line a fault.
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> messages_;
};

}  // namespace gossamer::config

#endif  // LIB_CONFIG_FAULTS_H_
