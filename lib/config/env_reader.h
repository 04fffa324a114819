#ifndef LIB_CONFIG_ENV_READER_H_
#define LIB_CONFIG_ENV_READER_H_

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace gossamer::config {

// The environment as it was when this was made, or one that a test gives. Immutable.
class EnvReader {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  explicit EnvReader(Variables variables) : variables_(std::move(variables)) {}
  // A copy of the process's environment. Call before other threads could change it.
  static EnvReader FromProcess();

  // Nothing where the variable is not set. The view lives as long as this object.
  std::optional<absl::string_view> Find(absl::string_view name) const;
  const Variables& variables() const { return variables_; }

 private:
  Variables variables_;
};

}  // namespace gossamer::config

#endif  // LIB_CONFIG_ENV_READER_H_
