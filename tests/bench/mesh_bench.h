#ifndef TESTS_BENCH_MESH_BENCH_H_
#define TESTS_BENCH_MESH_BENCH_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/contestants.h"
#include "tests/bench/figures.h"
#include "tests/bench/latency_samples.h"
#include "tests/bench/load_run.h"
#include "tests/bench/scenario.h"

namespace gossamer::bench {

// The benchmark. Every scenario runs on each contestant in turn before the next round begins, so
// that what else the machine does falls on all of them alike.
//
// To be used inside RunIsolated(), by one thread.
class MeshBench {
 public:
  struct Options {
    int rounds = 3;
    // Of each scenario, each contestant, each round.
    double seconds = 1;
    // Requests of each scenario at a rate, likewise; those that take less than `seconds` go on
    // until that is over. Three rounds of the default are enough for p99.9.
    int samples = 1700;
    // Names of ScenarioIds(); empty: all.
    std::set<std::string> only;
    // Of the larger memory figures.
    int many_connections = 1000;
    int manifest_changes = 5;
    // Who takes part. The folder is this class's.
    Contestants::Options contestants;
    // perf's path and a folder for what it records of the subject in the first round; empty: none.
    std::string perf;
    std::string perf_folder;
    // Told each step as it begins, and what perf found.
    std::function<void(const std::string& text)> progress = [](const std::string&) {};
  };

  static absl::StatusOr<Figures> Run(const Options& options);

 private:
  explicit MeshBench(const Options& options);
  absl::Status Start();
  bool Selected(const std::string& id) const {
    return options_.only.empty() || options_.only.count(id) != 0;
  }
  std::vector<Contestant> Proxied() const;

  absl::Status MeasureMemory();
  absl::StatusOr<std::vector<double>> MeasureHeld(const Contestant& contestant, int connections);
  absl::Status MeasureBusy(const Contestant& contestant);
  void AddMemory(const std::string& figure, const std::string& contestant,
                 const std::vector<double>& resident_kib);

  absl::Status MeasureRounds();
  absl::Status MeasureRound(int round, const LoadScenario& scenario);
  absl::Status MeasureCost(const Contestant& contestant, const LoadScenario& scenario);
  absl::Status SampleLatency(const Contestant& contestant, const LoadScenario& scenario);
  absl::Status Profile(const Contestant& contestant, const LoadScenario& scenario);
  void AddLatencies(const LoadScenario& scenario);
  void AddLatency(const LoadScenario& scenario, const std::string& percentile, double share);

  absl::Status MeasureReadiness();
  absl::Status MeasureManifestChange();

  const Options options_;
  const std::string folder_;
  std::unique_ptr<Contestants> contestants_;
  std::unique_ptr<Figures> figures_;
  // By scenario's id and contestant.
  std::map<std::pair<std::string, std::string>, LatencySamples> latencies_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_MESH_BENCH_H_
