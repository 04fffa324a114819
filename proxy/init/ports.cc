#include "proxy/init/ports.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gossamer::proxy_init {
namespace {

constexpr int kMultiportPortsMax = 15;
constexpr int kPortMax = 65535;

bool ParsePort(absl::string_view text, uint16_t* port) {
  int value = 0;
  // SimpleAtoi also takes signs and white space, which iptables would not.
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text.front())) ||
      !absl::ascii_isdigit(static_cast<unsigned char>(text.back())) ||
      !absl::SimpleAtoi(text, &value) || value < 1 || value > kPortMax) {
    return false;
  }
  *port = static_cast<uint16_t>(value);
  return true;
}

}  // namespace

absl::StatusOr<std::vector<PortRange>> ParsePortRanges(absl::string_view text) {
  std::vector<PortRange> ranges;
  for (absl::string_view element : absl::StrSplit(text, ',')) {
    element = absl::StripAsciiWhitespace(element);
    if (element.empty()) continue;
    const std::vector<absl::string_view> ends = absl::StrSplit(element, absl::MaxSplits('-', 1));
    PortRange range;
    if (!ParsePort(ends.front(), &range.first) || !ParsePort(ends.back(), &range.last) ||
        range.first > range.last) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", element, "' is no port; expected 1 to 65535, or a range such as 8000-8999"));
    }
    ranges.push_back(range);
  }
  return ranges;
}

std::vector<std::string> MultiportLists(const std::vector<PortRange>& ranges) {
  std::vector<std::string> lists;
  int room = 0;
  for (const PortRange& range : ranges) {
    const bool single = range.first == range.last;
    const int size = single ? 1 : 2;
    if (size > room) {
      lists.emplace_back();
      room = kMultiportPortsMax;
    }
    room -= size;
    std::string& list = lists.back();
    if (!list.empty()) list += ',';
    absl::StrAppend(&list, range.first);
    if (!single) absl::StrAppend(&list, ":", range.last);
  }
  return lists;
}

}  // namespace gossamer::proxy_init
