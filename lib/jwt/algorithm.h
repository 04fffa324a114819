#ifndef LIB_JWT_ALGORITHM_H_
#define LIB_JWT_ALGORITHM_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/x509/keys.h"

namespace gossamer::jwt {

// The signature algorithms of RFC 7518 and RFC 8037 that are accepted. "none" and the HMAC family
// are not among them and never will be: a public key must not serve as a shared secret.
enum class Algorithm { kRs256, kRs384, kRs512, kEs256, kEs384, kEs512, kEdDsa };

// By the name in a token's or a key's "alg". InvalidArgument for any other.
absl::StatusOr<Algorithm> ParseAlgorithm(absl::string_view name);
absl::string_view AlgorithmName(Algorithm algorithm);

// Whether a key of this type signs with this algorithm: one curve has one algorithm, so that a
// token cannot choose how a key is used.
bool Suits(Algorithm algorithm, x509::KeyType key_type);
// What a key of this type signs with. FailedPrecondition for a type that signs no tokens.
absl::StatusOr<Algorithm> DefaultAlgorithm(x509::KeyType key_type);

// Signs and verifies the raw form of RFC 7515: ECDSA as r and s side by side. The algorithm must
// suit the key; otherwise signing is an Internal error and nothing verifies.
absl::StatusOr<std::string> Sign(Algorithm algorithm, const x509::PrivateKey& key,
                                 absl::string_view message);
bool VerifySignature(Algorithm algorithm, const x509::PublicKey& key, absl::string_view message,
                     absl::string_view signature);

}  // namespace gossamer::jwt

#endif  // LIB_JWT_ALGORITHM_H_
