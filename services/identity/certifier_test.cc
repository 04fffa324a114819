#include "services/identity/certifier.h"

#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/jwt/key_set.h"
#include "lib/jwt/service_account.h"
#include "lib/jwt/token.h"
#include "lib/log/log.h"
#include "lib/status/status_matchers.h"
#include "lib/time/fake_clock.h"
#include "lib/x509/certificate_request.h"
#include "lib/x509/testing/test_pki.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "services/identity/files/files.h"
#include "services/identity/tokens/jwks_validator.h"

namespace gossamer::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using x509::KeyType;
using x509::PrivateKey;
using x509::SubjectAltName;
using x509::testing::CaSpec;
using x509::testing::TestCa;
using x509::testing::TestNow;
using Kind = SubjectAltName::Kind;

constexpr char kIdentity[] = "web.ns.serviceaccount.identity.linkerd.cluster.local";
constexpr char kOther[] = "api.ns.serviceaccount.identity.linkerd.cluster.local";
constexpr char kTokenIssuer[] = "https://tokens.example";

std::string Csr(const std::string& common_name, const std::vector<SubjectAltName>& names,
                KeyType type = KeyType::kEcdsaP256) {
  return x509::CertificateRequest::BuildDer(common_name, names, PrivateKey::Generate(type)).value();
}

// A request as a proxy sends it, for a test to break.
struct Request {
  std::string identity = kIdentity;
  std::string token;
  std::string csr = Csr(kIdentity, {{Kind::kDns, kIdentity}});
};

class CertifierTest : public ::testing::Test {
 protected:
  CertifierTest() : root_("root.test"), issuer_(root_.Intermediate("issuer.test")) {}

  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/certifier_test.XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    ASSERT_OK(WriteFileAtomically(folder_ + "/ca.crt", root_.Pem(), kPublicFileMode));
    WriteIssuer(issuer_);
    ASSERT_OK(WriteFileAtomically(
        folder_ + "/jwks.json", jwt::KeySetJson({signer_.public_key()}).value(), kPublicFileMode));
    issuers_ = std::make_unique<IssuerFiles>(IssuerFiles::Paths{folder_, folder_ + "/ca.crt"});
    tokens_ = std::make_unique<JwksValidator>(folder_ + "/jwks.json",
                                              jwt::Expectations{kTokenIssuer, "identity.l5d.io"});
    ASSERT_OK(issuers_->Reload(clock_.Now(), nullptr));
    ASSERT_OK(tokens_->Reload(nullptr));
    MakeCertifier({});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void WriteIssuer(const TestCa& ca) {
    ASSERT_OK(WriteFileAtomically(folder_ + "/tls.crt", ca.Pem(), kPublicFileMode));
    ASSERT_OK(
        WriteFileAtomically(folder_ + "/tls.key", ca.key().Pkcs8Pem().view(), kSecretFileMode));
  }

  void MakeCertifier(const Certifier::Options& options) {
    certifier_ =
        std::make_unique<Certifier>(options, issuers_.get(), tokens_.get(), &metrics_, &clock_);
  }

  jwt::Claims Claims(const std::string& account = "web") const {
    return jwt::ServiceAccountClaims({"ns", account}, kTokenIssuer, "identity.l5d.io", clock_.Now(),
                                     absl::Hours(1));
  }
  std::string Token(const jwt::Claims& claims) const {
    return jwt::SignToken(claims, signer_).value();
  }
  Request GoodRequest() const {
    Request request;
    request.token = Token(Claims());
    return request;
  }
  absl::StatusOr<IssuedCertificate> Certify(const Request& request) {
    return certifier_->Certify({request.identity, request.token, request.csr});
  }

  std::string MetricsText() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }
  int Denied(absl::string_view reason) const {
    const std::string text = MetricsText();
    const std::string key =
        absl::StrCat("identity_certificates_denied_total{reason=\"", reason, "\"} ");
    const size_t at = text.find(key);
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + key.size()));
  }

  const TestCa root_;
  const TestCa issuer_;
  const PrivateKey signer_ = PrivateKey::GenerateEcdsaP256();
  std::string folder_;
  FakeClock clock_{TestNow()};
  prometheus::Registry registry_;
  Metrics metrics_{&registry_};
  std::unique_ptr<IssuerFiles> issuers_;
  std::unique_ptr<JwksValidator> tokens_;
  std::unique_ptr<Certifier> certifier_;
};

