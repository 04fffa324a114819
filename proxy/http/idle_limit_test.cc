#include "proxy/http/idle_limit.h"

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

TEST(IdleLimitTest, StaysBelowTheServersTimeout) {
  IdleLimit limit(absl::Seconds(3));
  EXPECT_TRUE(limit.Learn(absl::Seconds(1)));
  EXPECT_LT(limit.value(), absl::Milliseconds(900));
  EXPECT_GT(limit.value(), absl::Milliseconds(500));
}

TEST(IdleLimitTest, KnowsTheShortestOfSeveralTimeouts) {
  IdleLimit limit(absl::Seconds(3));
  EXPECT_TRUE(limit.Learn(absl::Seconds(2)));
  EXPECT_TRUE(limit.Learn(absl::Seconds(1)));
  const absl::Duration lowest = limit.value();
  EXPECT_FALSE(limit.Learn(absl::Seconds(2)));
  EXPECT_EQ(limit.value(), lowest);
}

TEST(IdleLimitTest, TimeoutAboveOurOwnChangesNothing) {
  IdleLimit limit(absl::Seconds(3));
  EXPECT_FALSE(limit.Learn(absl::Seconds(75)));
  EXPECT_EQ(limit.value(), absl::Seconds(3));
}

TEST(IdleLimitTest, EndThatComesTooSoonIsNoTimeout) {
  IdleLimit limit(absl::Seconds(3));
  EXPECT_FALSE(limit.Learn(absl::ZeroDuration()));
  EXPECT_FALSE(limit.Learn(IdleLimit::kShortestTimeout - absl::Nanoseconds(1)));
  EXPECT_EQ(limit.value(), absl::Seconds(3));
}

}  // namespace
}  // namespace gossamer::proxy
