#include "proxy/balance/peak_ewma.h"

#include <cmath>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;

TEST(PeakEwmaTest, StartsAtTheDefault) {
  EXPECT_DOUBLE_EQ(PeakEwma({}, 0).EstimateNs(0), 30.0 * kMs);
}

TEST(PeakEwmaTest, KeepsTheDefaultAboveTheFloor) {
  const PeakEwma::Options options = {.default_rtt_ns = 5};
  EXPECT_DOUBLE_EQ(PeakEwma(options, 0).EstimateNs(0), 1.0 * kMs);
}

TEST(PeakEwmaTest, JumpsToAPeak) {
  PeakEwma rtt({}, 0);
  rtt.AddSample(200 * kMs, kSecond);
  EXPECT_DOUBLE_EQ(rtt.EstimateNs(kSecond), 200.0 * kMs);
}

TEST(PeakEwmaTest, ForgetsAPeakByTime) {
  PeakEwma rtt({}, 0);
  rtt.AddSample(200 * kMs, 0);
  rtt.AddSample(100 * kMs, 10 * kSecond);  // One decay constant later.
  const double left = std::exp(-1.0);
  EXPECT_NEAR(rtt.EstimateNs(10 * kSecond), (200 * left + 100 * (1 - left)) * kMs, kMs * 1e-6);
}

TEST(PeakEwmaTest, RisesWithTheSample) {
  double before = 0;
  for (int64_t sample = 0; sample < 300 * kMs; sample += kMs) {
    PeakEwma rtt({}, 0);
    rtt.AddSample(200 * kMs, 0);
    rtt.AddSample(sample, 10 * kSecond);
    ASSERT_GE(rtt.EstimateNs(10 * kSecond), before);
    before = rtt.EstimateNs(10 * kSecond);
  }
}

TEST(PeakEwmaTest, BarelyMovesForALowerSampleSoonAfter) {
  PeakEwma rtt({}, 0);
  rtt.AddSample(200 * kMs, 0);
  rtt.AddSample(1 * kMs, 10 * kMs);
  EXPECT_NEAR(rtt.EstimateNs(10 * kMs), 199.8 * kMs, 0.01 * kMs);
}

TEST(PeakEwmaTest, DecaysTowardsZeroWithoutSamples) {
  PeakEwma rtt({}, 0);
  rtt.AddSample(100 * kMs, 0);
  EXPECT_NEAR(rtt.EstimateNs(20 * kSecond), 100 * std::exp(-2.0) * kMs, kMs * 1e-6);
  EXPECT_LT(rtt.EstimateNs(1000 * kSecond), 1.0);
}

TEST(PeakEwmaTest, IsSmoothWhereTheShortcutForSmallAgesEnds) {
  PeakEwma rtt({}, 0);
  double before = rtt.EstimateNs(0);
  for (int64_t now = 0; now < kSecond / 10; now += kMs / 10) {
    const double estimate = rtt.EstimateNs(now);
    ASSERT_LE(estimate, before);
    ASSERT_NEAR(estimate, 30 * kMs * std::exp(-static_cast<double>(now) / (10 * kSecond)), 1.0);
    before = estimate;
  }
}

TEST(PeakEwmaTest, ConvergesToASteadyRtt) {
  PeakEwma rtt({}, 0);
  int64_t now = 0;
  for (int i = 0; i < 2000; ++i) rtt.AddSample(5 * kMs, now += 50 * kMs);
  EXPECT_NEAR(rtt.EstimateNs(now), 5 * kMs, 0.01 * kMs);
}

TEST(PeakEwmaTest, TakesAPenaltyOnlyUpwards) {
  PeakEwma rtt({}, 0);
  rtt.AddPenalty(5 * kSecond, kMs);
  EXPECT_DOUBLE_EQ(rtt.EstimateNs(kMs), 5.0 * kSecond);
  rtt.AddPenalty(kSecond, kMs);
  EXPECT_DOUBLE_EQ(rtt.EstimateNs(kMs), 5.0 * kSecond);
}

TEST(PeakEwmaTest, SurvivesAClockThatStepsBack) {
  PeakEwma rtt({}, kSecond);
  rtt.AddSample(50 * kMs, 0);
  rtt.AddSample(-1, 0);
  EXPECT_DOUBLE_EQ(rtt.EstimateNs(0), 50.0 * kMs);
}

}  // namespace
}  // namespace gossamer::proxy