TEST_F(CertifierTest, IssuesACertificateThatProxiesAccept) {
  const absl::StatusOr<IssuedCertificate> issued = Certify(GoodRequest());
  ASSERT_OK(issued);
  EXPECT_EQ(issued->leaf.subject(), absl::StrCat("CN=", kIdentity));
  EXPECT_EQ(issued->leaf.not_before(), TestNow() - absl::Seconds(20));
  EXPECT_EQ(issued->leaf.not_after(), TestNow() + absl::Hours(24) + absl::Seconds(20));
  ASSERT_EQ(issued->intermediates.size(), 1u);
  EXPECT_EQ(issued->intermediates.front(), issuer_.certificate().der());
  const std::vector<absl::string_view> chain = {issued->leaf.der(), issued->intermediates.front()};
  for (const x509::PeerRole role : {x509::PeerRole::kServer, x509::PeerRole::kClient}) {
    const absl::StatusOr<x509::VerifiedPeer> peer =
        root_.Anchors().VerifyChain(chain, role, TestNow());
    ASSERT_OK(peer);
    EXPECT_OK(peer->CheckId(x509::Id::Parse(kIdentity).value()));
  }
  EXPECT_THAT(MetricsText(), HasSubstr("identity_certificates_issued_total 1"));
}

TEST_F(CertifierTest, LeavesTheAnchorOutOfTheChain) {
  WriteIssuer(root_);
  ASSERT_OK(issuers_->Reload(clock_.Now(), nullptr));
  const absl::StatusOr<IssuedCertificate> issued = Certify(GoodRequest());
  ASSERT_OK(issued);
  EXPECT_TRUE(issued->intermediates.empty());
  EXPECT_OK(root_.Anchors().VerifyChain(std::vector<absl::string_view>{issued->leaf.der()},
                                        x509::PeerRole::kServer, TestNow()));
}

TEST_F(CertifierTest, AcceptsWhatClientsVary) {
  Request request = GoodRequest();
  request.csr = Csr("", {{Kind::kDns, kIdentity}});
  EXPECT_OK(Certify(request)) << "without a common name";
  request.csr = Csr(kIdentity, {{Kind::kDns, kIdentity}}, KeyType::kEcdsaP384);
  EXPECT_OK(Certify(request)) << "P-384";
  request.token += "\n";
  EXPECT_OK(Certify(request)) << "a token with a newline at its end";
}

TEST_F(CertifierTest, AnIdentityTooLongForACommonNameStandsInItsDnsName) {
  // Linkerd's own helper writes such a common name.
  const std::string identity =
      "a-service-account.a-namespace.serviceaccount.identity.linkerd.cluster.local";
  Request request;
  request.identity = identity;
  request.token =
      Token(jwt::ServiceAccountClaims({"a-namespace", "a-service-account"}, kTokenIssuer,
                                      "identity.l5d.io", TestNow(), absl::Hours(1)));
  request.csr = Csr(identity, {{Kind::kDns, identity}});
  const absl::StatusOr<IssuedCertificate> issued = Certify(request);
  ASSERT_OK(issued);
  EXPECT_EQ(issued->leaf.subject(), "");
  EXPECT_TRUE(issued->leaf.HasId(x509::Id::Parse(identity).value()));
}

TEST_F(CertifierTest, NeverIssuesBeyondTheIssuersEnd) {
  clock_.SetNow(issuer_.certificate().not_after() - absl::Hours(2));
  const absl::StatusOr<IssuedCertificate> issued = Certify(GoodRequest());
  ASSERT_OK(issued);
  EXPECT_EQ(issued->leaf.not_after(), issuer_.certificate().not_after());
}

TEST_F(CertifierTest, RefusesToSignOnceTheIssuerHasEnded) {
  clock_.SetNow(issuer_.certificate().not_after());
  EXPECT_THAT(Certify(GoodRequest()),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("CN=issuer.test is valid from")));
  EXPECT_EQ(Denied("issuer_invalid"), 1);
}

TEST_F(CertifierTest, IsUnavailableWithoutAnIssuer) {
  IssuerFiles none({folder_ + "/none", folder_ + "/ca.crt"});
  Certifier certifier({}, &none, tokens_.get(), &metrics_, &clock_);
  const Request request = GoodRequest();
  EXPECT_THAT(certifier.Certify({request.identity, request.token, request.csr}),
              StatusIs(absl::StatusCode::kUnavailable, "cert issuer not ready yet"));
  EXPECT_EQ(Denied("issuer_not_ready"), 1);
}

