#ifndef TESTS_BENCH_LOAD_RUN_H_
#define TESTS_BENCH_LOAD_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/contestant.h"
#include "tests/support/process.h"

// The load client as the benchmark runs it.
namespace gossamer::bench {

struct LoadAnswer {
  double requests = 0;
  double bytes = 0;
  double seconds = 0;
  std::vector<double> latencies_us;  // Of runs at a rate.
};

// Runs the client in `mode` to its end. Unavailable where a request failed. On a machine that is
// very busy a short run can end before anything is answered.
absl::StatusOr<LoadAnswer> RunLoad(const Contestant& contestant, const std::string& mode,
                                   const std::vector<std::string>& arguments, double seconds);

// The client beside the caller's own work; ends with this object.
class BackgroundLoad {
 public:
  // `log_path` is for its output alone.
  static absl::StatusOr<std::unique_ptr<BackgroundLoad>> Start(
      const Contestant& contestant, const std::string& mode,
      const std::vector<std::string>& arguments, const std::string& log_path);

  bool Running() { return client_->Running(); }
  // Until a client of mode "hold" has its connections. Unavailable where it does not get them.
  absl::Status WaitHeld();
  // What the client printed when it ended.
  absl::StatusOr<LoadAnswer> Answer();

 private:
  BackgroundLoad(std::string who, std::unique_ptr<harness::Process> client)
      : who_(std::move(who)), client_(std::move(client)) {}

  const std::string who_;
  const std::unique_ptr<harness::Process> client_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_LOAD_RUN_H_
