#include "lib/x509/id.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gossamer::x509 {
namespace {

constexpr size_t kMaxDnsNameLength = 253;
constexpr size_t kMaxLabelLength = 63;
constexpr size_t kMaxUriLength = 2048;  // The limit of the SPIFFE ID specification.

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelLength && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

bool IsUri(absl::string_view text) {
  const size_t colon = text.find("://");
  if (colon == absl::string_view::npos || colon == 0 || text.size() > kMaxUriLength) return false;
  const absl::string_view scheme = text.substr(0, colon);
  const absl::string_view rest = text.substr(colon + 3);
  return absl::ascii_isalpha(scheme.front()) && !rest.empty() && rest.front() != '/' &&
         std::all_of(
             scheme.begin(), scheme.end(),
             [](char c) { return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.'; }) &&
         std::all_of(rest.begin(), rest.end(), [](char c) { return absl::ascii_isgraph(c); });
}

}  // namespace

bool IsDnsName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxDnsNameLength) return false;
  absl::string_view last;
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    if (!IsLabel(label)) return false;
    last = label;
  }
  // No top-level domain is numeric, and a dotted-decimal IPv4 address must not pass for a name.
  return !std::all_of(last.begin(), last.end(), [](char c) { return absl::ascii_isdigit(c); });
}

absl::StatusOr<Id> Id::Parse(absl::string_view text) {
  if (IsDnsName(text)) return Id(Kind::kDnsName, absl::AsciiStrToLower(text));
  if (IsUri(text)) return Id(Kind::kUri, std::string(text));
  return absl::InvalidArgumentError(
      absl::StrCat("identity \"", absl::CHexEscape(text.substr(0, kMaxDnsNameLength)),
                   "\" is neither a DNS name without a trailing dot nor a URI"));
}

}  // namespace gossamer::x509
