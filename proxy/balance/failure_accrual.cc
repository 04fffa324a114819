#include "proxy/balance/failure_accrual.h"

#include <algorithm>

#include "absl/time/time.h"

namespace gossamer::proxy {

Outcome OutcomeOf(int http_status, int grpc_status) {
  // DEADLINE_EXCEEDED, PERMISSION_DENIED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNKNOWN.
  constexpr uint32_t kFailures = 1u << 2 | 1u << 4 | 1u << 7 | 1u << 13 | 1u << 14 | 1u << 15;
  constexpr int kResourceExhausted = 8;
  if (http_status >= 500 && http_status <= 599) return Outcome::kFailure;
  if (http_status == 429 || grpc_status == kResourceExhausted) return Outcome::kRateLimited;
  const bool failed = grpc_status >= 0 && grpc_status < 32 && ((kFailures >> grpc_status) & 1) != 0;
  return failed ? Outcome::kFailure : Outcome::kSuccess;
}

FailureAccrual::Ticket FailureAccrual::OnStart() {
  if (state_ != State::kProbing || probe_out_) return Ticket::kOrdinary;
  probe_out_ = true;
  return Ticket::kProbe;
}

void FailureAccrual::OnEnd(Ticket ticket, Outcome outcome, int64_t now_ns) {
  if (outcome == Outcome::kRateLimited && !options_.unified) outcome = Outcome::kSuccess;
  if (ticket == Ticket::kProbe) {
    if (state_ != State::kProbing) return;
    return outcome == Outcome::kSuccess ? Close() : Open(now_ns);
  }
  // Once tripped, the ends of requests from before say nothing new.
  if (state_ != State::kClosed) return;
  Count(outcome, now_ns);
  if (MustTrip()) Open(now_ns);
}

void FailureAccrual::OnAbandoned(Ticket ticket) {
  if (ticket == Ticket::kProbe) probe_out_ = false;
}

void FailureAccrual::OnTimer(int64_t now_ns) {
  if (state_ != State::kOpen || now_ns < opens_at_ns_) return;
  state_ = State::kProbing;
  probe_out_ = false;
}

void FailureAccrual::Count(Outcome outcome, int64_t now_ns) {
  if (outcome == Outcome::kFailure) ++failures_in_a_row_;
  if (outcome == Outcome::kSuccess) failures_in_a_row_ = 0;
  if (!options_.unified) return;
  ForgetOldBuckets(now_ns);
  Bucket& bucket = buckets_[newest_bucket_ % kBuckets];
  ++bucket.requests;
  if (outcome != Outcome::kSuccess) ++bucket.bad;
}

void FailureAccrual::ForgetOldBuckets(int64_t now_ns) {
  const int64_t bucket_ns = std::max<int64_t>(options_.window_ns / kBuckets, 1);
  const int64_t now_bucket = now_ns / bucket_ns;
  const int64_t stale = std::min<int64_t>(now_bucket - newest_bucket_, kBuckets);
  for (int64_t i = 0; i < stale; ++i) buckets_[(now_bucket - i) % kBuckets] = Bucket();
  newest_bucket_ = std::max(newest_bucket_, now_bucket);
}

bool FailureAccrual::MustTrip() const {
  const uint32_t max = options_.consecutive_failures_max;
  if (max != 0 && failures_in_a_row_ >= max) return true;
  return options_.unified && RateIsTooLow();
}

bool FailureAccrual::RateIsTooLow() const {
  uint64_t requests = 0;
  uint64_t bad = 0;
  for (const Bucket& bucket : buckets_) {
    requests += bucket.requests;
    bad += bucket.bad;
  }
  if (requests == 0 || requests < options_.requests_min) return false;
  return static_cast<double>(requests - bad) <
         options_.success_rate_min * static_cast<double>(requests);
}

void FailureAccrual::Open(int64_t now_ns) {
  state_ = State::kOpen;
  probe_out_ = false;
  opens_at_ns_ = now_ns + absl::ToInt64Nanoseconds(backoff_.Next());
}

void FailureAccrual::Close() {
  state_ = State::kClosed;
  probe_out_ = false;
  failures_in_a_row_ = 0;
  buckets_ = {};
  backoff_.Reset();
}

}  // namespace gossamer::proxy
