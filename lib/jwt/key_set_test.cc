#include "lib/jwt/key_set.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::jwt {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using x509::KeyType;
using x509::PrivateKey;

// The example keys of RFC 7517, appendix A.1, and RFC 8037, appendix A.2.
constexpr char kEcKey[] = R"({"kty":"EC","crv":"P-256",
  "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"})";
constexpr char kRsaKey[] = R"({"kty":"RSA",
  "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
  "e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
constexpr char kEd25519Key[] =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

std::string Set(const std::string& keys) { return absl::StrCat("{\"keys\":[", keys, "]}"); }

TEST(KeySetTest, ReadsTheStandardsExamples) {
  std::vector<std::string> warnings;
  const absl::StatusOr<KeySet> keys =
      KeySet::FromJson(Set(absl::StrCat(kEcKey, ",", kRsaKey, ",", kEd25519Key)), &warnings);
  ASSERT_OK(keys);
  EXPECT_THAT(warnings, IsEmpty());
  ASSERT_THAT(keys->keys(), SizeIs(3));
  EXPECT_EQ(keys->keys()[0].key.type(), KeyType::kEcdsaP256);
  EXPECT_EQ(keys->keys()[0].id, "1");
  EXPECT_EQ(keys->keys()[1].key.type(), KeyType::kRsa);
  EXPECT_THAT(keys->keys()[1].algorithms, ElementsAre(Algorithm::kRs256));
  EXPECT_EQ(keys->keys()[2].key.type(), KeyType::kEd25519);
}

class KeySetTypeTest : public ::testing::TestWithParam<KeyType> {};

TEST_P(KeySetTypeTest, ReadsWhatItWrites) {
  const x509::PublicKey key = PrivateKey::Generate(GetParam()).public_key();
  const absl::StatusOr<std::string> json = KeySetJson({key});
  ASSERT_OK(json);
  const absl::StatusOr<KeySet> keys = KeySet::FromJson(*json, nullptr);
  ASSERT_OK(keys);
  EXPECT_EQ(keys->keys().front().key, key);
  EXPECT_EQ(keys->keys().front().id, KeyId(key));
  EXPECT_THAT(keys->keys().front().algorithms, ElementsAre(*DefaultAlgorithm(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(All, KeySetTypeTest,
                         ::testing::Values(KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                                           KeyType::kEcdsaP521, KeyType::kRsa, KeyType::kEd25519));

TEST(KeySetTest, ChoosesByAlgorithmAndName) {
  const absl::StatusOr<KeySet> keys =
      KeySet::FromJson(Set(absl::StrCat(kEcKey, ",", kRsaKey, ",", kEd25519Key)), nullptr);
  ASSERT_OK(keys);
  EXPECT_THAT(keys->Candidates(Algorithm::kEs256, "1"), SizeIs(1));
  EXPECT_THAT(keys->Candidates(Algorithm::kEs256, ""), SizeIs(1));
  EXPECT_THAT(keys->Candidates(Algorithm::kEs256, "2"), IsEmpty());
  EXPECT_THAT(keys->Candidates(Algorithm::kEs384, "1"), IsEmpty());
  EXPECT_THAT(keys->Candidates(Algorithm::kRs256, "2011-04-29"), SizeIs(1));
  EXPECT_THAT(keys->Candidates(Algorithm::kRs512, "2011-04-29"), IsEmpty()) << "alg says RS256";
  EXPECT_THAT(keys->Candidates(Algorithm::kEdDsa, "any"), SizeIs(1)) << "a key without a name";
}

struct LeftOut {
  std::string name;
  std::string key;
  std::string warning;
};

class KeySetLeftOutTest : public ::testing::TestWithParam<LeftOut> {};

TEST_P(KeySetLeftOutTest, WarnsAndKeepsTheOthers) {
  std::vector<std::string> warnings;
  const absl::StatusOr<KeySet> keys =
      KeySet::FromJson(Set(absl::StrCat(GetParam().key, ",", kEd25519Key)), &warnings);
  ASSERT_OK(keys);
  EXPECT_THAT(keys->keys(), SizeIs(1));
  EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("key 1 of the key set left out: "),
                                          HasSubstr(GetParam().warning))));
}

std::string Change(const std::string& key, const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(key, {{from, to}});
}

INSTANTIATE_TEST_SUITE_P(
    All, KeySetLeftOutTest,
    ::testing::ValuesIn(std::vector<LeftOut>{
        {"SharedSecret", R"({"kty":"oct","k":"c2VjcmV0"})", "key type \"oct\""},
        {"NoObject", "7", "not a JSON object"},
        {"NoType", "{}", "\"kty\" is missing"},
        {"Encryption", Change(kEcKey, "\"kid\"", "\"use\":\"enc\",\"kid\""), "\"use\""},
        {"OtherCurve", Change(kEcKey, "P-256", "secp256k1"), "curve \"secp256k1\""},
        {"OffTheCurve", Change(kEcKey, "MKBC", "NKBC"), "no point on P-256"},
        {"ShortCoordinate", Change(kEcKey, "MKBCTNIc", ""), "no point on P-256"},
        {"NotBase64", Change(kEcKey, "MKBC", "MK=="), "\"x\" is not base64url"},
        {"NoModulus", R"({"kty":"RSA","e":"AQAB"})", "\"n\" is missing"},
        {"ShortModulus", R"({"kty":"RSA","n":"0vx7","e":"AQAB"})", "2048 to 8192 bits"},
        {"EvenExponent", Change(kRsaKey, "AQAB", "AQAA"), "not an RSA key"},
        {"X25519", Change(kEd25519Key, "Ed25519", "X25519"), "only Ed25519"},
        {"ShortEd25519", Change(kEd25519Key, "11qY", ""), "only Ed25519"},
        {"AlgorithmOfAnotherType", Change(kRsaKey, "RS256", "ES256"), "does not suit"},
        {"Hmac", Change(kRsaKey, "RS256", "HS256"), "\"HS256\" is not accepted"},
        {"NumericName", Change(kEcKey, "\"1\"", "1"), "\"kid\" is no string"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(KeySetTest, RefusesWhatIsNoKeySet) {
  for (const std::string& text :
       std::vector<std::string>{"", "x", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})",
                                R"({"keys":[{"kty":"oct"}]})", std::string(100000, '['),
                                std::string(kMaxKeySetBytes + 1, ' '), "{\"keys\":[\"\xFF\"]}"}) {
    EXPECT_THAT(KeySet::FromJson(text, nullptr),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a JSON Web Key Set")));
  }
  std::string many = kEcKey;
  for (size_t i = 0; i < kMaxKeys; ++i) absl::StrAppend(&many, ",", kEcKey);
  EXPECT_THAT(KeySet::FromJson(Set(many), nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 256")));
}

}  // namespace
}  // namespace gossamer::jwt
