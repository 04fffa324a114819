#include "lib/x509/trust_anchors.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/pem.h"
#include "lib/x509/testing/test_pki.h"

namespace gossamer::x509 {
namespace {

using ::testing::AllOf;
using testing::CaSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LeafSpec;
using ::testing::MatchesRegex;
using testing::TestCa;
using testing::TestLeaf;
using testing::TestNow;

using Chain = std::vector<Certificate>;

class AnchorKeyTest : public ::testing::TestWithParam<KeyType> {};

TEST_P(AnchorKeyTest, VerifiesADirectAndAnIntermediateChain) {
  const TestCa root("root.test", TestNow(), GetParam());
  const TestCa intermediate = root.Intermediate("intermediate.test", GetParam());
  const TrustAnchors anchors = root.Anchors();
  for (const PeerRole role : {PeerRole::kServer, PeerRole::kClient}) {
    EXPECT_OK(anchors.VerifyChain(Chain{root.Issue("web.example").certificate}, role, TestNow()));
    EXPECT_OK(anchors.VerifyChain(
        Chain{intermediate.Issue("web.example").certificate, intermediate.certificate()}, role,
        TestNow()));
  }
}

INSTANTIATE_TEST_SUITE_P(All, AnchorKeyTest,
                         ::testing::Values(KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                                           KeyType::kEcdsaP521, KeyType::kRsa, KeyType::kEd25519));

TEST(VerifyChainTest, ReportsThePeerAndTheChainsValidity) {
  const TestCa root;
  CertificateSpec spec = CaSpec("short.test");
  spec.not_before = TestNow() - absl::Minutes(10);
  spec.not_after = TestNow() + absl::Hours(30);
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  const Certificate certificate = root.Sign(spec, key.public_key());
  const TestCa intermediate(std::move(key), certificate);
  const absl::StatusOr<VerifiedPeer> peer = root.Anchors().VerifyChain(
      Chain{intermediate.Issue("web.example").certificate, intermediate.certificate()},
      PeerRole::kServer, TestNow());
  ASSERT_OK(peer);
  EXPECT_EQ(peer->leaf.FirstId()->value(), "web.example");
  EXPECT_EQ(peer->valid_from, TestNow() - absl::Minutes(10));
  EXPECT_EQ(peer->valid_until, TestNow() + absl::Hours(24));
  EXPECT_OK(peer->CheckId(*Id::Parse("web.example")));
  EXPECT_THAT(peer->CheckId(*Id::Parse("api.example")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr("does not match TLS identity api.example"),
                             HasSubstr("DNS:web.example"))));
}

TEST(VerifyChainTest, IgnoresOrderAndStrayCertificates) {
  const TestCa root;
  const TestCa first = root.Intermediate("first.test");
  const TestCa second = first.Intermediate("second.test");
  const TestCa stray("stray.test");
  EXPECT_OK(root.Anchors().VerifyChain(
      Chain{second.Issue("web.example").certificate, first.certificate(), stray.certificate(),
            root.certificate(), second.certificate()},
      PeerRole::kServer, TestNow()));
}

TEST(VerifyChainTest, AnIntermediateMayBeTheAnchor) {
  const TestCa intermediate = TestCa().Intermediate("intermediate.test");
  EXPECT_OK(intermediate.Anchors().VerifyChain(Chain{intermediate.Issue("web.example").certificate},
                                               PeerRole::kServer, TestNow()));
}

TEST(VerifyChainTest, ARenewedRootServesBesideTheOldOne) {
  // Same name and key, other validity; and one of the same name with another key.
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  CertificateSpec spec = CaSpec("root.test");
  const Certificate renewed = SelfSignCertificate(spec, key).value();
  spec.not_after = TestNow() - absl::Hours(1);
  const Certificate expired = SelfSignCertificate(spec, key).value();
  const TestCa namesake("root.test");
  const TestCa root(std::move(key), renewed);
  const TestLeaf leaf = root.Issue("web.example");
  for (const std::string& bundle : {absl::StrCat(expired.Pem(), namesake.Pem(), renewed.Pem()),
                                    absl::StrCat(renewed.Pem(), namesake.Pem(), expired.Pem())}) {
    const absl::StatusOr<TrustAnchors> anchors = TrustAnchors::FromPem(bundle, nullptr);
    ASSERT_OK(anchors);
    EXPECT_EQ(anchors->certificates().size(), 3u);
    EXPECT_OK(anchors->VerifyChain(Chain{leaf.certificate}, PeerRole::kServer, TestNow()));
  }
}

struct Refused {
  std::string name;
  // The chain that the peer sends; the anchor is `root`.
  std::function<Chain(const TestCa& root)> chain;
  absl::StatusCode code;
  std::vector<std::string> message;
  PeerRole role = PeerRole::kServer;
};

class VerifyChainRefusalTest : public ::testing::TestWithParam<Refused> {};

TEST_P(VerifyChainRefusalTest, SaysWhy) {
  const TestCa root;
  const absl::StatusOr<VerifiedPeer> peer =
      root.Anchors().VerifyChain(GetParam().chain(root), GetParam().role, TestNow());
  for (const std::string& part : GetParam().message) {
    EXPECT_THAT(peer, StatusIs(GetParam().code, HasSubstr(part)));
  }
}

Certificate Leaf(const TestCa& ca, const std::function<void(CertificateSpec&)>& change) {
  CertificateSpec spec = LeafSpec("web.example");
  change(spec);
  return ca.Sign(spec, PrivateKey::GenerateEcdsaP256().public_key());
}

// A certificate without any extension, which nothing but the missing authority bit keeps from
// signing others. The library does not build such, so BoringSSL does.
Certificate WithoutExtensions(const TestCa& issuer, const PrivateKey& key) {
  const bssl::UniquePtr<X509> x509(X509_new());
  const bssl::UniquePtr<X509> issuer_x509 = issuer.certificate().ToX509();
  const bssl::UniquePtr<X509> template_x509 =
      issuer.Sign(LeafSpec("attacker.example"), key.public_key()).ToX509();
  X509_set_version(x509.get(), X509_VERSION_3);
  X509_set_subject_name(x509.get(), X509_get_subject_name(template_x509.get()));
  X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer_x509.get()));
  X509_set1_notBefore(x509.get(), X509_get0_notBefore(template_x509.get()));
  X509_set1_notAfter(x509.get(), X509_get0_notAfter(template_x509.get()));
  X509_set_pubkey(x509.get(), key.get());
  X509_sign(x509.get(), issuer.key().get(), EVP_sha256());
  uint8_t* der = nullptr;
  const int length = i2d_X509(x509.get(), &der);
  const bssl::UniquePtr<uint8_t> owned(der);
  return Certificate::FromDer(absl::string_view(reinterpret_cast<char*>(der), length)).value();
}

