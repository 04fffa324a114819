#ifndef LIB_JWT_TOKEN_H_
#define LIB_JWT_TOKEN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "lib/jwt/key_set.h"
#include "lib/x509/keys.h"

namespace gossamer::jwt {

// The longest token that is read. Kubernetes' have about 1 KiB.
inline constexpr size_t kMaxTokenBytes = 16 << 10;

// What a token says of its bearer.
struct Claims {
  std::string issuer;
  std::string subject;
  std::vector<std::string> audiences;
  absl::Time expires_at = absl::InfinitePast();
  absl::optional<absl::Time> not_before;
  absl::optional<absl::Time> issued_at;
  // Of the claim "kubernetes.io"; empty where the token has none.
  std::string kubernetes_namespace;
  std::string kubernetes_service_account;
  std::string kubernetes_pod;
};

// Whom and what a token must come from and be meant for.
struct Expectations {
  std::string issuer;    // Equal to "iss"; required.
  std::string audience;  // Among "aud"; required.
  // How far the issuer's clock and ours may disagree.
  absl::Duration leeway = absl::Seconds(20);
};

// Verifies a compact JSON Web Token (RFC 7515, RFC 7519) at `now`: its signature by one of the
// keys, with an algorithm that suits the key's type, its issuer, its audience, its expiry ("exp"
// must be there), and "nbf" and "iat" where they are. White space around the token is ignored:
// tokens come from files. A pure function, safe from any thread; at most kMaxKeys signature checks.
//
// InvalidArgument where the text is no such token; Unauthenticated where one of the checks fails.
// The message says which, with both clocks where it is about time, and never holds the token or a
// part of it but the names of issuer, audience, algorithm and key.
absl::StatusOr<Claims> VerifyToken(absl::string_view token, const KeySet& keys,
                                   const Expectations& expectations, absl::Time now);

// Signs a token with these claims, its header naming the key by KeyId. The claim "kubernetes.io" is
// written where a namespace is given. For tests, the demo, and installations without Kubernetes.
absl::StatusOr<std::string> SignToken(const Claims& claims, const x509::PrivateKey& key);

}  // namespace gossamer::jwt

#endif  // LIB_JWT_TOKEN_H_
