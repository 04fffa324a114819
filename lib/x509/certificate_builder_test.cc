#include "lib/x509/certificate_builder.h"

#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "lib/x509/testing/test_pki.h"

namespace gossamer::x509 {
namespace {

using testing::CaSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LeafSpec;
using ::testing::Not;
using testing::TestCa;
using testing::TestLeaf;
using testing::TestNow;

TEST(SignCertificateTest, ALeafSaysWhatItsSpecSays) {
  const TestCa ca("root.test");
  const TestLeaf leaf = ca.Issue("web.example");
  const Certificate& certificate = leaf.certificate;
  EXPECT_EQ(certificate.subject(), "CN=web.example");
  EXPECT_EQ(certificate.issuer(), "CN=root.test");
  EXPECT_EQ(certificate.not_before(), TestNow() - absl::Hours(1));
  EXPECT_EQ(certificate.not_after(), TestNow() + absl::Hours(24));
  EXPECT_EQ(certificate.public_key(), leaf.key.public_key());
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_THAT(certificate.subject_alt_names(),
              ElementsAre(SubjectAltName{SubjectAltName::Kind::kDns, "web.example"}));
  EXPECT_EQ(certificate.serial().size(), 32u);
  EXPECT_EQ(certificate.Fingerprint().size(), 64u);

  const bssl::UniquePtr<X509> x509 = certificate.ToX509();
  EXPECT_EQ(X509_get_key_usage(x509.get()),
            static_cast<uint32_t>(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT));
  EXPECT_EQ(X509_get_extended_key_usage(x509.get()),
            static_cast<uint32_t>(XKU_SSL_SERVER | XKU_SSL_CLIENT));
  EXPECT_EQ(X509_get_extension_flags(x509.get()) & EXFLAG_BCONS, 0u);
  ASSERT_NE(X509_get0_subject_key_id(x509.get()), nullptr);
  ASSERT_NE(X509_get0_authority_key_id(x509.get()), nullptr);
  const bssl::UniquePtr<X509> issuer = ca.certificate().ToX509();
  EXPECT_EQ(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x509.get()),
                                  X509_get0_subject_key_id(issuer.get())),
            0);
}

TEST(SignCertificateTest, SerialsAreNotRepeated) {
  const TestCa ca;
  const PublicKey key = PrivateKey::GenerateEcdsaP256().public_key();
  EXPECT_NE(ca.Sign(LeafSpec("a.example"), key).serial(),
            ca.Sign(LeafSpec("a.example"), key).serial());
}

TEST(SignCertificateTest, AnAuthoritySignsCertificatesOnly) {
  CertificateSpec spec = CaSpec("intermediate.test");
  spec.path_length = 0;
  spec.not_after = TestNow() + absl::Hours(48);
  const Certificate authority = TestCa().Sign(spec, PrivateKey::GenerateEcdsaP256().public_key());
  EXPECT_TRUE(authority.is_ca());
  const bssl::UniquePtr<X509> x509 = authority.ToX509();
  EXPECT_EQ(X509_get_key_usage(x509.get()), static_cast<uint32_t>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  EXPECT_EQ(X509_get_pathlen(x509.get()), 0);
}

TEST(SignCertificateTest, AnEmptySubjectMakesTheNamesCritical) {
  CertificateSpec spec = LeafSpec("web.example");
  spec.common_name = "";
  const Certificate certificate = TestCa().Sign(spec, PrivateKey::GenerateEcdsaP256().public_key());
  EXPECT_EQ(certificate.subject(), "");
  const bssl::UniquePtr<X509> x509 = certificate.ToX509();
  int critical = 0;
  bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509.get(), NID_subject_alt_name, &critical, nullptr)));
  EXPECT_EQ(critical, 1);
}

