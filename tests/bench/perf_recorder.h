#ifndef TESTS_BENCH_PERF_RECORDER_H_
#define TESTS_BENCH_PERF_RECORDER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/support/process.h"

namespace gossamer::bench {

// `perf record` on processes while this object lives or until Finish(). Samples the processor's
// clock: a virtual machine has no counters.
class PerfRecorder {
 public:
  struct Options {
    std::string program;  // perf's path.
    std::string folder;   // Exists. Gets NAME.data, NAME.txt and NAME.log.
    std::string name;
    std::vector<pid_t> processes;
  };

  static absl::StatusOr<std::unique_ptr<PerfRecorder>> Start(const Options& options);

  // Ends the recording and returns where the time went: the shares of the programs and of the
  // kernel, and the largest symbols of each. The whole list is in NAME.txt; NAME.data is for perf
  // report.
  absl::StatusOr<std::string> Finish();

 private:
  PerfRecorder(Options options, std::unique_ptr<harness::Process> perf)
      : options_(std::move(options)), perf_(std::move(perf)) {}
  std::string path(const std::string& suffix) const {
    return options_.folder + "/" + options_.name + suffix;
  }

  const Options options_;
  const std::unique_ptr<harness::Process> perf_;
};

// What a report of perf, with the columns share, object and symbol, says in a few lines: what kinds
// of work the programs and the kernel did, and at most `symbols_max` symbols of each.
std::string SummarizePerfReport(const std::string& report, int symbols_max);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_PERF_RECORDER_H_
