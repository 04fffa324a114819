#include "proxy/retry/retry_budget.h"

#include <cmath>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "proxy/balance/fast_random.h"

namespace gossamer::proxy {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;

class RetryBudgetTest : public ::testing::Test {
 protected:
  static RetryBudget MakeBudget(double retry_ratio, uint32_t retries_per_second_min = 0) {
    RetryBudget::Options options;
    options.retry_ratio = retry_ratio;
    options.retries_per_second_min = retries_per_second_min;
    return *RetryBudget::Create(options);
  }

  int SpendAll(RetryBudget* budget) {
    int retries = 0;
    while (budget->TrySpend(now_)) ++retries;
    return retries;
  }

  int64_t now_ = 1'000'000 * kSecond;
};

TEST_F(RetryBudgetTest, AllowsAShareOfTheRequests) {
  RetryBudget budget = MakeBudget(0.2);
  EXPECT_EQ(SpendAll(&budget), 0);
  for (int i = 0; i < 100; ++i) budget.OnRequest(now_);
  EXPECT_EQ(SpendAll(&budget), 20);
}

TEST_F(RetryBudgetTest, AllowsSeveralRetriesARequest) {
  RetryBudget budget = MakeBudget(1000);
  budget.OnRequest(now_);
  EXPECT_EQ(SpendAll(&budget), 1000);
}

TEST_F(RetryBudgetTest, ForgetsCreditOlderThanTheWindow) {
  RetryBudget budget = MakeBudget(1);
  budget.OnRequest(now_);
  now_ += 9 * kSecond;
  budget.OnRequest(now_);
  now_ += 2 * kSecond;
  EXPECT_EQ(SpendAll(&budget), 1);
}

TEST_F(RetryBudgetTest, HoldsAReserveForFewRequests) {
  RetryBudget budget = MakeBudget(0, 3);
  EXPECT_EQ(SpendAll(&budget), 30) << "3 a second over 10 s";
  now_ += 5 * kSecond;
  EXPECT_EQ(SpendAll(&budget), 0) << "spent in this window";
  now_ += 6 * kSecond;
  EXPECT_EQ(SpendAll(&budget), 30);
}

TEST_F(RetryBudgetTest, SurvivesAClockThatStepsBack) {
  RetryBudget budget = MakeBudget(1);
  budget.OnRequest(now_);
  now_ -= 5 * kSecond;
  budget.OnRequest(now_);
  EXPECT_EQ(SpendAll(&budget), 2);
}

// Beside a plain list of everything that happened.
TEST_F(RetryBudgetTest, NeverAllowsMoreThanRatioAndReserveOfAnyWindow) {
  FastRandom random(3);
  RetryBudget budget = MakeBudget(0.5, 1);
  std::deque<int64_t> requests;
  std::deque<int64_t> retries;
  for (int step = 0; step < 100'000; ++step) {
    now_ += random.Below(kSecond / 10);
    if (random.Below(3) == 0) {
      budget.OnRequest(now_);
      requests.push_back(now_);
    } else if (budget.TrySpend(now_)) {
      retries.push_back(now_);
    }
    // Over one slot less than the window nothing of either has lapsed; credit of the whole window
    // before may have been spent in it.
    const int64_t since = now_ - 9 * kSecond;
    while (!retries.empty() && retries.front() < since) retries.pop_front();
    while (!requests.empty() && requests.front() < since - 10 * kSecond) requests.pop_front();
    ASSERT_LE(retries.size(), 10 + requests.size() / 2 + 1);
  }
}

struct BadOptions {
  std::string name;
  RetryBudget::Options options;
  std::string field;
};

class RetryBudgetBadOptionsTest : public ::testing::TestWithParam<BadOptions> {};

TEST_P(RetryBudgetBadOptionsTest, NamesTheField) {
  EXPECT_THAT(RetryBudget::Create(GetParam().options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().field)));
}

INSTANTIATE_TEST_SUITE_P(
    All, RetryBudgetBadOptionsTest,
    ::testing::ValuesIn(std::vector<BadOptions>{
        {"WindowTooShort", {absl::Milliseconds(999), 0.2, 10}, "window is 999ms"},
        {"WindowTooLong", {absl::Seconds(61), 0.2, 10}, "window is 1m1s"},
        {"NegativeRatio", {absl::Seconds(10), -0.1, 10}, "retry_ratio is -0.1"},
        {"RatioTooLarge", {absl::Seconds(10), 1000.1, 10}, "retry_ratio is 1000.1"},
        {"RatioNotANumber", {absl::Seconds(10), std::nan(""), 10}, "retry_ratio is nan"},
        {"TooManyRetries", {absl::Seconds(10), 0.2, 1u << 31}, "retries_per_second_min is"},
    }),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gossamer::proxy
