#include "proxy/identity/certifier.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/identity/v1/identity.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "lib/time/fake_clock.h"
#include "lib/x509/certificate.h"
#include "lib/x509/certificate_request.h"
#include "lib/x509/testing/test_pki.h"
#include "proxy/control/testing/fake_control_plane.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::identity;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kCertify[] = "/io.linkerd.proxy.identity.Identity/Certify";
constexpr char kName[] = "web.ns.serviceaccount.identity.linkerd.cluster.local";

class CertifierTest : public ::testing::Test {
 protected:
  CertifierTest() {
    folder_ = ::testing::TempDir() + "/certifier-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    config_.trust_anchors_pem = ca_.Pem();
    config_.id = config_.server_name = kName;
    config_.min_refresh = absl::Milliseconds(200);
    config_.max_refresh = absl::Hours(24);
    config_.directory = folder_;
    config_.token_file = folder_ + "/token";
    Write("token", "token-1\n");
  }

  void Write(const char* name, absl::string_view bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }
  absl::Status Create() {
    auto certifier = Certifier::Create(
        loop_.get(), config_, &clock_,
        [this](std::shared_ptr<const tls::Context> context) {
          contexts_.push_back(std::move(context));
          return plane_.MakeChannel();
        },
        [this](CredentialsPtr credentials) { credentials_.push_back(std::move(credentials)); },
        [this](const absl::Status& status) { attempts_.push_back(status); });
    if (!certifier.ok()) return certifier.status();
    certifier_ = *std::move(certifier);
    return absl::OkStatus();
  }
  void Start() {
    ASSERT_OK(Create());
    certifier_->Start();
  }
  void WaitForAttempts(size_t count) {
    ASSERT_TRUE(plane_.RunUntil([&] { return attempts_.size() >= count; }));
  }

  struct Request {
    api::CertifyRequest message;
    std::shared_ptr<rpc::ServerCall> call;
  };
  Request Next() {
    Request request;
    auto received = plane_.Next(kCertify);
    EXPECT_TRUE(request.message.ParseFromString(received.request));
    request.call = std::move(received.call);
    return request;
  }
  // The right answer, but for what `change` does to it.
  void Answer(
      const Request& request, absl::Duration life = absl::Hours(24),
      const std::function<void(api::CertifyResponse*)>& change = [](api::CertifyResponse*) {}) {
    api::CertifyResponse response;
    response.set_leaf_certificate(Sign(ca_, request.message, kName));
    response.mutable_valid_until()->set_seconds(absl::ToUnixSeconds(clock_.Now() + life));
    change(&response);
    request.call->Send(response.SerializeAsString());
    request.call->Finish(absl::OkStatus());
  }
  std::string Sign(const x509::testing::TestCa& ca, const api::CertifyRequest& request,
                   absl::string_view name) {
    return SignAt(ca, request, name, clock_.Now());
  }
  // By an issuer whose clock says `now`. The certificate begins an hour earlier.
  std::string SignAt(const x509::testing::TestCa& ca, const api::CertifyRequest& request,
                     absl::string_view name, absl::Time now) {
    const auto csr = x509::CertificateRequest::FromDer(request.certificate_signing_request());
    EXPECT_OK(csr);
    return std::string(ca.Sign(x509::testing::LeafSpec(name, now), csr->public_key()).der());
  }
  // An answer whose certificate begins `delay` from now.
  void AnswerEarly(const Request& request, absl::Duration delay) {
    Answer(request, absl::Hours(24), [&](api::CertifyResponse* response) {
      response->set_leaf_certificate(
          SignAt(ca_, request.message, kName, clock_.Now() + absl::Hours(1) + delay));
    });
  }

  FakeClock clock_{x509::testing::TestNow()};
  x509::testing::TestCa ca_;
  std::string folder_;
  IdentityConfig config_;
  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  testing::FakeControlPlane plane_{loop_.get(), {kCertify}};
  std::vector<std::shared_ptr<const tls::Context>> contexts_;
  std::vector<CredentialsPtr> credentials_;
  std::vector<absl::Status> attempts_;
  std::unique_ptr<Certifier> certifier_;
};

