#include "lib/jwt/token.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/jwt/algorithm.h"
#include "lib/jwt/base64url.h"
#include "lib/jwt/service_account.h"
#include "lib/status/status_matchers.h"

namespace gossamer::jwt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using x509::KeyType;
using x509::PrivateKey;

const absl::Time kNow = absl::FromUnixSeconds(1800000000);  // 2027-01-15T08:00:00Z

Expectations Wanted() { return {"https://issuer", "identity.l5d.io", absl::Seconds(20)}; }

Claims GoodClaims() {
  return ServiceAccountClaims({"ns", "web"}, "https://issuer", "identity.l5d.io", kNow,
                              absl::Hours(1));
}

KeySet Keys(const std::vector<x509::PublicKey>& keys) {
  return KeySet::FromJson(KeySetJson(keys).value(), nullptr).value();
}

// A token of exactly this header and these claims, signed by `key` with what suits it.
std::string Raw(const std::string& header, const std::string& claims, const PrivateKey& key) {
  const std::string text = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  const Algorithm algorithm = DefaultAlgorithm(key.type()).value();
  return absl::StrCat(text, ".", EncodeBase64Url(Sign(algorithm, key, text).value()));
}

class TokenKeyTest : public ::testing::TestWithParam<KeyType> {};

TEST_P(TokenKeyTest, VerifiesWhatItSigns) {
  const PrivateKey key = PrivateKey::Generate(GetParam());
  const absl::StatusOr<std::string> token = SignToken(GoodClaims(), key);
  ASSERT_OK(token);
  const absl::StatusOr<Claims> claims =
      VerifyToken(*token, Keys({key.public_key()}), Wanted(), kNow);
  ASSERT_OK(claims);
  EXPECT_EQ(claims->issuer, "https://issuer");
  EXPECT_EQ(claims->subject, "system:serviceaccount:ns:web");
  EXPECT_THAT(claims->audiences, ElementsAre("identity.l5d.io"));
  EXPECT_EQ(claims->expires_at, kNow + absl::Hours(1));
  EXPECT_EQ(claims->not_before, kNow);
  EXPECT_EQ(claims->kubernetes_namespace, "ns");
  EXPECT_EQ(claims->kubernetes_service_account, "web");
}

TEST_P(TokenKeyTest, RefusesAnotherKeyAndAChangedToken) {
  const PrivateKey key = PrivateKey::Generate(GetParam());
  const KeySet keys = Keys({key.public_key()});
  // The stranger borrows the key's name.
  const std::string header =
      absl::StrCat("{\"alg\":\"", AlgorithmName(DefaultAlgorithm(GetParam()).value()),
                   "\",\"kid\":\"", KeyId(key.public_key()), "\"}");
  EXPECT_THAT(
      VerifyToken(Raw(header, "{}", PrivateKey::Generate(GetParam())), keys, Wanted(), kNow),
      StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("does not verify")));
  const std::string token = SignToken(GoodClaims(), key).value();
  std::vector<std::string> parts = absl::StrSplit(token, '.');
  parts[1] = EncodeBase64Url(R"({"sub":"system:serviceaccount:kube-system:admin"})");
  EXPECT_THAT(VerifyToken(absl::StrJoin(parts, "."), keys, Wanted(), kNow),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("does not verify")));
  parts = absl::StrSplit(token, '.');
  parts[2] = "";
  EXPECT_THAT(VerifyToken(absl::StrJoin(parts, "."), keys, Wanted(), kNow), Not(IsOk()));
}

INSTANTIATE_TEST_SUITE_P(All, TokenKeyTest,
                         ::testing::Values(KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                                           KeyType::kEcdsaP521, KeyType::kRsa, KeyType::kEd25519));

TEST(VerifyTokenTest, VerifiesTheStandardsExample) {
  // RFC 7515, appendix A.3.
  const KeySet keys = KeySet::FromJson(R"({"keys":[{"kty":"EC","crv":"P-256",
      "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})",
                                       nullptr)
                          .value();
  const std::string token =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  // The signature verifies, so the first thing wrong with it is its audience.
  EXPECT_THAT(VerifyToken(token, keys, {"joe", "me"}, absl::FromUnixSeconds(1300819000)),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("meant for")));
}

TEST(VerifyTokenTest, IgnoresSpaceAround) {
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  const std::string token = SignToken(GoodClaims(), key).value();
  const KeySet keys = Keys({key.public_key()});
  EXPECT_OK(VerifyToken(absl::StrCat("\n ", token, "\r\n"), keys, Wanted(), kNow));
  EXPECT_THAT(
      VerifyToken(absl::StrCat(token.substr(0, 20), "\n", token.substr(20)), keys, Wanted(), kNow),
      Not(IsOk()));
}

