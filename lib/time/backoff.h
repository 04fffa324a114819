#ifndef LIB_TIME_BACKOFF_H_
#define LIB_TIME_BACKOFF_H_

#include <algorithm>
#include <cstdint>

#include "absl/random/bit_gen_ref.h"
#include "absl/random/distributions.h"
#include "absl/time/time.h"

namespace gossamer {

// How long to wait before try n: min * 2^n, at most max, and a random share of it on top so that
// many who failed together do not try again together. Not thread-safe.
class Backoff {
 public:
  struct Options {
    absl::Duration min = absl::Milliseconds(100);
    absl::Duration max = absl::Seconds(60);
    double jitter = 0.1;  // The random share, 0 to 100 times the wait.
  };

  // `random` is borrowed and outlives the backoff.
  Backoff(const Options& options, absl::BitGenRef random) : options_(options), random_(random) {}

  // The wait before the next try; each call makes the next one longer.
  absl::Duration Next() {
    const absl::Duration base = std::min(options_.max, options_.min * (int64_t{1} << tries_));
    if (base < options_.max && tries_ < kMaxDoublings) ++tries_;
    if (options_.jitter <= 0) return base;
    const double share = absl::Uniform(random_, 0.0, options_.jitter);
    return std::min(options_.max, base + base * share);
  }

  // After a success.
  void Reset() { tries_ = 0; }

 private:
  static constexpr int kMaxDoublings = 30;

  const Options options_;
  absl::BitGenRef random_;
  int tries_ = 0;
};

}  // namespace gossamer

#endif  // LIB_TIME_BACKOFF_H_
