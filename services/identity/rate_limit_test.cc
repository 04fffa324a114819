#include "services/identity/rate_limit.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace gossamer::identity {
namespace {

int Allowed(RateLimit* limit, int asked, absl::Duration now) {
  int allowed = 0;
  for (int i = 0; i < asked; ++i) allowed += limit->Allow(now) ? 1 : 0;
  return allowed;
}

TEST(RateLimitTest, AllowsASecondsWorthAtOnceAndThenTheRate) {
  RateLimit limit(10);
  const absl::Duration start = absl::Hours(1000);
  EXPECT_EQ(Allowed(&limit, 100, start), 10);
  EXPECT_EQ(Allowed(&limit, 100, start + absl::Milliseconds(500)), 5);
  EXPECT_EQ(Allowed(&limit, 100, start + absl::Hours(1)), 10);
}

TEST(RateLimitTest, ATimeThatCameLateAddsNothing) {
  RateLimit limit(1);
  EXPECT_EQ(Allowed(&limit, 2, absl::Seconds(10)), 1);
  EXPECT_EQ(Allowed(&limit, 2, absl::Seconds(5)), 0);
  EXPECT_EQ(Allowed(&limit, 2, absl::Seconds(10.5)), 0);
  EXPECT_EQ(Allowed(&limit, 2, absl::Seconds(11)), 1);
}

}  // namespace
}  // namespace gossamer::identity
