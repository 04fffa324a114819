#ifndef LIB_X509_KEYS_H_
#define LIB_X509_KEYS_H_

#include <openssl/evp.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/x509/secret.h"

namespace gossamer::x509 {

enum class KeyType { kEcdsaP256, kEcdsaP384, kEcdsaP521, kRsa, kEd25519, kOther };

// "ECDSA P-256" and so on, for messages.
absl::string_view KeyTypeName(KeyType type);
bool IsEcdsa(KeyType type);

// A public key of any type. A cheap copy: the key itself is shared and immutable, so that any
// thread may use it.
class PublicKey {
 public:
  explicit PublicKey(bssl::UniquePtr<EVP_PKEY> key);
  // From a DER SubjectPublicKeyInfo; InvalidArgument where it is none.
  static absl::StatusOr<PublicKey> FromSpkiDer(absl::string_view der);

  PublicKey(const PublicKey& other);
  PublicKey& operator=(const PublicKey& other);
  PublicKey(PublicKey&&) = default;
  PublicKey& operator=(PublicKey&&) = default;

  KeyType type() const;
  int bits() const { return EVP_PKEY_bits(key_.get()); }
  std::string SpkiDer() const;

  // Borrowed; it lives as long as this object or a copy of it.
  EVP_PKEY* get() const { return key_.get(); }

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return EVP_PKEY_cmp(a.get(), b.get()) == 1;
  }
  friend bool operator!=(const PublicKey& a, const PublicKey& b) { return !(a == b); }

 private:
  bssl::UniquePtr<EVP_PKEY> key_;
};

// A private key. BoringSSL wipes the key's memory when its last owner goes; the encodings that
// leave this class are SecretStrings. Immutable: any thread may sign with it. Moved, never copied.
class PrivateKey {
 public:
  // A new key, made and kept in memory.
  static PrivateKey GenerateEcdsaP256();
  // For tests and for issuers of other kinds. `type` is not kOther; RSA has 2048 bits.
  static PrivateKey Generate(KeyType type);

  // From PKCS#8, SEC 1 or PKCS#1 DER. The input is not kept; wiping it is the caller's duty.
  // InvalidArgument, without a byte of the input, where it is none of them.
  static absl::StatusOr<PrivateKey> FromDer(absl::string_view der);
  // From the first private key of a PEM text: PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY. Other
  // blocks (EC PARAMETERS, CERTIFICATE) are passed over. An encrypted key is an InvalidArgument.
  static absl::StatusOr<PrivateKey> FromPem(absl::string_view pem);

  KeyType type() const { return public_key().type(); }
  PublicKey public_key() const;

  SecretString Pkcs8Der() const;
  SecretString Pkcs8Pem() const;

  // Borrowed, for SSL_CTX_set1_chain_and_key and the like, which take a reference of their own.
  EVP_PKEY* get() const { return key_.get(); }

 private:
  explicit PrivateKey(bssl::UniquePtr<EVP_PKEY> key) : key_(std::move(key)) {}

  bssl::UniquePtr<EVP_PKEY> key_;  // Never null.
};

}  // namespace gossamer::x509

#endif  // LIB_X509_KEYS_H_
