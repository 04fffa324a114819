#include "lib/http/http2/reset_budget.h"

#include "gtest/gtest.h"

namespace gossamer::http2 {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kStart = 1000 * kSecond;

// How many are taken at one time.
int Resets(ResetBudget* budget, int64_t now_ns, int most = 100'000) {
  int count = 0;
  while (count < most && budget->OnReset(now_ns)) ++count;
  return count;
}

TEST(ResetBudgetTest, ABurstIsTakenAndThenWhatTimeGives) {
  ResetBudget budget;
  EXPECT_EQ(Resets(&budget, kStart), ResetBudget::kBurst);
  EXPECT_EQ(Resets(&budget, kStart + kSecond), ResetBudget::kPerSecond);
  EXPECT_EQ(Resets(&budget, kStart + 100'000 * kSecond), ResetBudget::kBurst);
}

TEST(ResetBudgetTest, WhoCompletesHalfOfItsRequestsMayResetTheOthers) {
  ResetBudget budget;
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(budget.OnReset(kStart)) << i;
    budget.OnCompleted();
  }
}

TEST(ResetBudgetTest, WhoCompletesFewDoesNot) {
  ResetBudget budget;
  int resets = 0;
  while (resets < 100'000 && budget.OnReset(kStart)) {
    if (++resets % 10 == 0) budget.OnCompleted();
  }
  EXPECT_GE(resets, ResetBudget::kBurst);
  EXPECT_LE(resets, ResetBudget::kBurst * 10 / 9 + 1);
}

TEST(ResetBudgetTest, CompletedRequestsAreNotSavedUp) {
  ResetBudget budget;
  for (int i = 0; i < 100'000; ++i) budget.OnCompleted();
  EXPECT_EQ(Resets(&budget, kStart), ResetBudget::kBurst);
}

}  // namespace
}  // namespace gossamer::http2