TEST_F(CertifierTest, IsUnavailableWithoutTokenKeys) {
  JwksValidator none(folder_ + "/none.json", {kTokenIssuer, "identity.l5d.io"});
  Certifier certifier({}, issuers_.get(), &none, &metrics_, &clock_);
  const Request request = GoodRequest();
  EXPECT_THAT(certifier.Certify({request.identity, request.token, request.csr}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("keys for tokens")));
}

TEST_F(CertifierTest, LimitsTheRateOfRequests) {
  Certifier::Options options;
  options.max_requests_per_second = 2;
  MakeCertifier(options);
  const Request request = GoodRequest();
  EXPECT_OK(Certify(request));
  EXPECT_OK(Certify(request));
  EXPECT_THAT(Certify(request),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("try again")));
  EXPECT_EQ(Denied("rate_limited"), 1);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_OK(Certify(request));
}

struct Refusal {
  std::string name;
  // Breaks a good request, or the claims that its token is then made of.
  std::function<void(Request* request, jwt::Claims* claims)> change;
  absl::StatusCode code;
  std::string message;
  std::string reason;
};

class CertifierRefusalTest : public CertifierTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(CertifierRefusalTest, AnswersWithTheContractsCode) {
  std::string log;
  const log::CaptureForTest capture(
      [&log](absl::string_view line) { absl::StrAppend(&log, line); });
  Request request = GoodRequest();
  jwt::Claims claims = Claims();
  const std::string token = request.token;
  GetParam().change(&request, &claims);
  if (request.token == token) request.token = Token(claims);
  const absl::StatusOr<IssuedCertificate> issued = Certify(request);
  EXPECT_THAT(issued, StatusIs(GetParam().code, HasSubstr(GetParam().message)));
  EXPECT_EQ(Denied(GetParam().reason), 1);
  EXPECT_THAT(MetricsText(), HasSubstr("identity_certificates_issued_total 0"));
  if (!request.token.empty()) {
    EXPECT_THAT(std::string(issued.status().message()), Not(HasSubstr(request.token)));
    EXPECT_THAT(log, Not(HasSubstr(request.token)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CertifierRefusalTest,
    ::testing::ValuesIn(std::vector<Refusal>{
        {"EmptyIdentity", [](Request* r, jwt::Claims*) { r->identity = ""; },
         absl::StatusCode::kInvalidArgument, "identity is empty", "malformed"},
        {"LongIdentity", [](Request* r, jwt::Claims*) { r->identity = std::string(254, 'a'); },
         absl::StatusCode::kInvalidArgument, "identity has 254 bytes", "malformed"},
        {"EmptyToken", [](Request* r, jwt::Claims*) { r->token = ""; },
         absl::StatusCode::kInvalidArgument, "token is empty", "malformed"},
        {"HugeToken", [](Request* r, jwt::Claims*) { r->token = std::string(1 << 20, 'x'); },
         absl::StatusCode::kInvalidArgument, "token has 1048576 bytes", "malformed"},
        {"EmptyCsr", [](Request* r, jwt::Claims*) { r->csr = ""; },
         absl::StatusCode::kInvalidArgument, "certificate signing request is empty", "malformed"},
        {"HugeCsr", [](Request* r, jwt::Claims*) { r->csr = std::string(1 << 20, 'x'); },
         absl::StatusCode::kInvalidArgument, "at most 16384", "malformed"},
        {"GarbageCsr", [](Request* r, jwt::Claims*) { r->csr = "garbage"; },
         absl::StatusCode::kInvalidArgument, "not a DER PKCS#10", "malformed"},
        {"PemCsr",
         [](Request* r, jwt::Claims*) { r->csr = "-----BEGIN CERTIFICATE REQUEST-----\n"; },
         absl::StatusCode::kInvalidArgument, "not a DER PKCS#10", "malformed"},
        {"CsrSignedByAnotherKey",
         [](Request* r, jwt::Claims*) { r->csr.back() = static_cast<char>(r->csr.back() ^ 1); },
         absl::StatusCode::kFailedPrecondition, "not signed by its own key", "csr_names"},
        {"CsrWithoutNames", [](Request* r, jwt::Claims*) { r->csr = Csr(kIdentity, {}); },
         absl::StatusCode::kFailedPrecondition, "asks for 0 DNS names", "csr_names"},
        {"CsrWithTwoNames",
         [](Request* r, jwt::Claims*) {
           r->csr = Csr(kIdentity, {{Kind::kDns, kIdentity}, {Kind::kDns, kOther}});
         },
         absl::StatusCode::kFailedPrecondition, "asks for 2 DNS names", "csr_names"},
        {"CsrWithEmail",
         [](Request* r, jwt::Claims*) {
           r->csr = Csr(kIdentity, {{Kind::kDns, kIdentity}, {Kind::kEmail, "a@b"}});
         },
         absl::StatusCode::kFailedPrecondition, "kind email", "csr_names"},
        {"CsrWithAddress",
         [](Request* r, jwt::Claims*) {
           r->csr = Csr(kIdentity, {{Kind::kDns, kIdentity}, {Kind::kIp, "\x0A\x01\x01\x01"}});
         },
         absl::StatusCode::kFailedPrecondition, "kind IP", "csr_names"},
        {"CsrWithUri",
         [](Request* r, jwt::Claims*) {
           r->csr = Csr(kIdentity, {{Kind::kDns, kIdentity}, {Kind::kUri, "spiffe://td/web"}});
         },
         absl::StatusCode::kFailedPrecondition, "kind URI", "csr_names"},
        {"CsrForAnotherName",
         [](Request* r, jwt::Claims*) { r->csr = Csr("", {{Kind::kDns, kOther}}); },
         absl::StatusCode::kFailedPrecondition, "is not the requested identity", "csr_names"},
        {"CsrWithAnotherCommonName",
         [](Request* r, jwt::Claims*) { r->csr = Csr(kOther, {{Kind::kDns, kIdentity}}); },
         absl::StatusCode::kFailedPrecondition, "common name", "csr_names"},
        {"RsaCsr",
         [](Request* r, jwt::Claims*) {
           r->csr = Csr(kIdentity, {{Kind::kDns, kIdentity}}, KeyType::kRsa);
         },
         absl::StatusCode::kInternal, "its key is RSA", "csr_key"},
        {"Ed25519Csr",
         [](Request* r, jwt::Claims*) {
           r->csr = Csr(kIdentity, {{Kind::kDns, kIdentity}}, KeyType::kEd25519);
         },
         absl::StatusCode::kInternal, "its key is Ed25519", "csr_key"},
        {"GarbageToken", [](Request* r, jwt::Claims*) { r->token = "s3cret-garbage"; },
         absl::StatusCode::kInvalidArgument, "token is malformed", "token"},
        {"ExpiredToken",
         [](Request*, jwt::Claims* c) { c->expires_at = TestNow() - absl::Hours(1); },
         absl::StatusCode::kInvalidArgument, "it expired at", "token"},
        {"TokenOfAnotherAudience",
         [](Request*, jwt::Claims* c) { c->audiences = {"https://kubernetes"}; },
         absl::StatusCode::kInvalidArgument, "not for \"identity.l5d.io\"", "token"},
        {"TokenOfAnotherIssuer", [](Request*, jwt::Claims* c) { c->issuer = "https://evil"; },
         absl::StatusCode::kInvalidArgument, "its issuer is \"https://evil\"", "token"},
        {"TokenOfAUser",
         [](Request*, jwt::Claims* c) { c->subject = "alice"; },
         absl::StatusCode::kInvalidArgument, "not system:serviceaccount", "token"},
        {"TokenThatContradictsItself",
         [](Request*, jwt::Claims* c) { c->kubernetes_namespace = "other"; },
         absl::StatusCode::kInvalidArgument, "contradicts itself", "token"},
        {"TokenOfAnotherAccount",
         [](Request*, jwt::Claims* c) {
           *c = jwt::ServiceAccountClaims({"ns", "api"}, kTokenIssuer, "identity.l5d.io",
                                          TestNow(), absl::Hours(1));
         },
         absl::StatusCode::kFailedPrecondition,
         "requested identity did not match provided token", "identity_mismatch"},
        {"AnotherTrustDomain",
         [](Request* r, jwt::Claims*) {
           r->identity = "web.ns.serviceaccount.identity.linkerd.other";
           r->csr = Csr("", {{Kind::kDns, r->identity}});
         },
         absl::StatusCode::kFailedPrecondition, "did not match provided token",
         "identity_mismatch"},
        {"AnotherCase",
         [](Request* r, jwt::Claims*) {
           r->identity = "Web.ns.serviceaccount.identity.linkerd.cluster.local";
           r->csr = Csr("", {{Kind::kDns, r->identity}});
         },
         absl::StatusCode::kFailedPrecondition, "did not match provided token",
         "identity_mismatch"},
    }),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gossamer::identity