TEST(SignCertificateTest, RefusesWhatWouldNotVerify) {
  const TestCa ca;
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  CertificateSpec spec = LeafSpec("web.example");
  const TestLeaf leaf = ca.Issue("web.example");
  EXPECT_THAT(SignCertificate(spec, key.public_key(), leaf.certificate, leaf.key),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("CN=web.example is not a certificate authority")));
  EXPECT_THAT(SignCertificate(spec, key.public_key(), ca.certificate(), key),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("private key")));
  spec.not_after = ca.certificate().not_after() + absl::Seconds(1);
  EXPECT_THAT(SignCertificate(spec, key.public_key(), ca.certificate(), ca.key()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("after issuer")));
  spec.not_after = spec.not_before;
  EXPECT_THAT(SignCertificate(spec, key.public_key(), ca.certificate(), ca.key()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("begin")));
  spec = LeafSpec("web.example");
  spec.common_name = std::string(65, 'a');
  EXPECT_THAT(SignCertificate(spec, key.public_key(), ca.certificate(), ca.key()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("common name")));
  spec.common_name = "";
  spec.names.clear();
  EXPECT_THAT(SignCertificate(spec, key.public_key(), ca.certificate(), ca.key()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("neither")));
}

TEST(SignCertificateTest, CutsFractionsOfASecond) {
  const TestCa ca;
  CertificateSpec spec = LeafSpec("web.example");
  spec.not_after = ca.certificate().not_after() + absl::Milliseconds(999);
  const Certificate leaf = ca.Sign(spec, PrivateKey::GenerateEcdsaP256().public_key());
  EXPECT_EQ(leaf.not_after(), ca.certificate().not_after());
}

TEST(CertificateTest, MatchesIdsExactly) {
  CertificateSpec spec = LeafSpec("web.example");
  spec.names = {{SubjectAltName::Kind::kEmail, "x@example"},
                {SubjectAltName::Kind::kDns, "*.wild.example"},
                {SubjectAltName::Kind::kDns, "Web.Example"},
                {SubjectAltName::Kind::kUri, "spiffe://td/web"}};
  spec.common_name = "common.example";
  const Certificate certificate = TestCa().Sign(spec, PrivateKey::GenerateEcdsaP256().public_key());
  EXPECT_TRUE(certificate.HasId(*Id::Parse("web.example")));
  EXPECT_TRUE(certificate.HasId(*Id::Parse("spiffe://td/web")));
  for (const absl::string_view other : {"eb.example", "web.example.x", "common.example",
                                        "a.wild.example", "spiffe://td/Web", "spiffe://td/web/"}) {
    EXPECT_FALSE(certificate.HasId(*Id::Parse(other))) << other;
  }
  ASSERT_OK(certificate.FirstId());
  EXPECT_EQ(certificate.FirstId()->value(), "web.example");
}

TEST(CertificateTest, WithoutANameItHasNoId) {
  EXPECT_THAT(TestCa("root.test").certificate().FirstId(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("CN=root.test")));
}

TEST(CertificateTest, ReadsAChainFromPem) {
  const TestCa root;
  const TestCa intermediate = root.Intermediate("intermediate.test");
  const absl::StatusOr<std::vector<Certificate>> chain = Certificate::ChainFromPem(absl::StrCat(
      "# issuer\n", intermediate.Pem(), "\n\n", root.key().Pkcs8Pem().view(), root.Pem()));
  ASSERT_OK(chain);
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ((*chain)[0].subject(), "CN=intermediate.test");
  EXPECT_EQ((*chain)[1].der(), root.certificate().der());
}

TEST(CertificateTest, RefusesBrokenInput) {
  const Certificate certificate = TestCa().certificate();
  EXPECT_THAT(Certificate::FromDer(certificate.der() + "x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bytes after its end")));
  EXPECT_THAT(Certificate::FromDer(std::string(kMaxCertificateBytes + 1, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
  for (size_t length = 0; length < certificate.der().size(); ++length) {
    EXPECT_THAT(Certificate::FromDer(certificate.der().substr(0, length)), Not(IsOk())) << length;
  }
  EXPECT_THAT(Certificate::ChainFromPem(""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no CERTIFICATE block")));
  EXPECT_THAT(
      Certificate::ChainFromPem("x\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("certificate at line 2")));
}

}  // namespace
}  // namespace gossamer::x509
