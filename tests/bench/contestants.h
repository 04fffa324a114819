#ifndef TESTS_BENCH_CONTESTANTS_H_
#define TESTS_BENCH_CONTESTANTS_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/contestant.h"
#include "tests/bench/peer.h"
#include "tests/support/mesh.h"

namespace gossamer::bench {

inline constexpr char kDirect[] = "direct";
inline constexpr char kSubject[] = "gossamer";

// A mesh with a client and a server behind our proxies, the same two without, and the peers: every
// way that the benchmark compares.
//
// To be used inside RunIsolated(), by one thread. Everything ends with this object.
class Contestants {
 public:
  struct Options {
    // Holds the peers' configurations and logs.
    std::string folder;
    // Another proxy in place of ours; empty: ours.
    std::string proxy;
    // Paths of the peers' programs; empty ones stay out.
    std::string envoy;
    std::string haproxy;
    // Names of those that take part; empty: all that can.
    std::set<std::string> only;
  };

  static absl::StatusOr<std::unique_ptr<Contestants>> Start(const Options& options);

  harness::Mesh& mesh() { return *mesh_; }
  const std::vector<Contestant>& list() const { return list_; }
  // The way without proxies, whether it takes part or not.
  const Contestant& direct() const { return direct_; }

 private:
  explicit Contestants(const Options& options) : options_(options) {}
  absl::Status StartMesh();
  absl::Status StartPeers();
  bool TakesPart(const std::string& name) const {
    return options_.only.empty() || options_.only.count(name) != 0;
  }
  Contestant Direct();
  Contestant Subject();
  absl::StatusOr<absl::Duration> RestartFreshProxy();

  const Options options_;
  // Before the peers: they end before their network does.
  std::unique_ptr<harness::Mesh> mesh_;
  std::vector<std::unique_ptr<Peer>> peers_;
  Contestant direct_;
  std::vector<Contestant> list_;
  bool has_fresh_pod_ = false;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_CONTESTANTS_H_
