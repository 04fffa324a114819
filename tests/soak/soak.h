#ifndef TESTS_SOAK_SOAK_H_
#define TESTS_SOAK_SOAK_H_

#include "absl/time/time.h"

namespace gossamer::soak {

struct Options {
  absl::Duration duration = absl::Minutes(10);
  // Traffic and churn before the state is taken that must be found again.
  absl::Duration warm_up = absl::Seconds(30);
  absl::Duration churn_interval = absl::Seconds(4);
  absl::Duration report_interval = absl::Seconds(10);
};

// Starts a mesh whose certificates live a minute, and keeps every kind of traffic up in it while
// pods come and go, certificates are renewed and the control plane is restarted. Prints a line
// every `report_interval`. True where no request failed that was not aborted on purpose, and every
// proxy and control-plane program ends with the descriptors and the memory that it had after the
// warm-up.
//
// To be used inside RunIsolated().
bool RunSoak(const Options& options);

}  // namespace gossamer::soak

#endif  // TESTS_SOAK_SOAK_H_
