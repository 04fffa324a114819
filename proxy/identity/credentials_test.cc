#include "proxy/identity/credentials.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "lib/time/fake_clock.h"
#include "lib/x509/testing/test_pki.h"

namespace gossamer::proxy {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kPeer[] = "peer.ns.test";

// Everything here is judged by a clock that the test moves.
class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsPtr Make(absl::Duration life = absl::Hours(24)) {
    const x509::testing::TestLeaf leaf = ca_.Issue("self.ns.test");
    return *MakeCredentials({std::string(leaf.certificate.der())}, leaf.key, anchors_,
                            clock_.Now() + life, &clock_);
  }
  // What a context says of the peer's certificate.
  absl::Status Judge(const tls::Context& context) {
    const absl::string_view chain[] = {peer_.certificate.der()};
    return context.verify()(chain, kPeer).status();
  }
  absl::Status JudgeAt(absl::Duration offset) {
    clock_.SetNow(x509::testing::TestNow() + offset);
    return Judge(*credentials_->client);
  }

  FakeClock clock_{x509::testing::TestNow()};
  x509::testing::TestCa ca_;
  std::shared_ptr<const x509::TrustAnchors> anchors_ =
      std::make_shared<const x509::TrustAnchors>(ca_.Anchors());
  // Valid from an hour before TestNow() to a day after it.
  x509::testing::TestLeaf peer_ = ca_.Issue(kPeer);
  CredentialsPtr credentials_ = Make();
};

TEST_F(CredentialsTest, JudgesPeersByTheClockThatItWasGiven) {
  EXPECT_OK(JudgeAt(absl::ZeroDuration()));
  EXPECT_OK(JudgeAt(-absl::Minutes(59)));
  EXPECT_OK(JudgeAt(absl::Hours(23)));
}

TEST_F(CredentialsTest, RefusesAPeerWhoseCertificateHasExpired) {
  for (const auto& context : {credentials_->client, credentials_->client_transport,
                              credentials_->server, credentials_->server_direct}) {
    clock_.SetNow(x509::testing::TestNow() + absl::Hours(24) + absl::Minutes(5));
    EXPECT_THAT(Judge(*context),
                StatusIs(absl::StatusCode::kUnauthenticated,
                         AllOf(HasSubstr("expired at "), HasSubstr(", 5m ago; it is "))));
  }
}

TEST_F(CredentialsTest, RefusesAPeerWhoseCertificateIsNotValidYet) {
  EXPECT_THAT(JudgeAt(-absl::Minutes(62)),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       AllOf(HasSubstr("is not valid before "), HasSubstr(", in 2m; it is "),
                             HasSubstr("do the clocks agree?"))));
}

TEST_F(CredentialsTest, NobodyIsTrustedOnceTheAnchorHasExpired) {
  EXPECT_THAT(JudgeAt(absl::Hours(24 * 800)),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("expired at ")));
}

TEST_F(CredentialsTest, BeginsNoConnectionOnceItHasExpired) {
  credentials_ = Make(absl::Hours(2));
  clock_.Advance(absl::Hours(2) - absl::Seconds(1));
  EXPECT_OK(credentials_->client->CheckUsable());
  clock_.Advance(absl::Seconds(4));
  for (const auto& context : {credentials_->client, credentials_->client_transport}) {
    EXPECT_THAT(context->CheckUsable(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                 AllOf(HasSubstr("own certificate expired at "),
                                                       HasSubstr(", 3s ago; it is "))));
  }
}

TEST_F(CredentialsTest, LeavesItToPeersWhetherToAcceptAnExpiredServer) {
  clock_.Advance(absl::Hours(48));
  EXPECT_OK(credentials_->server->CheckUsable());
  EXPECT_OK(credentials_->server_direct->CheckUsable());
}

TEST_F(CredentialsTest, WhoHasNoCertificateHasNoneThatExpires) {
  const auto anonymous = MakeAnonymousClient(anchors_, &clock_);
  ASSERT_OK(anonymous);
  EXPECT_OK(Judge(**anonymous));
  clock_.Advance(absl::Hours(48));
  EXPECT_OK((*anonymous)->CheckUsable());
  EXPECT_FALSE(Judge(**anonymous).ok());
}

}  // namespace
}  // namespace gossamer::proxy
