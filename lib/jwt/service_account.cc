#include "lib/jwt/service_account.h"

#include <cstddef>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/status/status_macros.h"

namespace gossamer::jwt {
namespace {

constexpr size_t kMaxLabelLength = 63;
constexpr size_t kMaxTextInMessage = 160;
constexpr absl::string_view kSystem = "system";
constexpr absl::string_view kServiceAccount = "serviceaccount";

}  // namespace

bool IsDns1123Label(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxLabelLength && text.front() != '-' &&
         text.back() != '-' && absl::c_all_of(text, [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

std::string ServiceAccount::UserName() const {
  return absl::StrCat(kSystem, ":", kServiceAccount, ":", namespace_name, ":", name);
}

absl::StatusOr<ServiceAccount> ParseUserName(absl::string_view user_name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(user_name, absl::MaxSplits(':', 4));
  if (parts.size() != 4 || parts[0] != kSystem || parts[1] != kServiceAccount ||
      !IsDns1123Label(parts[2]) || !IsDns1123Label(parts[3])) {
    return absl::InvalidArgumentError(
        absl::StrCat("token is for \"", absl::CHexEscape(user_name.substr(0, kMaxTextInMessage)),
                     "\", which is not system:serviceaccount:<namespace>:<name> of DNS labels"));
  }
  return ServiceAccount{std::string(parts[2]), std::string(parts[3])};
}

absl::StatusOr<ServiceAccount> ServiceAccountOf(const Claims& claims) {
  GOSSAMER_ASSIGN_OR_RETURN(ServiceAccount account, ParseUserName(claims.subject));
  const auto agrees = [](absl::string_view claim, absl::string_view name) {
    return claim.empty() || claim == name;
  };
  if (!agrees(claims.kubernetes_namespace, account.namespace_name) ||
      !agrees(claims.kubernetes_service_account, account.name)) {
    return absl::InvalidArgumentError(
        "token contradicts itself: \"sub\" and \"kubernetes.io\" name different accounts");
  }
  return account;
}

Claims ServiceAccountClaims(const ServiceAccount& account, absl::string_view issuer,
                            absl::string_view audience, absl::Time now, absl::Duration lifetime) {
  Claims claims;
  claims.issuer = std::string(issuer);
  claims.subject = account.UserName();
  claims.audiences = {std::string(audience)};
  claims.expires_at = now + lifetime;
  claims.not_before = now;
  claims.issued_at = now;
  claims.kubernetes_namespace = account.namespace_name;
  claims.kubernetes_service_account = account.name;
  return claims;
}

}  // namespace gossamer::jwt
