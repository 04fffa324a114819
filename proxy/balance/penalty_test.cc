#include "proxy/balance/penalty.h"

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(PenaltyTest, IsAtLeastThePolicysAndAtMostItsCap) {
  const Penalty penalty;
  EXPECT_EQ(penalty.Of(0), 5 * kSecond);
  EXPECT_EQ(penalty.Of(2 * kSecond), 5 * kSecond);
  EXPECT_EQ(penalty.Of(60 * kSecond), 60 * kSecond);
  EXPECT_EQ(penalty.Of(86400 * kSecond), 300 * kSecond);
}

TEST(PenaltyTest, IsDueForStatusesThatAskForLessTraffic) {
  for (const int status : {429, 500, 503, 599}) EXPECT_TRUE(Penalty::IsDue(status, -1)) << status;
  for (const int status : {200, 301, 400, 404, 428, 430, 499, 600}) {
    EXPECT_FALSE(Penalty::IsDue(status, -1)) << status;
  }
}

TEST(PenaltyTest, IsDueForGrpcStatusesThatAskForLessTraffic) {
  for (int code = -1; code < 40; ++code) {
    const bool due = code == 2 || code == 4 || code == 8 || code == 13 || code == 14 || code == 15;
    EXPECT_EQ(Penalty::IsDue(200, code), due) << code;
  }
}

}  // namespace
}  // namespace gossamer::proxy
