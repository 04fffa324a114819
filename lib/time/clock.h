#ifndef LIB_TIME_CLOCK_H_
#define LIB_TIME_CLOCK_H_

#include "absl/time/time.h"

namespace gossamer {

// Where a component gets the time, so that its tests can set it (lib/time/fake_clock.h).
//
// Implementations are safe to call from any thread and outlive whatever borrows them.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall-clock time: for certificates, tokens and logs. It can jump.
  virtual absl::Time Now() const = 0;
  // Time since an unspecified moment, which never goes backwards: for timeouts and rates.
  virtual absl::Duration Monotonic() const = 0;

  // The system's clocks. Never destroyed.
  static const Clock* Real();
};

}  // namespace gossamer

#endif  // LIB_TIME_CLOCK_H_
