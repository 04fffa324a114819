// Reads the input as a token, and as the header and claims of a token whose signature verifies, so
// that mutations get past it. Whatever comes, the answer is a status without the token in it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/jwt/algorithm.h"
#include "lib/jwt/base64url.h"
#include "lib/jwt/key_set.h"
#include "lib/jwt/service_account.h"
#include "lib/jwt/token.h"
#include "lib/x509/keys.h"

using gossamer::jwt::Algorithm;
using gossamer::jwt::Claims;
using gossamer::jwt::EncodeBase64Url;
using gossamer::jwt::KeySet;
using gossamer::x509::PrivateKey;

namespace {

// A fixed key, so that a finding repeats: PKCS#8 of an Ed25519 key whose seed is the text.
const PrivateKey& Key() {
  static const auto* const key = new PrivateKey(
      PrivateKey::FromDer(absl::StrCat(absl::HexStringToBytes("302e020100300506032b657004220420"),
                                       "the seed of this fuzzers one key"))
          .value());
  return *key;
}

void Verify(const std::string& token) {
  static const auto* const keys = new KeySet(
      KeySet::FromJson(gossamer::jwt::KeySetJson({Key().public_key()}).value(), nullptr).value());
  const absl::StatusOr<Claims> claims =
      gossamer::jwt::VerifyToken(token, *keys, {"i", "a"}, absl::FromUnixSeconds(1800000000));
  if (!claims.ok()) return;
  if (claims->issuer != "i" || claims->expires_at < absl::FromUnixSeconds(1799999980)) abort();
  gossamer::jwt::ServiceAccountOf(*claims).IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  Verify(input);
  const size_t split = input.find('\n');
  const std::string header =
      split == std::string::npos ? R"({"alg":"EdDSA"})" : input.substr(0, split);
  const std::string claims = split == std::string::npos ? input : input.substr(split + 1);
  const std::string text = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  Verify(absl::StrCat(
      text, ".", EncodeBase64Url(gossamer::jwt::Sign(Algorithm::kEdDsa, Key(), text).value())));
  return 0;
}