TEST_F(CertifierTest, ObtainsTheFirstCertificate) {
  Start();
  const Request request = Next();
  EXPECT_EQ(request.message.identity(), kName);
  EXPECT_EQ(request.message.token(), "token-1\n");
  Answer(request);
  WaitForAttempts(1);
  EXPECT_OK(attempts_[0]);
  ASSERT_EQ(credentials_.size(), 1u);
  EXPECT_EQ(credentials_[0]->expires_at, clock_.Now() + absl::Hours(24));
  EXPECT_NE(credentials_[0]->server, nullptr);
}

TEST_F(CertifierTest, TakesAChainWithAnIntermediate) {
  Start();
  const Request request = Next();
  const x509::testing::TestCa issuer = ca_.Intermediate("issuer.test");
  Answer(request, absl::Hours(24), [&](api::CertifyResponse* response) {
    response->set_leaf_certificate(Sign(issuer, request.message, kName));
    response->add_intermediate_certificates(std::string(issuer.certificate().der()));
  });
  WaitForAttempts(1);
  EXPECT_OK(attempts_[0]);
}

TEST_F(CertifierTest, RenewsAfterSeventyPercentWithTheTokenOfThen) {
  Start();
  const absl::Time start = absl::Now();
  Answer(Next(), absl::Seconds(1));  // In whole seconds.
  WaitForAttempts(1);
  ASSERT_OK(attempts_[0]);
  Write("token", "token-2");
  const Request renewal = Next();
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(650));
  EXPECT_EQ(renewal.message.token(), "token-2");
  ASSERT_EQ(contexts_.size(), 2u);
  EXPECT_EQ(contexts_[1], credentials_[0]->client) << "it shows the certificate that it has";
  Answer(renewal);
  WaitForAttempts(2);
  EXPECT_EQ(credentials_.size(), 2u);
}

TEST_F(CertifierTest, AFailedRenewalKeepsTheCertificateAndIsTriedAgain) {
  Start();
  Answer(Next(), absl::Seconds(1));
  WaitForAttempts(1);
  Next().call->Finish(absl::UnavailableError("down"));
  WaitForAttempts(2);
  EXPECT_THAT(attempts_[1], StatusIs(absl::StatusCode::kUnavailable, ::testing::_));
  EXPECT_EQ(credentials_.size(), 1u);
  Answer(Next());
  WaitForAttempts(3);
  EXPECT_EQ(credentials_.size(), 2u);
}

TEST_F(CertifierTest, ExpiresWithTheFirstOfItsChain) {
  Start();
  Answer(Next(), absl::Hours(48));  // The leaf lasts 24 hours.
  WaitForAttempts(1);
  ASSERT_EQ(credentials_.size(), 1u);
  EXPECT_EQ(credentials_[0]->expires_at, clock_.Now() + absl::Hours(24));
}

TEST_F(CertifierTest, AfterAFailureItShowsNoCertificate) {
  Start();
  Answer(Next(), absl::Seconds(1));
  WaitForAttempts(1);
  // As where the other side's clock is ahead: to it the certificate has expired.
  Next().call->Finish(absl::UnavailableError("TLS handshake: bad certificate"));
  WaitForAttempts(2);
  Answer(Next());
  WaitForAttempts(3);
  ASSERT_OK(attempts_[2]);
  ASSERT_EQ(contexts_.size(), 3u);
  EXPECT_EQ(contexts_[1], credentials_[0]->client);
  EXPECT_EQ(contexts_[2], contexts_[0]) << "as the very first one";
}

TEST_F(CertifierTest, ACertificateThatHasExpiredIsNotShown) {
  Start();
  Answer(Next());
  WaitForAttempts(1);
  clock_.Advance(absl::Hours(25));
  Answer(Next());
  WaitForAttempts(2);
  ASSERT_OK(attempts_[1]);
  EXPECT_EQ(contexts_[1], contexts_[0]);
}

