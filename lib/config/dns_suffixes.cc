#include "lib/config/dns_suffixes.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gossamer::config {

bool IsDnsName(absl::string_view name) {
  constexpr size_t kNameBytesMax = 253;
  constexpr size_t kLabelBytesMax = 63;
  name = absl::StripSuffix(name, ".");
  if (name.empty() || name.size() > kNameBytesMax) return false;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    if (label.empty() || label.size() > kLabelBytesMax || label.front() == '-' ||
        label.back() == '-') {
      return false;
    }
    const bool good = std::all_of(label.begin(), label.end(), [](char c) {
      return absl::ascii_isalnum(c) || c == '-' || c == '_';
    });
    if (!good) return false;
  }
  return true;
}

absl::StatusOr<DnsSuffixes> DnsSuffixes::Parse(absl::string_view text) {
  DnsSuffixes result;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    item = absl::StripAsciiWhitespace(item);
    if (item.empty()) continue;
    if (item == ".") {
      result.all_ = true;
    } else if (IsDnsName(item)) {
      result.suffixes_.push_back(absl::AsciiStrToLower(absl::StripSuffix(item, ".")));
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          "expected domains such as svc.cluster.local. with commas between them, not '", item,
          "'"));
    }
  }
  return result;
}

bool DnsSuffixes::Contains(absl::string_view name) const {
  if (all_) return true;
  name = absl::StripSuffix(name, ".");
  return std::any_of(suffixes_.begin(), suffixes_.end(), [&](const std::string& suffix) {
    if (!absl::EndsWithIgnoreCase(name, suffix)) return false;
    return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
  });
}

}  // namespace gossamer::config
