#include "tests/bench/process_usage.h"

#include <time.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::bench {
namespace {

absl::StatusOr<double> ResidentKibOf(pid_t process) {
  // Exact, where VmRSS of status may lag by some pages a processor.
  std::ifstream file(absl::StrCat("/proc/", process, "/smaps_rollup"));
  for (std::string word; file >> word;) {
    double kib = 0;
    if (word == "Rss:" && file >> kib) return kib;
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

absl::StatusOr<std::vector<double>> ResidentKib(const std::vector<pid_t>& processes) {
  std::vector<double> resident;
  for (pid_t process : processes) {
    GOSSAMER_ASSIGN_OR_RETURN(const double kib, ResidentKibOf(process));
    resident.push_back(kib);
  }
  return resident;
}

}  // namespace gossamer::bench