TEST_F(CertifierTest, AClockThatJumpsPastTheRenewalBringsItAtOnce) {
  Start();
  Answer(Next());
  WaitForAttempts(1);
  EXPECT_EQ(plane_.CallsAfter(3 * config_.min_refresh), 0u);
  clock_.SetNow(clock_.Now() + absl::Hours(17));  // 70 % of a day are 16.8 hours.
  Answer(Next());
  WaitForAttempts(2);
  EXPECT_EQ(contexts_[1], credentials_[0]->client) << "it is still valid";
}

TEST_F(CertifierTest, AnAnswerThatHasExpiredNamesBothTimesAndTheDifference) {
  Start();
  Answer(Next(), -absl::Minutes(3));
  WaitForAttempts(1);
  EXPECT_THAT(attempts_[0].message(), AllOf(HasSubstr("expired at "), HasSubstr(", 3m ago; it is "),
                                            HasSubstr(x509::FormatUtc(clock_.Now()))));
}

TEST_F(CertifierTest, ACertificateThatIsNotValidYetIsKeptUntilItIs) {
  Start();
  AnswerEarly(Next(), absl::Seconds(40));
  WaitForAttempts(1);
  EXPECT_THAT(attempts_[0].message(),
              AllOf(HasSubstr("is not valid before "), HasSubstr(", in 40s; it is "),
                    HasSubstr(x509::FormatUtc(clock_.Now())), HasSubstr("kept until")));
  EXPECT_TRUE(credentials_.empty());
  // Meanwhile it goes on asking; what begins later still does not take its place.
  AnswerEarly(Next(), absl::Minutes(5));
  WaitForAttempts(2);
  clock_.Advance(absl::Seconds(40));
  ASSERT_TRUE(plane_.RunUntil([&] {
    // Whatever it asks before it has looked at the clock stays unanswered.
    return !credentials_.empty();
  }));
  EXPECT_EQ(credentials_[0]->expires_at, clock_.Now() + absl::Hours(24) - absl::Seconds(40));
}

TEST_F(CertifierTest, ARightAnswerTakesThePlaceOfAnEarlyOne) {
  Start();
  AnswerEarly(Next(), absl::Minutes(5));
  WaitForAttempts(1);
  Answer(Next());
  WaitForAttempts(2);
  ASSERT_OK(attempts_[1]);
  ASSERT_EQ(credentials_.size(), 1u);
  clock_.Advance(absl::Minutes(6));
  EXPECT_EQ(plane_.CallsAfter(2 * config_.min_refresh), 0u);
  EXPECT_EQ(credentials_.size(), 1u) << "what was kept is forgotten";
}

TEST_F(CertifierTest, ACertificateOfTomorrowIsNotKept) {
  Start();
  AnswerEarly(Next(), absl::Hours(24));
  WaitForAttempts(1);
  EXPECT_THAT(attempts_[0].message(), HasSubstr("is not valid before "));
  EXPECT_THAT(attempts_[0].message(), ::testing::Not(HasSubstr("kept")));
}

TEST_F(CertifierTest, AnEarlyCertificateOfAStrangerIsNotKept) {
  const x509::testing::TestCa stranger("stranger.test");
  Start();
  const Request request = Next();
  Answer(request, absl::Hours(24), [&](api::CertifyResponse* response) {
    response->set_leaf_certificate(
        SignAt(stranger, request.message, kName, clock_.Now() + absl::Hours(1) + absl::Minutes(1)));
  });
  WaitForAttempts(1);
  EXPECT_THAT(attempts_[0].message(), ::testing::Not(HasSubstr("kept")));
}

TEST_F(CertifierTest, SaysWhenTheLastAnchorExpires) {
  const x509::testing::TestCa younger("younger.test", clock_.Now() + absl::Hours(24));
  config_.trust_anchors_pem = ca_.Pem() + younger.Pem();
  ASSERT_OK(Create());
  EXPECT_EQ(certifier_->anchors_expire_at(), younger.certificate().not_after());
}

