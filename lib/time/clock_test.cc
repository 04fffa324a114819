#include "lib/time/clock.h"

#include "gtest/gtest.h"
#include "lib/time/fake_clock.h"

namespace gossamer {
namespace {

TEST(ClockTest, RealTimeDoesNotGoBackwards) {
  const Clock* clock = Clock::Real();
  const absl::Duration before = clock->Monotonic();
  EXPECT_GE(clock->Monotonic(), before);
  EXPECT_GT(clock->Now(), absl::FromUnixSeconds(1'700'000'000));
}

TEST(FakeClockTest, MovesOnlyWhenTold) {
  FakeClock clock;
  const absl::Time wall = clock.Now();
  EXPECT_EQ(clock.Monotonic(), absl::ZeroDuration());
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), wall + absl::Seconds(3));
  EXPECT_EQ(clock.Monotonic(), absl::Seconds(3));
}

TEST(FakeClockTest, AStepOfTheWallClockLeavesTheOtherAlone) {
  FakeClock clock;
  clock.SetNow(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
  EXPECT_EQ(clock.Monotonic(), absl::ZeroDuration());
}

}  // namespace
}  // namespace gossamer
