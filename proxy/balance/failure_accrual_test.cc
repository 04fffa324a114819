#include "proxy/balance/failure_accrual.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "proxy/balance/fast_random.h"

namespace gossamer::proxy {
namespace {

using State = FailureAccrual::State;
using Ticket = FailureAccrual::Ticket;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;

FailureAccrual::Options Consecutive(uint32_t failures) {
  FailureAccrual::Options options;
  options.consecutive_failures_max = failures;
  options.backoff = {.min = absl::Seconds(1), .max = absl::Seconds(60), .jitter = 0};
  return options;
}

FailureAccrual::Options Unified(double rate, uint32_t requests) {
  FailureAccrual::Options options = Consecutive(0);
  options.unified = true;
  options.success_rate_min = rate;
  options.requests_min = requests;
  return options;
}

class FailureAccrualTest : public ::testing::Test {
 protected:
  void End(FailureAccrual* accrual, Outcome outcome, int times = 1) {
    for (int i = 0; i < times; ++i) {
      accrual->OnEnd(accrual->OnStart(), outcome, now_);
    }
  }

  FastRandom random_{1};
  int64_t now_ = 1'000'000 * kSecond;
};

TEST_F(FailureAccrualTest, TripsAfterFailuresInARow) {
  FailureAccrual accrual(Consecutive(3), random_);
  End(&accrual, Outcome::kFailure, 2);
  End(&accrual, Outcome::kSuccess);
  End(&accrual, Outcome::kFailure, 2);
  EXPECT_TRUE(accrual.ready());
  End(&accrual, Outcome::kFailure);
  EXPECT_FALSE(accrual.ready());
  EXPECT_EQ(accrual.state(), State::kOpen);
  EXPECT_EQ(accrual.opens_at_ns(), now_ + kSecond);
}

TEST_F(FailureAccrualTest, LetsExactlyOneProbeThrough) {
  FailureAccrual accrual(Consecutive(1), random_);
  End(&accrual, Outcome::kFailure);
  now_ += kSecond - 1;
  accrual.OnTimer(now_);
  EXPECT_FALSE(accrual.ready()) << "too early";
  accrual.OnTimer(++now_);
  ASSERT_TRUE(accrual.ready());
  EXPECT_EQ(accrual.OnStart(), Ticket::kProbe);
  EXPECT_FALSE(accrual.ready());
  EXPECT_EQ(accrual.OnStart(), Ticket::kOrdinary) << "one that was already on its way";
}

TEST_F(FailureAccrualTest, ClosesAfterAGoodProbe) {
  FailureAccrual accrual(Consecutive(2), random_);
  End(&accrual, Outcome::kFailure, 2);
  accrual.OnTimer(now_ += kSecond);
  End(&accrual, Outcome::kSuccess);
  EXPECT_EQ(accrual.state(), State::kClosed);
  End(&accrual, Outcome::kFailure);
  EXPECT_TRUE(accrual.ready()) << "it counts from nothing again";
  End(&accrual, Outcome::kFailure);
  EXPECT_EQ(accrual.opens_at_ns(), now_ + kSecond) << "and backs off from the start";
}

TEST_F(FailureAccrualTest, BacksOffLongerAfterEachBadProbe) {
  FailureAccrual accrual(Consecutive(1), random_);
  End(&accrual, Outcome::kFailure);
  for (const int64_t seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    ASSERT_EQ(accrual.opens_at_ns(), now_ + seconds * kSecond);
    accrual.OnTimer(now_ = accrual.opens_at_ns());
    End(&accrual, Outcome::kFailure);
    ASSERT_EQ(accrual.state(), State::kOpen);
  }
}

TEST_F(FailureAccrualTest, ProbesAgainWhenAProbeIsAbandoned) {
  FailureAccrual accrual(Consecutive(1), random_);
  End(&accrual, Outcome::kFailure);
  accrual.OnTimer(now_ += kSecond);
  accrual.OnAbandoned(accrual.OnStart());
  ASSERT_TRUE(accrual.ready());
  EXPECT_EQ(accrual.OnStart(), Ticket::kProbe);
}

TEST_F(FailureAccrualTest, LearnsNothingFromRequestsOfBeforeItTripped) {
  FailureAccrual accrual(Consecutive(1), random_);
  const Ticket old = accrual.OnStart();
  End(&accrual, Outcome::kFailure);
  accrual.OnEnd(old, Outcome::kSuccess, now_);
  EXPECT_EQ(accrual.state(), State::kOpen);
  accrual.OnTimer(now_ += kSecond);
  const Ticket probe = accrual.OnStart();
  accrual.OnEnd(old, Outcome::kFailure, now_);
  EXPECT_EQ(accrual.state(), State::kProbing);
  accrual.OnEnd(probe, Outcome::kSuccess, now_);
  EXPECT_EQ(accrual.state(), State::kClosed);
}

TEST_F(FailureAccrualTest, NeverTripsWithoutALimit) {
  FailureAccrual accrual(Consecutive(0), random_);
  End(&accrual, Outcome::kFailure, 1000);
  EXPECT_TRUE(accrual.ready());
}

TEST_F(FailureAccrualTest, TakesRateLimitsForSuccessesIfOnlyARowCounts) {
  FailureAccrual accrual(Consecutive(2), random_);
  End(&accrual, Outcome::kFailure);
  End(&accrual, Outcome::kRateLimited);
  End(&accrual, Outcome::kFailure);
  EXPECT_TRUE(accrual.ready());
}

TEST_F(FailureAccrualTest, TripsBelowTheSuccessRate) {
  FailureAccrual accrual(Unified(0.8, 10), random_);
  End(&accrual, Outcome::kSuccess, 8);
  End(&accrual, Outcome::kFailure, 2);
  EXPECT_TRUE(accrual.ready()) << "8 of 10 is not below 0.8";
  End(&accrual, Outcome::kFailure);
  EXPECT_FALSE(accrual.ready());
}

TEST_F(FailureAccrualTest, WaitsForEnoughRequests) {
  FailureAccrual accrual(Unified(0.8, 5), random_);
  End(&accrual, Outcome::kFailure, 4);
  EXPECT_TRUE(accrual.ready());
  End(&accrual, Outcome::kFailure);
  EXPECT_FALSE(accrual.ready());
}

TEST_F(FailureAccrualTest, CountsRateLimitsAgainstTheSuccessRate) {
  FailureAccrual accrual(Unified(0.8, 5), random_);
  End(&accrual, Outcome::kRateLimited, 5);
  EXPECT_FALSE(accrual.ready());
  accrual.OnTimer(now_ = accrual.opens_at_ns());
  End(&accrual, Outcome::kRateLimited);
  EXPECT_EQ(accrual.state(), State::kOpen) << "a rate limit fails a probe";
}

TEST_F(FailureAccrualTest, ForgetsWhatIsOlderThanTheWindow) {
  FailureAccrual accrual(Unified(0.8, 5), random_);
  End(&accrual, Outcome::kFailure, 4);
  now_ += 10 * kSecond;
  End(&accrual, Outcome::kFailure, 4);
  EXPECT_TRUE(accrual.ready());
  now_ += 9 * kSecond;
  End(&accrual, Outcome::kFailure);
  EXPECT_FALSE(accrual.ready()) << "4 of 9 s ago and 1 of now";
}

TEST_F(FailureAccrualTest, ForgetsTheWindowOnceItCloses) {
  FailureAccrual accrual(Unified(0.8, 5), random_);
  End(&accrual, Outcome::kFailure, 5);
  accrual.OnTimer(now_ = accrual.opens_at_ns());
  End(&accrual, Outcome::kSuccess);
  ASSERT_EQ(accrual.state(), State::kClosed);
  End(&accrual, Outcome::kFailure, 4);
  EXPECT_TRUE(accrual.ready());
}

TEST_F(FailureAccrualTest, CountsARowWithTheRate) {
  FailureAccrual::Options options = Unified(0.1, 1000);
  options.consecutive_failures_max = 3;
  FailureAccrual accrual(options, random_);
  End(&accrual, Outcome::kFailure, 2);
  End(&accrual, Outcome::kRateLimited);
  EXPECT_TRUE(accrual.ready()) << "a rate limit is no failure of the row";
  End(&accrual, Outcome::kFailure);
  EXPECT_FALSE(accrual.ready()) << "nor does it end the row";
}

TEST(OutcomeTest, SortsResponses) {
  EXPECT_EQ(OutcomeOf(200, -1), Outcome::kSuccess);
  EXPECT_EQ(OutcomeOf(404, -1), Outcome::kSuccess);
  EXPECT_EQ(OutcomeOf(429, -1), Outcome::kRateLimited);
  EXPECT_EQ(OutcomeOf(500, -1), Outcome::kFailure);
  EXPECT_EQ(OutcomeOf(599, 0), Outcome::kFailure);
  for (int code = 0; code < 40; ++code) {
    const bool failed =
        code == 2 || code == 4 || code == 7 || code == 13 || code == 14 || code == 15;
    const Outcome want = failed      ? Outcome::kFailure
                         : code == 8 ? Outcome::kRateLimited
                                     : Outcome::kSuccess;
    EXPECT_EQ(OutcomeOf(200, code), want) << code;
  }
}

}  // namespace
}  // namespace gossamer::proxy
