#ifndef PROXY_RETRY_RETRY_POLICY_H_
#define PROXY_RETRY_RETRY_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "lib/time/backoff.h"

namespace gossamer::proxy {

struct StatusRange {
  int first = 0;
  int last = 0;  // With it.
};

// gRPC status codes, a bit each: code n is bit n.
using GrpcCodes = uint32_t;

// How one attempt at a request ended.
struct Attempt {
  enum class End : uint8_t {
    kResponse,  // With the statuses below; a failed dial is a 502 or 504 like any other.
    kFailfast,
    kHeaderTimeout,
    kRefusedStream,  // HTTP/2: the peer has not touched the request.
    kLoadShed,
    kOther,
  };

  End end = End::kResponse;
  int http_status = 0;
  int grpc_status = -1;  // Of a response that is its head alone, or its trailers; negative if none.
};

// What a route says about trying again.
struct RetryPolicy {
  static constexpr uint32_t kDefaultRetries = 1;
  static constexpr size_t kDefaultRequestBytes = 64 * 1024;

  uint32_t retries_max = kDefaultRetries;
  // Requests with a longer body are sent once, because they cannot be kept for another attempt.
  size_t request_bytes_max = kDefaultRequestBytes;
  std::vector<StatusRange> http_statuses;
  GrpcCodes grpc_codes = 0;
  // How long an attempt may take to its response's head; zero for no limit.
  absl::Duration header_timeout = absl::ZeroDuration();
  // The wait before an attempt; without, there is none.
  absl::optional<Backoff::Options> backoff;

  // Whether an attempt that ended like this is worth another, whatever was tried before.
  bool Covers(const Attempt& attempt) const;
};

// The attempts at one request. Belongs to the request; the policy is borrowed and outlives it.
class Retries {
 public:
  enum class Verdict : uint8_t {
    kNotCovered,  // Its end is the request's end.
    kRetry,
    kLimitExceeded,  // Covered, but tried often enough.
    kBodyTooLarge,   // Covered, but the request cannot be sent again.
  };

  explicit Retries(const RetryPolicy* policy) : policy_(policy) {}

  // What follows on `attempt`. `replayable`: the whole request body is kept. After kRetry another
  // attempt has begun.
  Verdict OnEnd(const Attempt& attempt, bool replayable);

  // The limit of the attempt under way. The last has none: a late answer is better than none.
  absl::Duration header_timeout() const {
    return is_last() ? absl::ZeroDuration() : policy_->header_timeout;
  }
  bool is_last() const { return retries_ >= policy_->retries_max; }
  uint32_t retries() const { return retries_; }

 private:
  const RetryPolicy* const policy_;
  uint32_t retries_ = 0;
};

}  // namespace gossamer::proxy

#endif  // PROXY_RETRY_RETRY_POLICY_H_
