#include "examples/common/counters.h"

#include "absl/strings/str_cat.h"

namespace gossamer::examples {

void Counters::Add(absl::string_view name, int64_t amount) {
  absl::MutexLock lock(&mutex_);
  const std::string key(name);
  values_[key] += amount;
}

std::string Counters::ToJson() const {
  absl::MutexLock lock(&mutex_);
  std::string json = "{";
  for (const auto& [name, value] : values_) {
    absl::StrAppend(&json, json.size() > 1 ? ", " : "", "\"", name, "\": ", value);
  }
  return absl::StrCat(json, "}\n");
}

}  // namespace gossamer::examples
