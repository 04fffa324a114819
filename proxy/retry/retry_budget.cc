#include "proxy/retry/retry_budget.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace gossamer::proxy {

absl::StatusOr<RetryBudget> RetryBudget::Create(const Options& options) {
  if (options.window < absl::Seconds(1) || options.window > absl::Seconds(60)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "retry budget: window is ", absl::FormatDuration(options.window), ", want 1s to 60s"));
  }
  // So written, NaN is refused too.
  if (!(options.retry_ratio >= 0 && options.retry_ratio <= 1000)) {
    return absl::InvalidArgumentError(
        absl::StrCat("retry budget: retry_ratio is ", options.retry_ratio, ", want 0 to 1000"));
  }
  if (options.retries_per_second_min > std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat("retry budget: retries_per_second_min is ",
                                                   options.retries_per_second_min,
                                                   ", want at most 2147483647"));
  }
  return RetryBudget(options);
}

RetryBudget::RetryBudget(const Options& options)
    : slot_ns_(absl::ToInt64Nanoseconds(options.window) / kSlots),
      deposit_(std::llround(options.retry_ratio * kRetry)),
      reserve_(std::llround(options.retries_per_second_min * absl::ToDoubleSeconds(options.window) *
                            kRetry)) {}

void RetryBudget::OnRequest(int64_t now_ns) {
  *SlotAt(now_ns) += deposit_;
  balance_ += deposit_;
}

bool RetryBudget::TrySpend(int64_t now_ns) {
  int64_t* const slot = SlotAt(now_ns);
  if (reserve_ + balance_ < kRetry) return false;
  *slot -= kRetry;
  balance_ -= kRetry;
  return true;
}

int64_t* RetryBudget::SlotAt(int64_t now_ns) {
  const int64_t now_slot = std::max(now_ns / slot_ns_, newest_slot_);
  const int64_t lapsed = std::min<int64_t>(now_slot - newest_slot_, kSlots);
  for (int64_t i = 0; i < lapsed; ++i) {
    int64_t& slot = balance_by_slot_[(now_slot - i) % kSlots];
    balance_ -= slot;
    slot = 0;
  }
  newest_slot_ = now_slot;
  return &balance_by_slot_[now_slot % kSlots];
}

}  // namespace gossamer::proxy
