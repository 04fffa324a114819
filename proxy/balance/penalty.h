#ifndef PROXY_BALANCE_PENALTY_H_
#define PROXY_BALANCE_PENALTY_H_

#include <algorithm>
#include <cstdint>

namespace gossamer::proxy {

// Which responses count as slow ones, and how slow, where a policy asks for penalties.
struct Penalty {
  int64_t penalty_ns = 5'000'000'000;
  int64_t retry_after_max_ns = 300'000'000'000;

  // For PeakEwma::AddPenalty. `hint_ns` is what the response said of when to come back
  // (retry-after, grpc-retry-pushback-ms); 0 without a hint.
  int64_t Of(int64_t hint_ns) const {
    return std::max(penalty_ns, std::min(hint_ns, retry_after_max_ns));
  }

  // `grpc_status` is that of a response that ended with its head; negative for any other.
  static bool IsDue(int http_status, int grpc_status) {
    if (http_status == 429 || (http_status >= 500 && http_status <= 599)) return true;
    // DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNKNOWN.
    constexpr uint32_t kCodes = 1u << 2 | 1u << 4 | 1u << 8 | 1u << 13 | 1u << 14 | 1u << 15;
    return grpc_status >= 0 && grpc_status < 32 && ((kCodes >> grpc_status) & 1) != 0;
  }
};

}  // namespace gossamer::proxy

#endif  // PROXY_BALANCE_PENALTY_H_
