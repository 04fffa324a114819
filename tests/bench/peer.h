#ifndef TESTS_BENCH_PEER_H_
#define TESTS_BENCH_PEER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/contestant.h"
#include "tests/support/network.h"
#include "tests/support/process.h"

namespace gossamer::bench {

inline constexpr char kEnvoy[] = "envoy";
inline constexpr char kHaproxy[] = "haproxy";
inline constexpr char kRelay[] = "relay";

// Another proxy as a pair: one process beside the client, one beside the server, one thread each,
// with mutual TLS and one protocol (HTTP/2, or bytes for TCP) in between; the relay alone has
// neither. The client connects to the first one's ports; nothing is redirected. Both end with this
// object.
class Peer {
 public:
  struct Options {
    std::string program;
    // Holds configurations, certificates and logs.
    std::string folder;
    harness::PodNamespace* client = nullptr;
    harness::PodNamespace* server = nullptr;
  };

  static absl::StatusOr<std::unique_ptr<Peer>> StartEnvoy(const Options& options);
  static absl::StatusOr<std::unique_ptr<Peer>> StartHaproxy(const Options& options);
  // `tcp_relay`: the floor.
  static absl::StatusOr<std::unique_ptr<Peer>> StartRelay(const Options& options);

  Contestant AsContestant();

 private:
  // What differs between the kinds.
  struct Kind {
    std::string name;
    int first_port = 0;  // Of the client's side; the server's is kServerPorts above.
    std::string file_suffix;
    std::vector<std::string> arguments;  // Before the configuration's path.
    std::string (*configuration)(const Peer& peer, bool client_side);
  };

  Peer(Kind kind, Options options) : kind_(std::move(kind)), options_(std::move(options)) {}
  static absl::StatusOr<std::unique_ptr<Peer>> Start(Kind kind, const Options& options);
  static std::string EnvoyConfiguration(const Peer& peer, bool client_side);
  static std::string HaproxyConfiguration(const Peer& peer, bool client_side);
  static std::string RelayConfiguration(const Peer& peer, bool client_side);
  absl::Status StartSide(bool client_side, std::unique_ptr<harness::Process>* process);
  absl::StatusOr<absl::Duration> RestartClientSide();
  absl::Status WaitAccepting(bool client_side, harness::Process* process);
  // Where a side listens for the Nth protocol (HTTP/1, HTTP/2, TCP), and where it sends it.
  std::string listen_ip(bool client_side) const;
  int listen_port(bool client_side, int protocol) const;
  std::string target_ip(bool client_side) const;
  int target_port(bool client_side, int protocol) const;
  std::string path(const std::string& name) const {
    return options_.folder + "/" + kind_.name + "-" + name;
  }

  const Kind kind_;
  const Options options_;
  std::unique_ptr<harness::Process> client_side_;
  std::unique_ptr<harness::Process> server_side_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_PEER_H_
