#ifndef LIB_JWT_SERVICE_ACCOUNT_H_
#define LIB_JWT_SERVICE_ACCOUNT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/jwt/token.h"

namespace gossamer::jwt {

// A Kubernetes service account. Both names are DNS-1123 labels.
struct ServiceAccount {
  std::string namespace_name;
  std::string name;

  // "system:serviceaccount:<namespace>:<name>", the user name that tokens have as their subject.
  std::string UserName() const;
};

// From such a user name. InvalidArgument where it has another form; a name with a dot has none,
// since the identity made of it could be that of another account.
absl::StatusOr<ServiceAccount> ParseUserName(absl::string_view user_name);

// From a verified token: its subject, with which the claim "kubernetes.io" must agree where it is
// there. InvalidArgument otherwise.
absl::StatusOr<ServiceAccount> ServiceAccountOf(const Claims& claims);

// The claims of a token for this account, valid from `now` for `lifetime`.
Claims ServiceAccountClaims(const ServiceAccount& account, absl::string_view issuer,
                            absl::string_view audience, absl::Time now, absl::Duration lifetime);

// Whether `text` is a DNS-1123 label: 1 to 63 lower-case letters, digits and inner '-'.
bool IsDns1123Label(absl::string_view text);

}  // namespace gossamer::jwt

#endif  // LIB_JWT_SERVICE_ACCOUNT_H_
