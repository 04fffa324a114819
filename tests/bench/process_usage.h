#ifndef TESTS_BENCH_PROCESS_USAGE_H_
#define TESTS_BENCH_PROCESS_USAGE_H_

#include <sys/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gossamer::bench {

// The processor time, user's and kernel's, of these processes together, ended threads included; in
// nanoseconds as the scheduler counts them, not in ticks. NotFound where one has ended.
absl::StatusOr<absl::Duration> CpuTime(const std::vector<pid_t>& processes);

// The resident memory of each, in KiB. NotFound where one has ended.
absl::StatusOr<std::vector<double>> ResidentKib(const std::vector<pid_t>& processes);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_PROCESS_USAGE_H_
