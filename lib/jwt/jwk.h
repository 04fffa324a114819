#ifndef LIB_JWT_JWK_H_
#define LIB_JWT_JWK_H_

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "lib/x509/keys.h"

// One JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037); for key_set.cc only.
namespace gossamer::jwt {

// The public key that a JSON Web Key holds. InvalidArgument where it is of an unsupported kind or
// malformed.
absl::StatusOr<x509::PublicKey> PublicKeyFromJwk(const nlohmann::json& jwk);

// The members that describe the key: "kty" and the key's own. FailedPrecondition for a type that
// cannot be written.
absl::StatusOr<nlohmann::json> JwkFromPublicKey(const x509::PublicKey& key);

}  // namespace gossamer::jwt

#endif  // LIB_JWT_JWK_H_
