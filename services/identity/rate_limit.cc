#include "services/identity/rate_limit.h"

#include <algorithm>

namespace gossamer::identity {

bool RateLimit::Allow(absl::Duration now) {
  absl::MutexLock lock(&mutex_);
  // Callers race for the lock, so an earlier `now` may come later; it adds nothing.
  if (now > last_) {
    tokens_ = std::min(per_second_, tokens_ + absl::ToDoubleSeconds(now - last_) * per_second_);
    last_ = now;
  }
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace gossamer::identity