// A leaf that another leaf has signed, by pretending that it is an authority.
Chain SignedBy(Certificate leaf_issuer, PrivateKey key) {
  CertificateSpec lie = LeafSpec("attacker.example");
  lie.is_ca = true;
  const Certificate pretended = SelfSignCertificate(lie, key).value();
  return {TestCa(std::move(key), pretended).Issue("web.example").certificate,
          std::move(leaf_issuer)};
}

Chain SignedByALeaf(const TestCa& root) {
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  Certificate leaf = root.Sign(LeafSpec("attacker.example"), key.public_key());
  return SignedBy(std::move(leaf), std::move(key));
}

Chain SignedByAnAuthorityWithoutItsBit(const TestCa& root) {
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  Certificate issuer = WithoutExtensions(root, key);
  return SignedBy(std::move(issuer), std::move(key));
}

Chain WithPathLengthExceeded(const TestCa& root) {
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  CertificateSpec spec = CaSpec("first.test");
  spec.path_length = 0;
  const Certificate certificate = root.Sign(spec, key.public_key());
  const TestCa first(std::move(key), certificate);
  const TestCa second = first.Intermediate("second.test");
  return {second.Issue("web.example").certificate, second.certificate(), first.certificate()};
}

Chain WithExpiredIntermediate(const TestCa& root) {
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  CertificateSpec spec = CaSpec("old.test");
  spec.not_before = TestNow() - absl::Hours(200);
  spec.not_after = TestNow() - absl::Hours(72);
  const Certificate certificate = root.Sign(spec, key.public_key());
  spec.not_after = TestNow() + absl::Hours(72);
  const Certificate unexpired = root.Sign(spec, key.public_key());
  return {TestCa(std::move(key), unexpired).Issue("web.example").certificate, certificate};
}

Chain WithBrokenSignature(const TestCa& root) {
  std::string der = root.Issue("web.example").certificate.der();
  der[der.find("web.example")] = 'x';
  return {Certificate::FromDer(der).value()};
}

