#include "services/destination/endpoints/authority.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gossamer::destination {
namespace {

constexpr size_t kShownMax = 300;

absl::Status Invalid(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("Invalid authority: ", text.substr(0, kShownMax)));
}

}  // namespace

absl::StatusOr<Authority> ParseAuthority(absl::string_view text) {
  Authority authority;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "[")) {
    const size_t end = rest.find(']');
    if (end == absl::string_view::npos) return Invalid(text);
    authority.host = std::string(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  } else {
    const size_t colon = std::min(rest.find(':'), rest.size());
    authority.host = std::string(rest.substr(0, colon));
    rest.remove_prefix(colon);
  }
  if (authority.host.empty()) return Invalid(text);
  if (absl::ConsumePrefix(&rest, ":")) {
    const bool digits = !rest.empty() && std::all_of(rest.begin(), rest.end(), absl::ascii_isdigit);
    if (!digits || !absl::SimpleAtoi(rest, &authority.port)) return Invalid(text);
    if (authority.port < 1 || authority.port > 65535) return Invalid(text);
  } else if (!rest.empty()) {
    return Invalid(text);
  }
  if (const auto ip = net::IpAddress::Parse(authority.host); ip.ok()) authority.ip = *ip;
  return authority;
}

absl::StatusOr<ServiceHost> ParseServiceHost(absl::string_view host,
                                             absl::string_view cluster_domain) {
  absl::string_view name = host;
  if (!absl::ConsumeSuffix(&name, absl::StrCat(".svc.", cluster_domain))) return Invalid(host);
  const std::vector<std::string> labels = absl::StrSplit(name, '.');
  if (std::find(labels.begin(), labels.end(), "") != labels.end()) return Invalid(host);
  if (labels.size() == 2) return ServiceHost{"", labels[0], labels[1]};
  if (labels.size() == 3) return ServiceHost{labels[0], labels[1], labels[2]};
  return Invalid(host);
}

}  // namespace gossamer::destination
