#include "lib/time/clock.h"

#include <time.h>

#include "absl/time/clock.h"

namespace gossamer {
namespace {

class RealClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  absl::Duration Monotonic() const override {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return absl::DurationFromTimespec(now);
  }
};

}  // namespace

const Clock* Clock::Real() {
  static const Clock* const clock = new RealClock;
  return clock;
}

}  // namespace gossamer
