#include "proxy/app/quiet_period.h"

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

constexpr absl::Duration kLength = QuietPeriod::kLength;

ConnectionCounts Counts(int open, uint64_t accepted) {
  ConnectionCounts counts;
  counts.open = open;
  counts.accepted = accepted;
  return counts;
}

TEST(QuietPeriodTest, PassesWithoutConnections) {
  QuietPeriod quiet;
  EXPECT_FALSE(quiet.Observe(absl::Seconds(100), Counts(0, 7)));
  EXPECT_FALSE(quiet.Observe(absl::Seconds(100) + kLength / 2, Counts(0, 7)));
  EXPECT_TRUE(quiet.Observe(absl::Seconds(100) + kLength, Counts(0, 7)));
}

TEST(QuietPeriodTest, BeginsWhenTheLastConnectionHasGone) {
  QuietPeriod quiet;
  EXPECT_FALSE(quiet.Observe(absl::ZeroDuration(), Counts(2, 7)));
  EXPECT_FALSE(quiet.Observe(kLength * 5, Counts(1, 7)));
  EXPECT_FALSE(quiet.Observe(kLength * 5 + kLength / 2, Counts(0, 7)));
  EXPECT_TRUE(quiet.Observe(kLength * 6, Counts(0, 7)));
}

TEST(QuietPeriodTest, AConnectionThatCameAndWentBetweenTwoLooksCounts) {
  QuietPeriod quiet;
  EXPECT_FALSE(quiet.Observe(absl::ZeroDuration(), Counts(0, 7)));
  EXPECT_FALSE(quiet.Observe(kLength, Counts(0, 8)));
  EXPECT_FALSE(quiet.Observe(kLength + kLength / 2, Counts(0, 8)));
  EXPECT_TRUE(quiet.Observe(kLength * 2, Counts(0, 8)));
}

}  // namespace
}  // namespace gossamer::proxy
