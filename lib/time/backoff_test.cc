#include "lib/time/backoff.h"

#include "absl/random/random.h"
#include "gtest/gtest.h"

namespace gossamer {
namespace {

TEST(BackoffTest, DoublesUpToTheMaximumAndStartsAnew) {
  absl::BitGen random;
  Backoff backoff({absl::Milliseconds(100), absl::Seconds(1), 0}, random);
  for (const int ms : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_EQ(backoff.Next(), absl::Milliseconds(ms));
  }
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(100));
}

TEST(BackoffTest, JittersUpwardsWithinItsShareAndTheMaximum) {
  absl::BitGen random;
  Backoff backoff({absl::Milliseconds(100), absl::Milliseconds(150), 1.0}, random);
  bool varied = false;
  for (int i = 0; i < 100; ++i) {
    backoff.Reset();
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, absl::Milliseconds(100));
    EXPECT_LE(wait, absl::Milliseconds(150));
    varied = varied || (wait > absl::Milliseconds(100) && wait < absl::Milliseconds(150));
  }
  EXPECT_TRUE(varied);
}

TEST(BackoffTest, NeverOverflows) {
  absl::BitGen random;
  Backoff backoff({absl::Seconds(1), absl::Hours(1'000'000), 0}, random);
  absl::Duration last;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration next = backoff.Next();
    EXPECT_GE(next, last);
    last = next;
  }
}

}  // namespace
}  // namespace gossamer