INSTANTIATE_TEST_SUITE_P(
    All, VerifyChainRefusalTest,
    ::testing::ValuesIn(std::vector<Refused>{
        {"NoCertificate",
         [](const TestCa&) { return Chain(); },
         absl::StatusCode::kUnauthenticated,
         {"sent no certificate"}},
        {"Expired",
         [](const TestCa& root) {
           return Chain{Leaf(root, [](CertificateSpec& spec) {
             spec.not_before = TestNow() - absl::Hours(24);
             spec.not_after = TestNow() - absl::Seconds(90);
           })};
         },
         absl::StatusCode::kUnauthenticated,
         {"certificate CN=web.example expired at 2027-01-15T07:58:30Z", "1m30s ago",
          "it is 2027-01-15T08:00:00Z here"}},
        {"ExpiredWithoutACommonName",
         [](const TestCa& root) {
           return Chain{Leaf(root, [](CertificateSpec& spec) {
             spec.common_name.clear();
             spec.not_before = TestNow() - absl::Hours(24);
             spec.not_after = TestNow() - absl::Seconds(90);
           })};
         },
         absl::StatusCode::kUnauthenticated,
         {"certificate DNS:web.example expired at 2027-01-15T07:58:30Z"}},
        {"NotYetValid",
         [](const TestCa& root) {
           return Chain{Leaf(root, [](CertificateSpec& spec) {
             spec.not_before = TestNow() + absl::Hours(100) + absl::Seconds(7);
             spec.not_after = TestNow() + absl::Hours(200);
           })};
         },
         absl::StatusCode::kUnauthenticated,
         {"certificate CN=web.example is not valid before 2027-01-19T12:00:07Z", "in 100h",
          "it is 2027-01-15T08:00:00Z here", "do the clocks agree"}},
        {"ExpiredIntermediate",
         WithExpiredIntermediate,
         absl::StatusCode::kUnauthenticated,
         {"issuing certificate CN=old.test expired", "72h"}},
        {"OtherRoot",
         [](const TestCa&) { return Chain{TestCa("other.test").Issue("web.example").certificate}; },
         absl::StatusCode::kUnauthenticated,
         {"certificate CN=web.example, issued by CN=other.test, leads to none of"}},
        {"OtherRootOfTheSameName",
         [](const TestCa&) { return Chain{TestCa("root.test").Issue("web.example").certificate}; },
         absl::StatusCode::kUnauthenticated,
         {"leads to none of"}},
        {"OtherRootSentAlong",
         [](const TestCa&) {
           const TestCa other("other.test");
           return Chain{other.Issue("web.example").certificate, other.certificate()};
         },
         absl::StatusCode::kUnauthenticated,
         {"leads to none of"}},
        {"MissingIntermediate",
         [](const TestCa& root) {
           return Chain{root.Intermediate("lost.test").Issue("web.example").certificate};
         },
         absl::StatusCode::kUnauthenticated,
         {"issued by CN=lost.test, leads to none of"}},
        {"SelfSignedLeaf",
         [](const TestCa&) {
           return Chain{
               SelfSignCertificate(LeafSpec("web.example"), PrivateKey::GenerateEcdsaP256())
                   .value()};
         },
         absl::StatusCode::kUnauthenticated,
         {"leads to none of"}},
        {"TheAnchorItself",
         [](const TestCa& root) { return Chain{root.certificate()}; },
         absl::StatusCode::kUnauthenticated,
         {"CN=root.test is itself a trust anchor"}},
        {"SignedByALeaf",
         SignedByALeaf,
         absl::StatusCode::kUnauthenticated,
         {"certificate CN=web.example, issued by CN=attacker.example, leads to none of"}},
        {"MissingAuthorityBit",
         SignedByAnAuthorityWithoutItsBit,
         absl::StatusCode::kUnauthenticated,
         {"issuing certificate CN=attacker.example is not a certificate authority"}},
        {"PathLengthExceeded",
         WithPathLengthExceeded,
         absl::StatusCode::kUnauthenticated,
         {"path length"}},
        {"BrokenSignature",
         WithBrokenSignature,
         absl::StatusCode::kUnauthenticated,
         {"was not signed by CN=root.test"}},
        {"TooManyCertificates",
         [](const TestCa& root) { return Chain(kMaxChainLength + 1, root.certificate()); },
         absl::StatusCode::kInvalidArgument,
         {"at most 10"}},
    }),
    [](const auto& info) { return info.param.name; });

TEST(VerifyChainTest, ValidityEndsAtItsLastSecond) {
  const TestCa root;
  const TestLeaf leaf = root.Issue("web.example");
  const TrustAnchors anchors = root.Anchors();
  const auto verifies = [&](absl::Time now) {
    return anchors.VerifyChain(Chain{leaf.certificate}, PeerRole::kServer, now).ok();
  };
  EXPECT_TRUE(verifies(leaf.certificate.not_before()));
  EXPECT_FALSE(verifies(leaf.certificate.not_before() - absl::Seconds(1)));
  EXPECT_TRUE(verifies(leaf.certificate.not_after() - absl::Seconds(1)));
  EXPECT_FALSE(verifies(leaf.certificate.not_after()));
}

