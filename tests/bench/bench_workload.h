#ifndef TESTS_BENCH_BENCH_WORKLOAD_H_
#define TESTS_BENCH_BENCH_WORKLOAD_H_

#include <string>

#include "absl/status/status.h"
#include "tests/support/cluster.h"
#include "tests/support/workload.h"

// The pods and Services of the benchmark.
namespace gossamer::bench {

inline constexpr char kNamespace[] = "bench";

// A pod that does nothing itself: where a client runs.
harness::Workload ClientWorkload(const std::string& name, bool meshed);
// A pod with the load server.
harness::Workload ServerWorkload(const std::string& name, bool meshed);

// The Service of a server, under its name.
harness::ServiceSpec ServiceOf(const harness::Workload& workload);
std::string AuthorityOf(const std::string& service);
// Starts a server and announces its Service.
absl::Status AddServer(harness::Cluster* cluster, const harness::Workload& workload);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_BENCH_WORKLOAD_H_
