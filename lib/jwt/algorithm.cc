#include "lib/jwt/algorithm.h"

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/mem.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/errors.h"

namespace gossamer::jwt {
namespace {

using x509::KeyType;

constexpr size_t kMaxNameInMessage = 32;

struct AlgorithmRow {
  Algorithm algorithm;
  absl::string_view name;
  KeyType key_type;
  const EVP_MD* (*digest)();  // Null for Ed25519, which hashes by itself.
  size_t coordinate_bytes;    // Of ECDSA's r and s.
};

constexpr AlgorithmRow kAlgorithms[] = {
    {Algorithm::kRs256, "RS256", KeyType::kRsa, EVP_sha256, 0},
    {Algorithm::kRs384, "RS384", KeyType::kRsa, EVP_sha384, 0},
    {Algorithm::kRs512, "RS512", KeyType::kRsa, EVP_sha512, 0},
    {Algorithm::kEs256, "ES256", KeyType::kEcdsaP256, EVP_sha256, 32},
    {Algorithm::kEs384, "ES384", KeyType::kEcdsaP384, EVP_sha384, 48},
    {Algorithm::kEs512, "ES512", KeyType::kEcdsaP521, EVP_sha512, 66},
    {Algorithm::kEdDsa, "EdDSA", KeyType::kEd25519, nullptr, 0},
};

const AlgorithmRow& Row(Algorithm algorithm) { return kAlgorithms[static_cast<int>(algorithm)]; }

const uint8_t* Data(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

const EVP_MD* Digest(const AlgorithmRow& row) {
  return row.digest == nullptr ? nullptr : row.digest();
}

// From DER to r and s of fixed length.
absl::StatusOr<std::string> ToRaw(absl::string_view der, size_t coordinate_bytes) {
  const bssl::UniquePtr<ECDSA_SIG> signature(ECDSA_SIG_from_bytes(Data(der), der.size()));
  std::string raw(2 * coordinate_bytes, '\0');
  auto* out = reinterpret_cast<uint8_t*>(raw.data());
  if (!signature || !BN_bn2bin_padded(out, coordinate_bytes, ECDSA_SIG_get0_r(signature.get())) ||
      !BN_bn2bin_padded(out + coordinate_bytes, coordinate_bytes,
                        ECDSA_SIG_get0_s(signature.get()))) {
    return absl::InternalError("token: the ECDSA signature cannot be written");
  }
  return raw;
}

// From r and s to DER; empty where the length is wrong.
std::string ToDer(absl::string_view raw, size_t coordinate_bytes) {
  if (raw.size() != 2 * coordinate_bytes) return std::string();
  const bssl::UniquePtr<ECDSA_SIG> signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Data(raw), coordinate_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(Data(raw) + coordinate_bytes, coordinate_bytes, nullptr);
  if (!signature || !ECDSA_SIG_set0(signature.get(), r, s)) {  // Takes r and s over.
    BN_free(r);
    BN_free(s);
    return std::string();
  }
  uint8_t* der = nullptr;
  size_t length = 0;
  if (!ECDSA_SIG_to_bytes(&der, &length, signature.get())) return std::string();
  const bssl::UniquePtr<uint8_t> owned(der);
  return std::string(reinterpret_cast<const char*>(der), length);
}

}  // namespace

absl::StatusOr<Algorithm> ParseAlgorithm(absl::string_view name) {
  for (const AlgorithmRow& row : kAlgorithms) {
    if (row.name == name) return row.algorithm;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("algorithm \"", absl::CHexEscape(name.substr(0, kMaxNameInMessage)),
                   "\" is not accepted: RS256, RS384, RS512, ES256, ES384, ES512 and EdDSA are"));
}

absl::string_view AlgorithmName(Algorithm algorithm) { return Row(algorithm).name; }

bool Suits(Algorithm algorithm, KeyType key_type) { return Row(algorithm).key_type == key_type; }

absl::StatusOr<Algorithm> DefaultAlgorithm(KeyType key_type) {
  for (const AlgorithmRow& row : kAlgorithms) {
    if (row.key_type == key_type) return row.algorithm;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("a key of ", x509::KeyTypeName(key_type), " signs no tokens"));
}

absl::StatusOr<std::string> Sign(Algorithm algorithm, const x509::PrivateKey& key,
                                 absl::string_view message) {
  x509::ScopedErrorQueue errors;
  const AlgorithmRow& row = Row(algorithm);
  bssl::ScopedEVP_MD_CTX context;
  size_t length = 0;
  std::string signature;
  if (!Suits(algorithm, key.type()) ||
      !EVP_DigestSignInit(context.get(), nullptr, Digest(row), nullptr, key.get()) ||
      !EVP_DigestSign(context.get(), nullptr, &length, Data(message), message.size())) {
    return absl::InternalError("token: the key does not suit the algorithm");
  }
  signature.resize(length);
  if (!EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &length,
                      Data(message), message.size())) {
    return absl::InternalError(absl::StrCat("token: not signed: ", errors.Reason("unknown")));
  }
  signature.resize(length);
  return row.coordinate_bytes == 0 ? absl::StatusOr<std::string>(std::move(signature))
                                   : ToRaw(signature, row.coordinate_bytes);
}

bool VerifySignature(Algorithm algorithm, const x509::PublicKey& key, absl::string_view message,
                     absl::string_view signature) {
  x509::ScopedErrorQueue errors;
  const AlgorithmRow& row = Row(algorithm);
  const std::string der =
      row.coordinate_bytes == 0 ? std::string(signature) : ToDer(signature, row.coordinate_bytes);
  bssl::ScopedEVP_MD_CTX context;
  return Suits(algorithm, key.type()) && !der.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, Digest(row), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Data(der), der.size(), Data(message), message.size()) == 1;
}

}  // namespace gossamer::jwt
