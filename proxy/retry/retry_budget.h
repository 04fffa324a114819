#ifndef PROXY_RETRY_RETRY_BUDGET_H_
#define PROXY_RETRY_RETRY_BUDGET_H_

#include <array>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gossamer::proxy {

// Caps retries at a share of recent requests, so that a service that is already failing is not
// buried under its own retries.
//
// A request deposits credit and a retry spends it; both are forgotten after `Options::window`. On
// top comes a reserve that grows with time rather than with requests, for services with few of
// them. One budget belongs to one service profile on its worker: not thread-safe, O(1) a call.
// Times are nanoseconds of a monotonic clock.
class RetryBudget {
 public:
  struct Options {
    absl::Duration window = absl::Seconds(10);  // 1 s to 60 s.
    double retry_ratio = 0.2;                   // Retries a request, 0 to 1000.
    uint32_t retries_per_second_min = 10;       // The reserve; at most 2^31 - 1.
  };

  // InvalidArgument, naming the field and its range, where an option is out of range.
  static absl::StatusOr<RetryBudget> Create(const Options& options);

  // Counts a first attempt. Retries must not earn credit for more retries.
  void OnRequest(int64_t now_ns);
  // Spends the credit for one retry, or spends nothing and returns false.
  [[nodiscard]] bool TrySpend(int64_t now_ns);

 private:
  static constexpr int kSlots = 10;        // Credit lapses a tenth of the window at a time.
  static constexpr int64_t kRetry = 1000;  // The price, in thousandths of a retry.

  explicit RetryBudget(const Options& options);

  // Empties the slots that the window has left behind; the slot of `now_ns`.
  int64_t* SlotAt(int64_t now_ns);

  int64_t slot_ns_;
  int64_t deposit_;
  int64_t reserve_;
  int64_t balance_ = 0;      // Of all slots.
  int64_t newest_slot_ = 0;  // Counted from the clock's origin.
  std::array<int64_t, kSlots> balance_by_slot_ = {};
};

}  // namespace gossamer::proxy

#endif  // PROXY_RETRY_RETRY_BUDGET_H_
