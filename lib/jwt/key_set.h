#ifndef LIB_JWT_KEY_SET_H_
#define LIB_JWT_KEY_SET_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/jwt/algorithm.h"
#include "lib/x509/keys.h"

namespace gossamer::jwt {

inline constexpr size_t kMaxKeySetBytes = 1 << 20;
inline constexpr size_t kMaxKeys = 256;

// One key that may have signed a token.
struct VerificationKey {
  std::string id;  // "kid"; empty where the set gives none.
  // The algorithms that the key is good for: the one of "alg", or all that suit its type.
  std::vector<Algorithm> algorithms;
  x509::PublicKey key;
};

// The public keys of a token issuer: a JSON Web Key Set (RFC 7517). Immutable: share it as a
// std::shared_ptr<const KeySet>, and replace it whole when its file changes.
class KeySet {
 public:
  // Reads RSA (2048 to 8192 bits), EC (P-256, P-384, P-521) and OKP (Ed25519) keys. A key of
  // another kind, for another use than signatures, or malformed is left out, with a sentence in
  // `warnings` (which may be null). InvalidArgument where the text is no key set, is too large, or
  // leaves no key; its message holds nothing of a key.
  static absl::StatusOr<KeySet> FromJson(absl::string_view json,
                                         std::vector<std::string>* warnings);

  // The keys that can have signed a token of this header: suiting the algorithm and, where the
  // token names a key, of that name or of none.
  std::vector<const VerificationKey*> Candidates(Algorithm algorithm, absl::string_view id) const;

  const std::vector<VerificationKey>& keys() const { return keys_; }

 private:
  explicit KeySet(std::vector<VerificationKey> keys) : keys_(std::move(keys)) {}

  std::vector<VerificationKey> keys_;
};

// What a token's "kid" says of this key: the SHA-256 of its SubjectPublicKeyInfo in base64url, as
// Kubernetes names its keys.
std::string KeyId(const x509::PublicKey& key);

// A key set of these keys as JSON, each under its KeyId. FailedPrecondition for a type of key that
// signs no tokens.
absl::StatusOr<std::string> KeySetJson(const std::vector<x509::PublicKey>& keys);

}  // namespace gossamer::jwt

#endif  // LIB_JWT_KEY_SET_H_
