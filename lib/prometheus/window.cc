#include "lib/prometheus/window.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace gossamer::prom {
namespace {

constexpr size_t kMaxTextSize = 64;

}  // namespace

absl::StatusOr<absl::Duration> ParseWindow(absl::string_view text) {
  absl::Duration window;
  if (text.size() > kMaxTextSize || !absl::ParseDuration(text, &window)) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid time window \"", absl::CHexEscape(text.substr(0, kMaxTextSize)),
                     "\": expected a duration such as 30s, 1m or 1h30m"));
  }
  if (window <= absl::ZeroDuration() || window > kMaxWindow) {
    return absl::InvalidArgumentError(absl::StrCat("invalid time window \"", text,
                                                   "\": must be more than 0 and at most ",
                                                   FormatWindow(kMaxWindow)));
  }
  if (window % absl::Milliseconds(1) != absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid time window \"", text, "\": must be a whole number of milliseconds"));
  }
  return window;
}

std::string FormatWindow(absl::Duration window) {
  int64_t left_ms = absl::ToInt64Milliseconds(window);
  std::string out;
  struct Unit {
    int64_t ms;
    const char* suffix;
  };
  for (const Unit& unit : {Unit{3600000, "h"}, Unit{60000, "m"}, Unit{1000, "s"}, Unit{1, "ms"}}) {
    if (left_ms >= unit.ms) absl::StrAppend(&out, left_ms / unit.ms, unit.suffix);
    left_ms %= unit.ms;
  }
  return out.empty() ? "0s" : out;
}

}  // namespace gossamer::prom
