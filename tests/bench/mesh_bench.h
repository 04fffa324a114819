#ifndef TESTS_BENCH_MESH_BENCH_H_
#define TESTS_BENCH_MESH_BENCH_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/contestant.h"
#include "tests/bench/figures.h"
#include "tests/bench/peer.h"
#include "tests/support/mesh.h"

namespace gossamer::bench {

inline constexpr char kDirect[] = "direct";
inline constexpr char kSubject[] = "gossamer";

// The benchmark: a mesh, a client and a server behind our proxies, the same two without, and the
// peers that are installed. Every scenario runs on each contestant in turn before the next round
// begins, so that what else the machine does falls on all of them alike.
//
// To be used inside RunIsolated(), by one thread.
class MeshBench {
 public:
  struct Options {
    int rounds = 3;
    // Of each scenario, each contestant, each round.
    double seconds = 1;
    // Another proxy in place of ours; empty: ours.
    std::string proxy;
    // Paths of the peers' programs; empty ones stay out.
    std::string envoy;
    std::string haproxy;
    // Connections of the larger idle-memory figure.
    int idle_connections = 1000;
    int manifest_changes = 5;
    // Told each step as it begins.
    std::function<void(const std::string& step)> progress = [](const std::string&) {};
  };

  static absl::StatusOr<Figures> Run(const Options& options);

 private:
  // What the load client is told, and what becomes of its answer.
  struct Scenario {
    std::string name;
    std::string mode;
    std::vector<std::string> arguments;
  };
  struct Answer {
    double requests = 0;
    double bytes = 0;
    double seconds = 0;
    double p50_us = 0;
    double p99_us = 0;
  };

  explicit MeshBench(const Options& options);
  absl::Status Start();
  absl::Status StartPeers();
  absl::Status MeasureMemory();
  absl::Status MeasureRounds();
  absl::Status MeasureReadiness();
  absl::Status MeasureManifestChange();

  absl::StatusOr<Answer> RunClient(const Contestant& contestant, const Scenario& scenario,
                                   double seconds);
  absl::Status MeasureCost(const Contestant& contestant, const Scenario& scenario);
  absl::Status MeasureLatency();
  absl::Status MeasureHeld(const Contestant& contestant, int connections,
                           const std::string& figure);
  absl::StatusOr<double> MoveOnce(int to);
  absl::Status AnnounceOnly(harness::Pod* pod);
  absl::Status RequestUntil(harness::Pod* pod, int answers);
  absl::StatusOr<absl::Duration> RestartFreshProxy();
  Contestant DirectContestant();
  Contestant SubjectContestant();

  const Options options_;
  std::string folder_;
  // Before the peers: they end before their network does.
  std::unique_ptr<harness::Mesh> mesh_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Contestant> contestants_;
  std::unique_ptr<Figures> figures_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_MESH_BENCH_H_
