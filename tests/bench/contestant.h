#ifndef TESTS_BENCH_CONTESTANT_H_
#define TESTS_BENCH_CONTESTANT_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/support/network.h"

namespace gossamer::bench {

// One way from the load client to the load server.
struct Contestant {
  std::string name;
  // Where the client runs; outlives this.
  harness::PodNamespace* client = nullptr;
  // Where the client connects to.
  std::string ip;
  int http1_port = 0;
  int http2_port = 0;
  int bulk_port = 0;
  std::string authority;
  // The processes in between: the client's side, then the server's. None for the direct way.
  std::function<std::vector<pid_t>()> proxies = [] { return std::vector<pid_t>(); };
  // Starts a proxy of this kind and waits until it would serve. Empty for the direct way.
  std::function<absl::StatusOr<absl::Duration>()> time_to_ready;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_CONTESTANT_H_