TEST(VerifyTokenTest, AnyOfSeveralAudiencesWillDo) {
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  Claims claims = GoodClaims();
  claims.audiences = {"https://kubernetes", "identity.l5d.io"};
  EXPECT_OK(VerifyToken(SignToken(claims, key).value(), Keys({key.public_key()}), Wanted(), kNow));
}

TEST(VerifyTokenTest, ForgivesClocksWithinTheLeeway) {
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  const KeySet keys = Keys({key.public_key()});
  const std::string token = SignToken(GoodClaims(), key).value();
  const auto verifies = [&](absl::Time now) {
    return VerifyToken(token, keys, Wanted(), now).ok();
  };
  EXPECT_TRUE(verifies(kNow - absl::Seconds(20)));
  EXPECT_FALSE(verifies(kNow - absl::Seconds(21)));
  EXPECT_TRUE(verifies(kNow + absl::Hours(1) + absl::Seconds(19)));
  EXPECT_FALSE(verifies(kNow + absl::Hours(1) + absl::Seconds(20)));
}

struct Refused {
  std::string name;
  std::string header;  // Empty for the one that suits the key.
  std::string claims;
  absl::StatusCode code;
  std::string message;
};

class VerifyTokenRefusalTest : public ::testing::TestWithParam<Refused> {};

TEST_P(VerifyTokenRefusalTest, SaysWhy) {
  static const auto* const key = new PrivateKey(PrivateKey::GenerateEcdsaP256());
  const std::string header = GetParam().header.empty() ? R"({"alg":"ES256"})" : GetParam().header;
  const std::string token = Raw(header, GetParam().claims, *key);
  const absl::StatusOr<Claims> claims =
      VerifyToken(token, Keys({key->public_key()}), Wanted(), kNow);
  EXPECT_THAT(claims, StatusIs(GetParam().code, HasSubstr(GetParam().message)));
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (const std::string& part : parts) {
    EXPECT_THAT(std::string(claims.status().message()), Not(HasSubstr(part)));
  }
}

// Claims that are good but for what replaces the last members: later ones win.
std::string But(const std::string& change) {
  return absl::StrCat(R"({"iss":"https://issuer","aud":"identity.l5d.io","exp":1800003600)",
                      change.empty() ? "" : ",", change, "}");
}