TEST_F(CertifierTest, RefusesWhatItCannotUse) {
  const x509::testing::TestCa stranger("stranger.test");
  struct Case {
    const char* name;
    std::function<void(const Request&, api::CertifyResponse*)> spoil;
  };
  Start();
  size_t attempts = 0;
  for (const Case& c : std::vector<Case>{
           {"another authority",
            [&](const Request& request, api::CertifyResponse* response) {
              response->set_leaf_certificate(Sign(stranger, request.message, kName));
            }},
           {"another name",
            [&](const Request& request, api::CertifyResponse* response) {
              response->set_leaf_certificate(Sign(ca_, request.message, "db.ns.test"));
            }},
           {"another key",
            [&](const Request&, api::CertifyResponse* response) {
              response->set_leaf_certificate(
                  std::string(ca_.Issue(kName, clock_.Now()).certificate.der()));
            }},
           {"no certificate",
            [](const Request&, api::CertifyResponse* r) { r->clear_leaf_certificate(); }},
           {"garbage",
            [](const Request&, api::CertifyResponse* r) { r->set_leaf_certificate("x"); }},
           {"garbage as intermediate",
            [](const Request&, api::CertifyResponse* r) { r->add_intermediate_certificates("x"); }},
           {"no end", [](const Request&, api::CertifyResponse* r) { r->clear_valid_until(); }},
           {"an end that is past",
            [&](const Request&, api::CertifyResponse* r) {
              r->mutable_valid_until()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
            }},
       }) {
    const Request request = Next();
    Answer(request, absl::Hours(24),
           [&](api::CertifyResponse* response) { c.spoil(request, response); });
    WaitForAttempts(++attempts);
    EXPECT_FALSE(attempts_.back().ok()) << c.name;
    EXPECT_TRUE(credentials_.empty()) << c.name;
  }
}

TEST_F(CertifierTest, AnAnswerOfNothingIsAFailure) {
  Start();
  Next().call->Finish(absl::OkStatus());
  WaitForAttempts(1);
  EXPECT_FALSE(attempts_[0].ok());
}

TEST_F(CertifierTest, WaitsForItsToken) {
  std::filesystem::remove(folder_ + "/token");
  Start();
  WaitForAttempts(1);
  EXPECT_THAT(attempts_[0], StatusIs(absl::StatusCode::kNotFound, HasSubstr("token")));
  Write("token", "");
  const size_t before = attempts_.size();
  WaitForAttempts(before + 1);
  EXPECT_THAT(attempts_.back().message(), HasSubstr("empty"));
  Write("token", "t");
  Answer(Next());
  ASSERT_TRUE(plane_.RunUntil([&] { return !credentials_.empty(); }));
}

TEST_F(CertifierTest, UsesTheKeyAndRequestOfItsFolder) {
  const x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  const std::string csr = *x509::CertificateRequest::BuildDer(kName, key);
  const auto der = key.Pkcs8Der();
  Write("key.p8", der.view());
  Write("csr.der", csr);
  Start();
  const Request request = Next();
  EXPECT_EQ(request.message.certificate_signing_request(), csr);
  Answer(request);
  WaitForAttempts(1);
  EXPECT_OK(attempts_[0]);
}

TEST_F(CertifierTest, RefusesHalfAFolder) {
  Write("key.p8", "x");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("csr.der")));
  std::filesystem::remove(folder_ + "/key.p8");
  Write("csr.der", "x");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("key.p8")));
  Write("key.p8", "");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("empty")));
  Write("key.p8", "no key");
  EXPECT_FALSE(Create().ok());
}

TEST_F(CertifierTest, RefusesToStartWithoutAnAnchor) {
  config_.trust_anchors_pem = "nothing";
  EXPECT_THAT(Create().message(), HasSubstr("LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"));
}

}  // namespace
}  // namespace gossamer::proxy
