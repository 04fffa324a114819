#include "lib/jwt/key_set.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/jwt/base64url.h"
#include "lib/jwt/jwk.h"
#include "lib/status/status_macros.h"

namespace gossamer::jwt {
namespace {

using nlohmann::json;

constexpr size_t kMaxIdLength = 256;

constexpr Algorithm kEveryAlgorithm[] = {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512,
                                         Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512,
                                         Algorithm::kEdDsa};

absl::Status NotAKeySet(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a JSON Web Key Set: ", why));
}

// A member that is absent is empty; one that is no string is an error.
absl::StatusOr<std::string> OptionalText(const json& jwk, const char* name) {
  const auto member = jwk.find(name);
  if (member == jwk.end()) return std::string();
  if (!member->is_string()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is no string"));
  }
  return member->get<std::string>();
}

absl::StatusOr<std::vector<Algorithm>> ReadAlgorithms(const json& jwk, x509::KeyType type) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string name, OptionalText(jwk, "alg"));
  if (name.empty()) {
    std::vector<Algorithm> suiting;
    std::copy_if(std::begin(kEveryAlgorithm), std::end(kEveryAlgorithm),
                 std::back_inserter(suiting), [type](Algorithm a) { return Suits(a, type); });
    return suiting;
  }
  GOSSAMER_ASSIGN_OR_RETURN(const Algorithm algorithm, ParseAlgorithm(name));
  if (!Suits(algorithm, type)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"alg\" ", name, " does not suit a key of ", x509::KeyTypeName(type)));
  }
  return std::vector<Algorithm>{algorithm};
}

absl::StatusOr<VerificationKey> ReadKey(const json& jwk) {
  GOSSAMER_ASSIGN_OR_RETURN(x509::PublicKey key, PublicKeyFromJwk(jwk));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string use, OptionalText(jwk, "use"));
  if (!use.empty() && use != "sig") {
    return absl::InvalidArgumentError("\"use\" is not \"sig\"");
  }
  GOSSAMER_ASSIGN_OR_RETURN(std::string id, OptionalText(jwk, "kid"));
  if (id.size() > kMaxIdLength) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"kid\" is longer than ", kMaxIdLength, " bytes"));
  }
  GOSSAMER_ASSIGN_OR_RETURN(std::vector<Algorithm> algorithms, ReadAlgorithms(jwk, key.type()));
  return VerificationKey{std::move(id), std::move(algorithms), std::move(key)};
}

}  // namespace

absl::StatusOr<KeySet> KeySet::FromJson(absl::string_view text,
                                        std::vector<std::string>* warnings) {
  if (text.size() > kMaxKeySetBytes) {
    return NotAKeySet(
        absl::StrCat("it has ", text.size(), " bytes, at most ", kMaxKeySetBytes, " are read"));
  }
  const json set = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!set.is_object()) return NotAKeySet("no JSON object");
  const auto list = set.find("keys");
  if (list == set.end() || !list->is_array()) return NotAKeySet("\"keys\" is missing or no list");
  if (list->size() > kMaxKeys) {
    return NotAKeySet(
        absl::StrCat("it has ", list->size(), " keys, at most ", kMaxKeys, " are read"));
  }
  std::vector<VerificationKey> keys;
  for (size_t i = 0; i < list->size(); ++i) {
    absl::StatusOr<VerificationKey> key = ReadKey((*list)[i]);
    if (key.ok()) {
      keys.push_back(*std::move(key));
    } else if (warnings != nullptr) {
      warnings->push_back(
          absl::StrCat("key ", i + 1, " of the key set left out: ", key.status().message()));
    }
  }
  if (keys.empty()) return NotAKeySet("no usable key");
  return KeySet(std::move(keys));
}

std::vector<const VerificationKey*> KeySet::Candidates(Algorithm algorithm,
                                                       absl::string_view id) const {
  std::vector<const VerificationKey*> result;
  for (const VerificationKey& key : keys_) {
    const bool named = id.empty() || key.id.empty() || key.id == id;
    if (named && absl::c_linear_search(key.algorithms, algorithm)) result.push_back(&key);
  }
  return result;
}

std::string KeyId(const x509::PublicKey& key) {
  const std::string spki = key.SpkiDer();
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(spki.data()), spki.size(), digest);
  return EncodeBase64Url(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

absl::StatusOr<std::string> KeySetJson(const std::vector<x509::PublicKey>& keys) {
  json list = json::array();
  for (const x509::PublicKey& key : keys) {
    GOSSAMER_ASSIGN_OR_RETURN(json jwk, JwkFromPublicKey(key));
    GOSSAMER_ASSIGN_OR_RETURN(const Algorithm algorithm, DefaultAlgorithm(key.type()));
    jwk["kid"] = KeyId(key);
    jwk["use"] = "sig";
    jwk["alg"] = std::string(AlgorithmName(algorithm));
    list.push_back(std::move(jwk));
  }
  return absl::StrCat(json{{"keys", std::move(list)}}.dump(2), "\n");
}

}  // namespace gossamer::jwt