TEST(VerifyChainTest, AnExpiredAnchorVouchesForNobody) {
  const TestCa root;
  const absl::Time later = root.certificate().not_after() + absl::Hours(1);
  CertificateSpec spec = LeafSpec("web.example");
  spec.not_after = root.certificate().not_after();
  const Certificate leaf = root.Sign(spec, PrivateKey::GenerateEcdsaP256().public_key());
  EXPECT_THAT(root.Anchors().VerifyChain(Chain{leaf}, PeerRole::kServer, later),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("expired")));
}

TEST(VerifyChainTest, RefusesMalformedBytesAtAnyPlace) {
  const TestCa root;
  const std::string leaf = root.Issue("web.example").certificate.der();
  const TrustAnchors anchors = root.Anchors();
  EXPECT_THAT(
      anchors.VerifyChain(std::vector<absl::string_view>{"garbage"}, PeerRole::kServer, TestNow()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the peer's certificate")));
  EXPECT_THAT(anchors.VerifyChain(std::vector<absl::string_view>{leaf, "garbage"},
                                  PeerRole::kServer, TestNow()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("issuing certificates")));
  EXPECT_THAT(anchors.VerifyChain(static_cast<const STACK_OF(CRYPTO_BUFFER)*>(nullptr),
                                  PeerRole::kServer, TestNow()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("no certificate")));
}

TEST(VerifyChainTest, ReadsBoringSslsBuffers) {
  const TestCa root;
  const std::string der = root.Issue("web.example").certificate.der();
  bssl::UniquePtr<STACK_OF(CRYPTO_BUFFER)> stack(sk_CRYPTO_BUFFER_new_null());
  ASSERT_TRUE(bssl::PushToStack(
      stack.get(), bssl::UniquePtr<CRYPTO_BUFFER>(CRYPTO_BUFFER_new(
                       reinterpret_cast<const uint8_t*>(der.data()), der.size(), nullptr))));
  EXPECT_OK(root.Anchors().VerifyChain(stack.get(), PeerRole::kClient, TestNow()));
}

TEST(TrustAnchorsTest, KeepsGoodOnesAndWarnsOfTheRest) {
  const TestCa first("first.test");
  const TestCa second("second.test");
  std::vector<std::string> warnings;
  const absl::StatusOr<TrustAnchors> anchors = TrustAnchors::FromPem(
      absl::StrCat("# bundle\r\n", absl::StrReplaceAll(first.Pem(), {{"\n", "\r\n"}}), "\n\n",
                   EncodePem(kPemCertificate, "garbage"), first.Pem(),
                   first.Issue("leaf.example").certificate.Pem(), EncodePem("PUBLIC KEY", "x"),
                   second.Pem(), "\n\n"),
      &warnings);
  ASSERT_OK(anchors);
  EXPECT_EQ(anchors->certificates().size(), 2u);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("not a DER X.509 certificate"),
                                    HasSubstr("CN=leaf.example is not a certificate authority"),
                                    HasSubstr("a PUBLIC KEY is no certificate")));
  EXPECT_THAT(warnings.front(), MatchesRegex("trust anchor at line [0-9]+ left out: .*"));
}

TEST(TrustAnchorsTest, RefusesABundleWithNothingUsable) {
  std::vector<std::string> warnings;
  EXPECT_THAT(TrustAnchors::FromPem("", &warnings),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no PEM block")));
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_THAT(TrustAnchors::FromPem(EncodePem(kPemCertificate, "x"), &warnings),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("none of the PEM blocks")));
  EXPECT_EQ(warnings.size(), 1u);
  EXPECT_THAT(TrustAnchors::FromPem("-----BEGIN CERTIFICATE-----\nAAAA", nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no END line")));
}

TEST(TrustAnchorsTest, ComparesAsSets) {
  const TestCa first("first.test");
  const TestCa second("second.test");
  const auto parse = [](const std::string& pem) {
    return TrustAnchors::FromPem(pem, nullptr).value();
  };
  EXPECT_EQ(parse(first.Pem() + second.Pem()), parse(second.Pem() + first.Pem() + first.Pem()));
  EXPECT_NE(parse(first.Pem() + second.Pem()), parse(first.Pem()));
}

}  // namespace
}  // namespace gossamer::x509
