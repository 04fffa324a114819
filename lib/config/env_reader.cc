#include "lib/config/env_reader.h"

#include <unistd.h>

#include <cstring>
#include <string_view>

namespace gossamer::config {

EnvReader EnvReader::FromProcess() {
  Variables variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals != nullptr) variables.emplace(std::string(*entry, equals - *entry), equals + 1);
  }
  return EnvReader(std::move(variables));
}

std::optional<absl::string_view> EnvReader::Find(absl::string_view name) const {
  const auto it = variables_.find(std::string_view(name.data(), name.size()));
  if (it == variables_.end()) return std::nullopt;
  return it->second;
}

}  // namespace gossamer::config
