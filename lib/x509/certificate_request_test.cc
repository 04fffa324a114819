#include "lib/x509/certificate_request.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::x509 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::string_view kName = "web.ns.serviceaccount.identity.linkerd.cluster.local";

class RequestKeyTest : public ::testing::TestWithParam<KeyType> {};

TEST_P(RequestKeyTest, ReadsWhatItBuilds) {
  const PrivateKey key = PrivateKey::Generate(GetParam());
  const absl::StatusOr<std::string> der = CertificateRequest::BuildDer(kName, key);
  ASSERT_OK(der);
  const absl::StatusOr<CertificateRequest> request = CertificateRequest::FromDer(*der);
  ASSERT_OK(request);
  EXPECT_OK(request->VerifySignature());
  EXPECT_EQ(request->public_key(), key.public_key());
  EXPECT_THAT(request->common_names(), ElementsAre(kName));
  EXPECT_THAT(request->subject_alt_names(),
              ElementsAre(SubjectAltName{SubjectAltName::Kind::kDns, std::string(kName)}));
}

INSTANTIATE_TEST_SUITE_P(All, RequestKeyTest,
                         ::testing::Values(KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                                           KeyType::kEcdsaP521, KeyType::kRsa, KeyType::kEd25519));

TEST(CertificateRequestTest, ListsEveryKindOfName) {
  const std::vector<SubjectAltName> names = {
      {SubjectAltName::Kind::kDns, "a.example"},
      {SubjectAltName::Kind::kUri, "spiffe://td/a"},
      {SubjectAltName::Kind::kEmail, "a@example"},
      {SubjectAltName::Kind::kIp, std::string("\x0A\x01\x02\x03", 4)},
  };
  const absl::StatusOr<std::string> der =
      CertificateRequest::BuildDer("", names, PrivateKey::GenerateEcdsaP256());
  ASSERT_OK(der);
  const absl::StatusOr<CertificateRequest> request = CertificateRequest::FromDer(*der);
  ASSERT_OK(request);
  EXPECT_THAT(request->common_names(), IsEmpty());
  std::vector<SubjectAltName> expected = names;
  expected[3].value = "10.1.2.3";
  EXPECT_EQ(request->subject_alt_names(), expected);
}

TEST(CertificateRequestTest, ANameTooLongForACommonNameStandsAlone) {
  const std::string name =
      "a-service-account.a-namespace.serviceaccount.identity.linkerd.cluster.local";
  const absl::StatusOr<std::string> der =
      CertificateRequest::BuildDer(name, PrivateKey::GenerateEcdsaP256());
  ASSERT_OK(der);
  const absl::StatusOr<CertificateRequest> request = CertificateRequest::FromDer(*der);
  ASSERT_OK(request);
  EXPECT_THAT(request->common_names(), IsEmpty());
  EXPECT_EQ(request->subject_alt_names().front().value, name);
}

TEST(CertificateRequestTest, RefusesToAskForWhatIsNoDnsName) {
  EXPECT_THAT(CertificateRequest::BuildDer("not a name", PrivateKey::GenerateEcdsaP256()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a name")));
}

TEST(CertificateRequestTest, NoticesASignatureThatIsNotItsOwn) {
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  std::string der = *CertificateRequest::BuildDer("web.example", key);
  // The name occurs twice, in the subject and in the extension; either change breaks the signature.
  const size_t at = der.find("web.example");
  ASSERT_NE(at, std::string::npos);
  der[at] = 'x';
  const absl::StatusOr<CertificateRequest> request = CertificateRequest::FromDer(der);
  ASSERT_OK(request);
  EXPECT_THAT(request->VerifySignature(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                   HasSubstr("not signed by its own key")));
}

TEST(CertificateRequestTest, RefusesGarbageCutsAndTails) {
  const std::string der =
      *CertificateRequest::BuildDer("web.example", PrivateKey::GenerateEcdsaP256());
  EXPECT_THAT(CertificateRequest::FromDer("garbage"), Not(IsOk()));
  EXPECT_THAT(CertificateRequest::FromDer(der + "x"), Not(IsOk()));
  EXPECT_THAT(CertificateRequest::FromDer(std::string(kMaxCertificateRequestBytes + 1, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
  for (size_t length = 0; length < der.size(); ++length) {
    EXPECT_THAT(CertificateRequest::FromDer(der.substr(0, length)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a DER PKCS#10")))
        << length;
  }
}

}  // namespace
}  // namespace gossamer::x509
