#include "lib/jwt/jwk.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/jwt/base64url.h"
#include "lib/status/status_macros.h"
#include "lib/x509/errors.h"

namespace gossamer::jwt {
namespace {

using nlohmann::json;
using x509::KeyType;
using x509::PublicKey;

constexpr unsigned kMinRsaBits = 2048;
constexpr unsigned kMaxRsaBits = 8192;
constexpr size_t kEd25519Bytes = 32;
constexpr size_t kMaxTextInMessage = 64;

struct Curve {
  absl::string_view name;
  KeyType type;
  int nid;
  size_t coordinate_bytes;
};

constexpr Curve kCurves[] = {
    {"P-256", KeyType::kEcdsaP256, NID_X9_62_prime256v1, 32},
    {"P-384", KeyType::kEcdsaP384, NID_secp384r1, 48},
    {"P-521", KeyType::kEcdsaP521, NID_secp521r1, 66},
};

absl::StatusOr<std::string> Text(const json& jwk, const char* name) {
  const auto member = jwk.find(name);
  if (member == jwk.end() || !member->is_string()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is missing or no string"));
  }
  return member->get<std::string>();
}

absl::StatusOr<std::string> Bytes(const json& jwk, const char* name) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string text, Text(jwk, name));
  std::string bytes;
  if (!DecodeBase64Url(text, &bytes) || bytes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is not base64url"));
  }
  return bytes;
}

bssl::UniquePtr<BIGNUM> Number(const std::string& bytes) {
  return bssl::UniquePtr<BIGNUM>(
      BN_bin2bn(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), nullptr));
}

std::string NumberText(const BIGNUM* number, size_t width) {
  std::string bytes(width, '\0');
  if (!BN_bn2bin_padded(reinterpret_cast<uint8_t*>(bytes.data()), width, number)) return "";
  return EncodeBase64Url(bytes);
}

absl::StatusOr<PublicKey> ReadRsa(const json& jwk) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string modulus, Bytes(jwk, "n"));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string exponent, Bytes(jwk, "e"));
  bssl::UniquePtr<BIGNUM> n = Number(modulus);
  bssl::UniquePtr<BIGNUM> e = Number(exponent);
  if (!n || BN_num_bits(n.get()) < kMinRsaBits || BN_num_bits(n.get()) > kMaxRsaBits) {
    return absl::InvalidArgumentError(
        absl::StrCat("the RSA modulus must have ", kMinRsaBits, " to ", kMaxRsaBits, " bits"));
  }
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!rsa || !key || !e || !RSA_set0_key(rsa.get(), n.get(), e.get(), nullptr)) {
    return absl::InvalidArgumentError("not an RSA key");
  }
  n.release();  // The key owns them now.
  e.release();
  // Judges modulus and exponent (odd, not too long).
  if (!RSA_check_key(rsa.get()) || !EVP_PKEY_set1_RSA(key.get(), rsa.get())) {
    return absl::InvalidArgumentError("not an RSA key");
  }
  return PublicKey(std::move(key));
}

absl::StatusOr<PublicKey> ReadEc(const json& jwk) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string name, Text(jwk, "crv"));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string x, Bytes(jwk, "x"));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string y, Bytes(jwk, "y"));
  for (const Curve& curve : kCurves) {
    if (curve.name != name) continue;
    const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(curve.nid));
    bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
    const bssl::UniquePtr<BIGNUM> x_number = Number(x);
    const bssl::UniquePtr<BIGNUM> y_number = Number(y);
    // Fails for a point that is not on the curve.
    if (!ec || !key || !x_number || !y_number || x.size() != curve.coordinate_bytes ||
        y.size() != curve.coordinate_bytes ||
        !EC_KEY_set_public_key_affine_coordinates(ec.get(), x_number.get(), y_number.get()) ||
        !EVP_PKEY_set1_EC_KEY(key.get(), ec.get())) {
      return absl::InvalidArgumentError(absl::StrCat("\"x\" and \"y\" are no point on ", name));
    }
    return PublicKey(std::move(key));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "curve \"", absl::CHexEscape(name.substr(0, kMaxTextInMessage)), "\" is not supported"));
}

absl::StatusOr<PublicKey> ReadOkp(const json& jwk) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string name, Text(jwk, "crv"));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string x, Bytes(jwk, "x"));
  if (name != "Ed25519" || x.size() != kEd25519Bytes) {
    return absl::InvalidArgumentError("of the key type OKP only Ed25519 is supported");
  }
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const uint8_t*>(x.data()), x.size()));
  if (!key) return absl::InvalidArgumentError("\"x\" is no Ed25519 key");
  return PublicKey(std::move(key));
}

json WriteRsa(const PublicKey& key) {
  const RSA* rsa = EVP_PKEY_get0_RSA(key.get());
  return {{"kty", "RSA"},
          {"n", NumberText(RSA_get0_n(rsa), BN_num_bytes(RSA_get0_n(rsa)))},
          {"e", NumberText(RSA_get0_e(rsa), BN_num_bytes(RSA_get0_e(rsa)))}};
}

json WriteEc(const PublicKey& key, const Curve& curve) {
  const EC_KEY* ec = EVP_PKEY_get0_EC_KEY(key.get());
  const bssl::UniquePtr<BIGNUM> x(BN_new());
  const bssl::UniquePtr<BIGNUM> y(BN_new());
  // A valid key has a finite point, so this fails only without memory; the empty members that it
  // would leave are no key to anyone.
  if (!x || !y ||
      !EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(ec), EC_KEY_get0_public_key(ec),
                                           x.get(), y.get(), nullptr)) {
    return {{"kty", "EC"}};
  }
  return {{"kty", "EC"},
          {"crv", std::string(curve.name)},
          {"x", NumberText(x.get(), curve.coordinate_bytes)},
          {"y", NumberText(y.get(), curve.coordinate_bytes)}};
}

json WriteEd25519(const PublicKey& key) {
  uint8_t bytes[kEd25519Bytes];
  size_t length = sizeof(bytes);
  EVP_PKEY_get_raw_public_key(key.get(), bytes, &length);
  return {{"kty", "OKP"},
          {"crv", "Ed25519"},
          {"x", EncodeBase64Url(
                    absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)))}};
}

}  // namespace

absl::StatusOr<PublicKey> PublicKeyFromJwk(const json& jwk) {
  x509::ScopedErrorQueue errors;
  if (!jwk.is_object()) return absl::InvalidArgumentError("not a JSON object");
  GOSSAMER_ASSIGN_OR_RETURN(const std::string type, Text(jwk, "kty"));
  if (type == "RSA") return ReadRsa(jwk);
  if (type == "EC") return ReadEc(jwk);
  if (type == "OKP") return ReadOkp(jwk);
  return absl::InvalidArgumentError(
      absl::StrCat("key type \"", absl::CHexEscape(type.substr(0, kMaxTextInMessage)),
                   "\" is not supported: RSA, EC and OKP are"));
}

absl::StatusOr<json> JwkFromPublicKey(const PublicKey& key) {
  x509::ScopedErrorQueue errors;
  const KeyType type = key.type();
  if (type == KeyType::kRsa) return WriteRsa(key);
  if (type == KeyType::kEd25519) return WriteEd25519(key);
  for (const Curve& curve : kCurves) {
    if (curve.type == type) return WriteEc(key, curve);
  }
  return absl::FailedPreconditionError(
      absl::StrCat("a key of ", x509::KeyTypeName(type), " signs no tokens"));
}

}  // namespace gossamer::jwt
