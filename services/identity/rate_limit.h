#ifndef SERVICES_IDENTITY_RATE_LIMIT_H_
#define SERVICES_IDENTITY_RATE_LIMIT_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace gossamer::identity {

// Lets so many requests a second through, and as many at once after a quiet second: a flood must
// not take the processor that a rollout's proxies need. Thread-safe.
class RateLimit {
 public:
  // `per_second` is positive.
  explicit RateLimit(double per_second) : per_second_(per_second), tokens_(per_second) {}

  // `now` is monotonic.
  [[nodiscard]] bool Allow(absl::Duration now);

 private:
  const double per_second_;
  absl::Mutex mutex_;
  double tokens_ ABSL_GUARDED_BY(mutex_);
  absl::Duration last_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_RATE_LIMIT_H_
