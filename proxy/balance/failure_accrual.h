#ifndef PROXY_BALANCE_FAILURE_ACCRUAL_H_
#define PROXY_BALANCE_FAILURE_ACCRUAL_H_

#include <array>
#include <cstdint>

#include "absl/random/bit_gen_ref.h"
#include "lib/time/backoff.h"

namespace gossamer::proxy {

// How a request to an endpoint ended, as the circuit breaker sees it.
enum class Outcome : uint8_t {
  kSuccess,
  kFailure,      // 5xx, a failing gRPC status, or an error of the transport.
  kRateLimited,  // 429 or RESOURCE_EXHAUSTED.
};

// `grpc_status` is negative where the response has none.
Outcome OutcomeOf(int http_status, int grpc_status);

// Takes an endpoint that keeps failing out of its balancer, and lets one request at a time find
// out whether it is well again.
//
//            too many failures               the backoff is over
//   kClosed ------------------> kOpen ------------------------------> kProbing
//      ^                          ^          the probe fails             |
//      |                          +--------------------------------------+
//      +---------------------------- the probe succeeds -----------------+
//
// Belongs to an endpoint on its worker: not thread-safe, O(1) a call. It sets no timer: its owner
// asks for opens_at_ns() and calls OnTimer() then. Times are nanoseconds of a monotonic clock.
class FailureAccrual {
 public:
  struct Options {
    // Failures in a row that trip it; 0 = never.
    uint32_t consecutive_failures_max = 7;

    // With `unified`, the share of successes over the window as well: it trips below
    // `success_rate_min` (0 = never), once there were `requests_min` requests; and a rate-limited
    // response counts against the rate. Without, it counts as a success.
    bool unified = false;
    double success_rate_min = 0;  // 0 to 1.
    int64_t window_ns = 10'000'000'000;
    uint32_t requests_min = 5;

    Backoff::Options backoff;
  };

  enum class State : uint8_t { kClosed, kOpen, kProbing };

  // Whether a request is the one that probes an endpoint.
  enum class Ticket : uint8_t { kOrdinary, kProbe };

  // `random` is borrowed and outlives the accrual.
  FailureAccrual(const Options& options, absl::BitGenRef random)
      : options_(options), backoff_(options.backoff, random) {}

  // Whether the endpoint may be chosen.
  bool ready() const {
    return state_ == State::kClosed || (state_ == State::kProbing && !probe_out_);
  }
  State state() const { return state_; }
  // When to call OnTimer; meaningful in kOpen.
  int64_t opens_at_ns() const { return opens_at_ns_; }

  // A request is given to the endpoint. Its ticket comes back with its end.
  Ticket OnStart();
  void OnEnd(Ticket ticket, Outcome outcome, int64_t now_ns);
  // The request ended for a reason that says nothing of the endpoint: its client went away.
  void OnAbandoned(Ticket ticket);
  // Nothing happens before opens_at_ns().
  void OnTimer(int64_t now_ns);

 private:
  // The window slides by a tenth of itself at a time.
  static constexpr int kBuckets = 10;

  struct Bucket {
    uint32_t requests = 0;
    uint32_t bad = 0;
  };

  void Count(Outcome outcome, int64_t now_ns);
  void ForgetOldBuckets(int64_t now_ns);
  bool MustTrip() const;
  bool RateIsTooLow() const;
  void Open(int64_t now_ns);
  void Close();

  const Options options_;
  Backoff backoff_;
  State state_ = State::kClosed;
  bool probe_out_ = false;
  uint32_t failures_in_a_row_ = 0;
  int64_t opens_at_ns_ = 0;
  int64_t newest_bucket_ = 0;  // Counted from the clock's origin.
  std::array<Bucket, kBuckets> buckets_ = {};
};

}  // namespace gossamer::proxy

#endif  // PROXY_BALANCE_FAILURE_ACCRUAL_H_
