#include "tests/bench/process_usage.h"

#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::bench {
namespace {

absl::StatusOr<double> ResidentMib(pid_t process) {
  // Exact, where VmRSS of status may lag by some pages a processor.
  std::ifstream file(absl::StrCat("/proc/", process, "/smaps_rollup"));
  for (std::string word; file >> word;) {
    double kib = 0;
    if (word == "Rss:" && file >> kib) return kib / 1024;
  }
  return absl::NotFoundError(absl::StrCat("process ", process, " has no memory to measure"));
}

}  // namespace

absl::StatusOr<absl::Duration> CpuTime(const std::vector<pid_t>& processes) {
  absl::Duration sum;
  for (pid_t process : processes) {
    clockid_t clock = 0;
    timespec time = {};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) {
      return absl::NotFoundError(absl::StrCat("process ", process, " has ended"));
    }
    sum += absl::DurationFromTimespec(time);
  }
  return sum;
}

absl::StatusOr<double> LargestResidentMib(const std::vector<pid_t>& processes) {
  double largest = 0;
  for (pid_t process : processes) {
    GOSSAMER_ASSIGN_OR_RETURN(const double mib, ResidentMib(process));
    largest = std::max(largest, mib);
  }
  return largest;
}

}  // namespace gossamer::bench
