#include "lib/http/http2/deadlines.h"

#include "gtest/gtest.h"

namespace gossamer::http2 {
namespace {

using Verdict = Deadlines::Verdict;

constexpr int64_t kSecond = 1'000'000'000;

class DeadlinesTest : public ::testing::Test {
 protected:
  DeadlinesTest()
      : deadlines_(
            {.head = absl::Seconds(10), .idle = absl::Hours(1), .stall = absl::Minutes(10)}) {
    deadlines_.OnIdle(0);
  }

  Verdict At(int64_t seconds, int streams = 0, size_t waiting = 0) {
    return deadlines_.Check(seconds * kSecond, streams, waiting);
  }

  Deadlines deadlines_;
};

TEST_F(DeadlinesTest, HeadsHaveTheirTime) {
  deadlines_.OnHeadBegun(5 * kSecond);
  EXPECT_EQ(At(15, 1), Verdict::kFine);
  EXPECT_EQ(At(16, 1), Verdict::kSlowHead);
  deadlines_.OnHeadEnded();
  EXPECT_EQ(At(1000, 1), Verdict::kFine);
}

TEST_F(DeadlinesTest, ConnectionsAreIdleFromTheirLastStreamOn) {
  EXPECT_EQ(At(3600), Verdict::kFine);
  EXPECT_EQ(At(3601), Verdict::kIdle);
  EXPECT_EQ(At(5000, 1), Verdict::kFine);
  deadlines_.OnIdle(5000 * kSecond);
  EXPECT_EQ(At(8600), Verdict::kFine);
  EXPECT_EQ(At(8601), Verdict::kIdle);
}

TEST_F(DeadlinesTest, StallsLastFromWhatWasSentLast) {
  const size_t much = Deadlines::kStallBytes;
  EXPECT_EQ(At(100'000, 1, much - 1), Verdict::kFine);
  // Only now is it much.
  EXPECT_EQ(At(100'600, 1, much), Verdict::kFine);
  EXPECT_EQ(At(100'601, 1, much), Verdict::kStalled);
  deadlines_.OnDataSent(100'601 * kSecond);
  EXPECT_EQ(At(101'201, 1, much), Verdict::kFine);
  EXPECT_EQ(At(101'202, 1, much), Verdict::kStalled);
}

TEST(DeadlinesIntervalTest, IsAQuarterOfTheShortest) {
  EXPECT_EQ(Deadlines({}).check_interval(), absl::InfiniteDuration());
  EXPECT_EQ(Deadlines({.head = absl::Seconds(60), .idle = absl::Hours(1)}).check_interval(),
            absl::Seconds(15));
  EXPECT_EQ(Deadlines({.stall = absl::Minutes(10)}).check_interval(), absl::Seconds(150));
}

}  // namespace
}  // namespace gossamer::http2
