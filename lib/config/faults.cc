#include "lib/config/faults.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace gossamer::config {

void Faults::AddValue(absl::string_view name, absl::string_view value, absl::string_view what) {
  constexpr size_t kShownBytesMax = 80;
  const bool cut = value.size() > kShownBytesMax;
  messages_.push_back(absl::StrCat(name, "=\"", absl::CHexEscape(value.substr(0, kShownBytesMax)),
                                   cut ? "...\": " : "\": ", what));
}

void Faults::Add(absl::string_view name, absl::string_view what) {
  messages_.push_back(absl::StrCat(name, ": ", what));
}

absl::Status Faults::ToStatus() const {
  if (messages_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(messages_, "\n"));
}

}  // namespace gossamer::config
