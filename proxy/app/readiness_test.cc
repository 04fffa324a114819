#include "proxy/app/readiness.h"

#include <memory>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

constexpr absl::Duration kForever = absl::Hours(1);

class ReadinessTest : public ::testing::Test {
 protected:
  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
};

TEST_F(ReadinessTest, TakesTheCertificateAndEveryPolicy) {
  Readiness readiness(loop_.get(), {8080, 9090}, kForever);
  EXPECT_FALSE(readiness.ready());
  readiness.OnPolicy(8080);
  readiness.OnCertified();
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.pending_ports(), 1u);
  readiness.OnPolicy(9090);
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.pending_ports(), 0u);
}

TEST_F(ReadinessTest, PoliciesAloneAreNotEnough) {
  Readiness readiness(loop_.get(), {8080}, kForever);
  readiness.OnPolicy(8080);
  EXPECT_FALSE(readiness.ready());
  readiness.OnCertified();
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, WithoutPortsTheCertificateIsAll) {
  Readiness readiness(loop_.get(), {}, kForever);
  EXPECT_FALSE(readiness.ready());
  readiness.OnCertified();
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, PortsThatNobodyWaitsForChangeNothing) {
  Readiness readiness(loop_.get(), {8080}, kForever);
  readiness.OnCertified();
  readiness.OnPolicy(1234);
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.pending_ports(), 1u);
}

TEST_F(ReadinessTest, APolicyServiceThatIsAwayIsWaitedForABoundedTime) {
  constexpr absl::Duration kPatience = absl::Milliseconds(50);
  Readiness readiness(loop_.get(), {8080}, kPatience);
  const absl::Time begin = absl::Now();
  readiness.OnCertified();
  readiness.OnCertified();  // A renewal does not start the wait anew.
  const absl::Time deadline = begin + absl::Seconds(10);
  while (!readiness.ready() && absl::Now() < deadline) loop_->RunOnce(absl::Milliseconds(10));
  EXPECT_TRUE(readiness.ready());
  EXPECT_GE(absl::Now() - begin, kPatience - absl::Milliseconds(1));
  EXPECT_EQ(readiness.pending_ports(), 1u) << "what is not known stays visible";
}

TEST_F(ReadinessTest, WithoutACertificateNobodyLosesPatience) {
  Readiness readiness(loop_.get(), {8080}, absl::Milliseconds(1));
  for (int i = 0; i < 5; ++i) loop_->RunOnce(absl::Milliseconds(5));
  EXPECT_FALSE(readiness.ready());
}

TEST_F(ReadinessTest, WithoutPatienceNoPolicyIsWaitedFor) {
  Readiness readiness(loop_.get(), {8080}, absl::ZeroDuration());
  EXPECT_FALSE(readiness.ready());
  readiness.OnCertified();
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.pending_ports(), 1u);
}

TEST_F(ReadinessTest, OnlyTheEndTakesItBack) {
  Readiness readiness(loop_.get(), {8080}, kForever);
  readiness.OnCertified();
  readiness.OnPolicy(8080);
  readiness.OnCertified();
  EXPECT_TRUE(readiness.ready());
  readiness.OnShutdown();
  EXPECT_FALSE(readiness.ready());
  readiness.OnCertified();
  readiness.OnPolicy(8080);
  EXPECT_FALSE(readiness.ready());
}

}  // namespace
}  // namespace gossamer::proxy
