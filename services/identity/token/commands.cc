#include "services/identity/token/commands.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/jwt/key_set.h"
#include "lib/jwt/service_account.h"
#include "lib/jwt/token.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/x509/keys.h"
#include "lib/x509/secret.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

constexpr size_t kMaxKeyFileBytes = 64 << 10;
constexpr absl::Duration kMinLifetime = absl::Seconds(1);
constexpr absl::Duration kMaxLifetime = absl::Hours(24 * 3653);

absl::StatusOr<x509::PrivateKey> ReadKey(const std::string& path) {
  GOSSAMER_ASSIGN_OR_RETURN(std::string content, ReadFile(path, kMaxKeyFileBytes));
  const x509::SecretString pem(std::move(content));
  absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(pem.view());
  if (!key.ok()) return Annotate(key.status(), path);
  return key;
}

absl::StatusOr<x509::PrivateKey> ReadOrCreateKey(const std::string& path) {
  absl::StatusOr<x509::PrivateKey> key = ReadKey(path);
  if (key.ok() || !absl::IsNotFound(key.status())) return key;
  key = x509::PrivateKey::GenerateEcdsaP256();
  GOSSAMER_RETURN_IF_ERROR(WriteFileAtomically(path, key->Pkcs8Pem().view(), kSecretFileMode));
  return key;
}

absl::Status CheckLabel(absl::string_view option, const std::string& value) {
  if (jwt::IsDns1123Label(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      option, " \"", value, "\" is not a DNS label (lower-case letters, digits and inner '-')"));
}

}  // namespace

absl::Status CreateKey(const CreateKeyOptions& options) {
  GOSSAMER_ASSIGN_OR_RETURN(const x509::PrivateKey key, ReadOrCreateKey(options.key_file));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string json, jwt::KeySetJson({key.public_key()}));
  return WriteFileAtomically(options.jwks_file, json, kPublicFileMode);
}

absl::StatusOr<std::string> Mint(const MintOptions& options, absl::Time now) {
  GOSSAMER_RETURN_IF_ERROR(CheckLabel("--namespace", options.namespace_name));
  GOSSAMER_RETURN_IF_ERROR(CheckLabel("--service-account", options.service_account));
  if (options.lifetime < kMinLifetime || options.lifetime > kMaxLifetime) {
    return absl::InvalidArgumentError(
        absl::StrCat("--ttl ", absl::FormatDuration(options.lifetime), " is not between ",
                     absl::FormatDuration(kMinLifetime), " and 10 years"));
  }
  GOSSAMER_ASSIGN_OR_RETURN(const x509::PrivateKey key, ReadKey(options.key_file));
  return jwt::SignToken(
      jwt::ServiceAccountClaims({options.namespace_name, options.service_account}, options.issuer,
                                options.audience, now, options.lifetime),
      key);
}

}  // namespace gossamer::identity
