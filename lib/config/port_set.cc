#include "lib/config/port_set.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace gossamer::config {
namespace {

bool ParsePort(absl::string_view text, uint16_t* port) {
  uint32_t value = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(text, &value) || value > 65535) return false;
  *port = static_cast<uint16_t>(value);
  return true;
}

}  // namespace

absl::StatusOr<PortSet> PortSet::Parse(absl::string_view text) {
  PortSet set;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    item = absl::StripAsciiWhitespace(item);
    if (item.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(item, absl::MaxSplits('-', 1));
    Range range;
    const bool one = item.find('-') == absl::string_view::npos;
    const bool good =
        ParsePort(absl::StripAsciiWhitespace(ends.first), &range.first) &&
        ParsePort(absl::StripAsciiWhitespace(one ? ends.first : ends.second), &range.last) &&
        range.first <= range.last;
    if (!good) {
      return absl::InvalidArgumentError(absl::StrCat(
          "expected ports and ranges of them, low end first, such as 80,8000-8080, not '", item,
          "'"));
    }
    set.AddRange(range);
  }
  return set;
}

void PortSet::AddRange(Range range) {
  std::vector<Range> merged;
  for (const Range& other : ranges_) {
    // Ranges that touch become one, too; in int, so that 65535 + 1 does not wrap.
    const bool apart =
        int{other.last} + 1 < int{range.first} || int{range.last} + 1 < int{other.first};
    if (apart) {
      merged.push_back(other);
    } else {
      range = {std::min(range.first, other.first), std::max(range.last, other.last)};
    }
  }
  merged.push_back(range);
  std::sort(merged.begin(), merged.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  ranges_ = std::move(merged);
}

bool PortSet::Contains(uint16_t port) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), port,
                       [](uint16_t value, const Range& range) { return value < range.first; });
  return after != ranges_.begin() && port <= std::prev(after)->last;
}

std::string PortSet::ToString() const {
  return absl::StrJoin(ranges_, ",", [](std::string* out, const Range& range) {
    absl::StrAppend(out, range.first);
    if (range.last != range.first) absl::StrAppend(out, "-", range.last);
  });
}

}  // namespace gossamer::config
