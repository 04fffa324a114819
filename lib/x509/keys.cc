#include "lib/x509/keys.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/errors.h"
#include "lib/x509/pem.h"

namespace gossamer::x509 {
namespace {

constexpr int kRsaBits = 2048;
constexpr size_t kMaxKeyBytes = 16 << 10;  // An RSA key of 8192 bits has less than 5 KiB.
constexpr absl::string_view kPemPkcs8 = "PRIVATE KEY";
constexpr absl::string_view kPemSec1 = "EC PRIVATE KEY";
constexpr absl::string_view kPemPkcs1 = "RSA PRIVATE KEY";
constexpr absl::string_view kPemEncrypted = "ENCRYPTED PRIVATE KEY";

CBS AsCbs(absl::string_view bytes) {
  CBS cbs;
  CBS_init(&cbs, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return cbs;
}

bssl::UniquePtr<EVP_PKEY> GenerateEc(int curve_nid) {
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(curve_nid));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  // Fails only without memory, which the process does not survive anyway.
  if (!ec || !key || !EC_KEY_generate_key(ec.get()) || !EVP_PKEY_set1_EC_KEY(key.get(), ec.get())) {
    std::abort();
  }
  return key;
}

bssl::UniquePtr<EVP_PKEY> GenerateRsa() {
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> exponent(BN_new());
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!rsa || !exponent || !key || !BN_set_word(exponent.get(), RSA_F4) ||
      !RSA_generate_key_ex(rsa.get(), kRsaBits, exponent.get(), nullptr) ||
      !EVP_PKEY_set1_RSA(key.get(), rsa.get())) {
    std::abort();
  }
  return key;
}

bssl::UniquePtr<EVP_PKEY> GenerateEd25519() {
  bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || !EVP_PKEY_keygen_init(context.get()) || !EVP_PKEY_keygen(context.get(), &key)) {
    std::abort();
  }
  return bssl::UniquePtr<EVP_PKEY>(key);
}

bssl::UniquePtr<EVP_PKEY> ParsePkcs8(absl::string_view der) {
  CBS cbs = AsCbs(der);
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_private_key(&cbs));
  return CBS_len(&cbs) == 0 ? std::move(key) : nullptr;
}

bssl::UniquePtr<EVP_PKEY> ParseSec1(absl::string_view der) {
  CBS cbs = AsCbs(der);
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_parse_private_key(&cbs, /*group=*/nullptr));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!ec || CBS_len(&cbs) != 0 || !key || !EVP_PKEY_set1_EC_KEY(key.get(), ec.get())) {
    return nullptr;
  }
  return key;
}

bssl::UniquePtr<EVP_PKEY> ParsePkcs1(absl::string_view der) {
  bssl::UniquePtr<RSA> rsa(
      RSA_private_key_from_bytes(reinterpret_cast<const uint8_t*>(der.data()), der.size()));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!rsa || !key || !EVP_PKEY_set1_RSA(key.get(), rsa.get())) return nullptr;
  return key;
}

std::string Marshal(int (*marshal)(CBB*, const EVP_PKEY*), const EVP_PKEY* key) {
  bssl::ScopedCBB cbb;
  uint8_t* der = nullptr;
  size_t length = 0;
  if (!CBB_init(cbb.get(), 0) || !marshal(cbb.get(), key) ||
      !CBB_finish(cbb.get(), &der, &length)) {
    return std::string();  // Key types that have no encoding; none of ours.
  }
  bssl::UniquePtr<uint8_t> owned(der);  // OPENSSL_free wipes.
  return std::string(reinterpret_cast<const char*>(der), length);
}

}  // namespace

absl::string_view KeyTypeName(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return "ECDSA P-256";
    case KeyType::kEcdsaP384:
      return "ECDSA P-384";
    case KeyType::kEcdsaP521:
      return "ECDSA P-521";
    case KeyType::kRsa:
      return "RSA";
    case KeyType::kEd25519:
      return "Ed25519";
    case KeyType::kOther:
      break;
  }
  return "an unsupported type";
}

bool IsEcdsa(KeyType type) {
  return type == KeyType::kEcdsaP256 || type == KeyType::kEcdsaP384 || type == KeyType::kEcdsaP521;
}

PublicKey::PublicKey(bssl::UniquePtr<EVP_PKEY> key) : key_(std::move(key)) {}

PublicKey::PublicKey(const PublicKey& other) : key_(bssl::UpRef(other.key_)) {}

