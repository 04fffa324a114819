#ifndef LIB_HTTP_HTTP2_RESET_BUDGET_H_
#define LIB_HTTP_HTTP2_RESET_BUDGET_H_

#include <algorithm>
#include <cstdint>

namespace gossamer::http2 {

// How many streams a client may reset: what tells an attack ("rapid reset", CVE-2023-44487) from
// many users who share a proxy's connection and some of whom give up. Each request that ends in
// order pays for one that does not, and so does time.
//
// Pure: the caller says what time it is.
class ResetBudget {
 public:
  static constexpr int64_t kBurst = 1000;
  static constexpr int64_t kPerSecond = 100;

  // A stream was reset. False where that is one too many.
  bool OnReset(int64_t now_ns) {
    constexpr int64_t kNsPerReset = 1'000'000'000 / kPerSecond;
    const int64_t earned = (now_ns - earned_until_ns_) / kNsPerReset;
    if (earned > 0) {
      left_ = std::min(kBurst, left_ + std::min(earned, kBurst));
      earned_until_ns_ += earned * kNsPerReset;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  // A stream ended in order.
  void OnCompleted() { left_ = std::min(kBurst, left_ + 1); }

 private:
  int64_t left_ = kBurst;
  int64_t earned_until_ns_ = 0;
};

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_RESET_BUDGET_H_