INSTANTIATE_TEST_SUITE_P(
    All, VerifyTokenRefusalTest,
    ::testing::ValuesIn(std::vector<Refused>{
        {"NoAlgorithm", R"({"typ":"JWT"})", But(""), absl::StatusCode::kUnauthenticated,
         "algorithm \"\" is not accepted"},
        {"None", R"({"alg":"none"})", But(""), absl::StatusCode::kUnauthenticated,
         "\"none\" is not accepted"},
        {"Hmac", R"({"alg":"HS256"})", But(""), absl::StatusCode::kUnauthenticated,
         "\"HS256\" is not accepted"},
        {"AlgorithmOfAnotherKeyType", R"({"alg":"RS256"})", But(""),
         absl::StatusCode::kUnauthenticated, "none of the 1 keys known here"},
        {"UnknownKey", R"({"alg":"ES256","kid":"nobody"})", But(""),
         absl::StatusCode::kUnauthenticated, "none of the 1 keys known here is \"nobody\""},
        {"CriticalExtension", R"({"alg":"ES256","crit":["b64"],"b64":false})", But(""),
         absl::StatusCode::kUnauthenticated, "crit"},
        {"HeaderNoObject", "[]", But(""), absl::StatusCode::kInvalidArgument, "header"},
        {"HeaderNotJson", "{", But(""), absl::StatusCode::kInvalidArgument, "header"},
        {"NumericAlgorithm", R"({"alg":7})", But(""), absl::StatusCode::kInvalidArgument,
         "\"alg\" is no string"},
        {"ClaimsNotJson", "", "{", absl::StatusCode::kInvalidArgument, "claims"},
        {"NoIssuer", "", R"({"aud":"identity.l5d.io","exp":1800003600})",
         absl::StatusCode::kUnauthenticated, "its issuer is \"\""},
        {"OtherIssuer", "", But(R"("iss":"https://evil\n")"), absl::StatusCode::kUnauthenticated,
         "its issuer is \"https://evil\\n\", not \"https://issuer\""},
        {"NoAudience", "", R"({"iss":"https://issuer","exp":1800003600})",
         absl::StatusCode::kUnauthenticated, "meant for \"\", not for \"identity.l5d.io\""},
        {"OtherAudience", "", But(R"("aud":["kubernetes"])"), absl::StatusCode::kUnauthenticated,
         "meant for \"kubernetes\""},
        {"AudienceOfNumbers", "", But(R"("aud":[1])"), absl::StatusCode::kInvalidArgument,
         "\"aud\""},
        {"AudienceObject", "", But(R"("aud":{})"), absl::StatusCode::kInvalidArgument, "\"aud\""},
        {"NoExpiry", "", R"({"iss":"https://issuer","aud":"identity.l5d.io"})",
         absl::StatusCode::kUnauthenticated, "never expires"},
        {"Expired", "", But(R"("exp":1799996400)"), absl::StatusCode::kUnauthenticated,
         "it expired at 2027-01-15T07:00:00Z; it is 2027-01-15T08:00:00Z here"},
        {"TextExpiry", "", But(R"("exp":"1800003600")"), absl::StatusCode::kInvalidArgument,
         "\"exp\" is no number"},
        {"HugeExpiry", "", But(R"("exp":1e300)"), absl::StatusCode::kInvalidArgument,
         "\"exp\" is no date"},
        {"NegativeExpiry", "", But(R"("exp":-1)"), absl::StatusCode::kInvalidArgument,
         "\"exp\" is no date"},
        {"NotYetValid", "", But(R"("nbf":1800001000)"), absl::StatusCode::kUnauthenticated,
         "it is not valid before 2027-01-15T08:16:40Z; it is 2027-01-15T08:00:00Z here"},
        {"IssuedInTheFuture", "", But(R"("iat":1800001000)"), absl::StatusCode::kUnauthenticated,
         "issued in the future"},
        {"KubernetesNoObject", "", But(R"("kubernetes.io":7)"), absl::StatusCode::kInvalidArgument,
         "\"kubernetes.io\" is no object"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(VerifyTokenTest, RefusesWhatIsNoToken) {
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  const KeySet keys = Keys({key.public_key()});
  const std::string good = SignToken(GoodClaims(), key).value();
  for (const std::string& text : std::vector<std::string>{
           "", " ", "a", "a.b", "..", "a.b.c", "a.b.c.d", good + ".x", good + "=", "\xFF.\xFF.\xFF",
           std::string(kMaxTokenBytes + 1, 'a')}) {
    EXPECT_THAT(VerifyToken(text, keys, Wanted(), kNow), Not(IsOk())) << text.substr(0, 50);
  }
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(VerifyToken(good.substr(0, length), keys, Wanted(), kNow), Not(IsOk())) << length;
  }
}

TEST(ServiceAccountTest, ReadsUserNames) {
  const absl::StatusOr<ServiceAccount> account =
      ParseUserName("system:serviceaccount:emoji-voto:web1");
  ASSERT_OK(account);
  EXPECT_EQ(account->namespace_name, "emoji-voto");
  EXPECT_EQ(account->name, "web1");
  EXPECT_EQ(account->UserName(), "system:serviceaccount:emoji-voto:web1");
}

TEST(ServiceAccountTest, RefusesOtherUserNames) {
  for (const std::string& name :
       std::vector<std::string>{"", "alice", "system:node:x", "system:serviceaccount:ns",
                                "system:serviceaccount:ns:", "system:serviceaccount::web",
                                "system:serviceaccount:ns:web:x", "system:serviceaccount:ns:we.b",
                                "system:serviceaccount:n.s:web", "system:serviceaccount:ns:Web",
                                "system:serviceaccount:ns:-web", "system:serviceaccount:ns:web-",
                                "system:serviceaccount:ns:web\n", "system:user:ns:web",
                                absl::StrCat("system:serviceaccount:ns:", std::string(64, 'a'))}) {
    EXPECT_THAT(ParseUserName(name),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("token is for \"")))
        << name;
  }
}

TEST(ServiceAccountTest, ClaimsMustAgree) {
  Claims claims = GoodClaims();
  EXPECT_OK(ServiceAccountOf(claims));
  claims.kubernetes_service_account = "api";
  EXPECT_THAT(ServiceAccountOf(claims),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("contradicts itself")));
  claims.kubernetes_service_account = "";
  claims.kubernetes_namespace = "";
  EXPECT_OK(ServiceAccountOf(claims));
}

}  // namespace
}  // namespace gossamer::jwt