PublicKey& PublicKey::operator=(const PublicKey& other) {
  key_ = bssl::UpRef(other.key_);
  return *this;
}

absl::StatusOr<PublicKey> PublicKey::FromSpkiDer(absl::string_view der) {
  ScopedErrorQueue errors;
  CBS cbs = AsCbs(der);
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_public_key(&cbs));
  if (!key || CBS_len(&cbs) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a DER SubjectPublicKeyInfo: ", errors.Reason("bytes after its end")));
  }
  return PublicKey(std::move(key));
}

KeyType PublicKey::type() const {
  switch (EVP_PKEY_id(key_.get())) {
    case EVP_PKEY_RSA:
      return KeyType::kRsa;
    case EVP_PKEY_ED25519:
      return KeyType::kEd25519;
    case EVP_PKEY_EC:
      break;
    default:
      return KeyType::kOther;
  }
  switch (EC_GROUP_get_curve_name(EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(key_.get())))) {
    case NID_X9_62_prime256v1:
      return KeyType::kEcdsaP256;
    case NID_secp384r1:
      return KeyType::kEcdsaP384;
    case NID_secp521r1:
      return KeyType::kEcdsaP521;
    default:
      return KeyType::kOther;
  }
}

std::string PublicKey::SpkiDer() const { return Marshal(EVP_marshal_public_key, key_.get()); }

PrivateKey PrivateKey::GenerateEcdsaP256() { return Generate(KeyType::kEcdsaP256); }

PrivateKey PrivateKey::Generate(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return PrivateKey(GenerateEc(NID_X9_62_prime256v1));
    case KeyType::kEcdsaP384:
      return PrivateKey(GenerateEc(NID_secp384r1));
    case KeyType::kEcdsaP521:
      return PrivateKey(GenerateEc(NID_secp521r1));
    case KeyType::kRsa:
      return PrivateKey(GenerateRsa());
    case KeyType::kEd25519:
      return PrivateKey(GenerateEd25519());
    case KeyType::kOther:
      break;
  }
  std::abort();  // A caller's bug, as documented.
}

absl::StatusOr<PrivateKey> PrivateKey::FromDer(absl::string_view der) {
  ScopedErrorQueue errors;
  if (der.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat("private key has ", der.size(),
                                                   " bytes, at most ", kMaxKeyBytes, " are read"));
  }
  for (const auto parse : {ParsePkcs8, ParseSec1, ParsePkcs1}) {
    bssl::UniquePtr<EVP_PKEY> key = parse(der);
    if (key && PublicKey(bssl::UpRef(key)).type() != KeyType::kOther) {
      return PrivateKey(std::move(key));
    }
  }
  return absl::InvalidArgumentError(
      "not a private key in PKCS#8, SEC 1 or PKCS#1 DER (ECDSA P-256, P-384, P-521, RSA or "
      "Ed25519)");
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(absl::string_view pem) {
  GOSSAMER_ASSIGN_OR_RETURN(std::vector<PemBlock> blocks, ParsePem(pem));
  absl::StatusOr<PrivateKey> result = absl::InvalidArgumentError(
      "PEM text holds no private key (PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY)");
  bool found = false;
  for (PemBlock& block : blocks) {
    const bool is_key =
        block.label == kPemPkcs8 || block.label == kPemSec1 || block.label == kPemPkcs1;
    if (!found && block.label == kPemEncrypted) {
      found = true;
      result = absl::InvalidArgumentError("private key is encrypted: only plain ones are read");
    } else if (!found && is_key) {
      found = true;
      result =
          block.der.ok() ? FromDer(*block.der) : absl::StatusOr<PrivateKey>(block.der.status());
    }
    if (block.der.ok()) SecretString::Wipe(*block.der);
  }
  return result;
}

PublicKey PrivateKey::public_key() const {
  // A copy without the private half, so that a PublicKey can never sign.
  ScopedErrorQueue errors;
  const std::string der = Marshal(EVP_marshal_public_key, key_.get());
  CBS cbs = AsCbs(der);
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_public_key(&cbs));
  if (!key) std::abort();  // BoringSSL reads what it writes.
  return PublicKey(std::move(key));
}

SecretString PrivateKey::Pkcs8Der() const {
  return SecretString(Marshal(EVP_marshal_private_key, key_.get()));
}

SecretString PrivateKey::Pkcs8Pem() const {
  const SecretString der = Pkcs8Der();
  return SecretString(EncodePem(kPemPkcs8, der.view()));
}

}  // namespace gossamer::x509
