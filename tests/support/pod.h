#ifndef TESTS_SUPPORT_POD_H_
#define TESTS_SUPPORT_POD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/support/manifest_writer.h"
#include "tests/support/metrics_text.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/workload.h"

namespace gossamer::harness {

// What programs run as; any uid but the proxy's and root's would do.
inline constexpr unsigned kProgramUid = 65532;

// The programs that make a pod part of the mesh. Another proxy with the same environment can take
// the place of ours.
struct PodPrograms {
  std::string proxy;
  std::vector<std::string> proxy_arguments;
  std::string proxy_init;
};

// A running pod: its namespaces, its proxy where it is meshed, and its program where it has one.
// Belongs to the thread that made it.
class Pod {
 public:
  struct Options {
    Workload workload;
    std::string name;
    PodPrograms programs;
    std::string trust_anchors;
    std::string token;
    std::string log_folder;
  };

  // Programs the firewall, starts the proxy, then the program. Returns before they are ready.
  static absl::StatusOr<std::unique_ptr<Pod>> Start(Options options,
                                                    std::unique_ptr<PodNamespace> net);

  const std::string& name() const { return options_.name; }
  const std::string& ip() const { return net_->ip(); }
  const std::string& ip6() const { return net_->ip6(); }  // Empty where the cluster has no IPv6.
  const Workload& workload() const { return options_.workload; }
  PodRecord record() const { return {&options_.workload, name(), ip(), net_->ip6()}; }
  PodNamespace& net() { return *net_; }
  Process* proxy() { return proxy_.get(); }
  Process* program() { return program_.get(); }

  // Until the proxy's /ready answers 200 and every port of the program accepts. DeadlineExceeded
  // or the end of a process comes with the tail of its log.
  absl::Status WaitReady(absl::Duration timeout);
  // Internal, with the tail of its log, where a process has ended.
  absl::Status CheckRunning();

  // Ends and starts one of the two anew, as a kubelet would: `grace` zero kills.
  absl::Status RestartProxy(absl::Duration grace);
  absl::Status RestartProgram(absl::Duration grace);
  // SIGTERM to the program, then to the proxy.
  void Stop(absl::Duration grace);

  // What the proxy shows at /metrics.
  absl::StatusOr<std::vector<Sample>> ProxyMetrics() const;

  // Replaces the token that the proxy reads when it next asks for a certificate.
  absl::Status WriteToken(const std::string& token);

 private:
  Pod() = default;
  absl::Status StartProxy();
  // A sidecar listens before its program starts, whose first connections would be refused
  // otherwise. Gives up where the proxy ends.
  void AwaitProxyListening();
  absl::Status StartProgram();
  bool ProgramAccepts();

  Options options_;
  // Last to go: processes end before their network does.
  std::unique_ptr<PodNamespace> net_;
  std::unique_ptr<Process> proxy_;
  std::unique_ptr<Process> program_;
};

// GET http://IP:PORT/PATH from the cluster's own network; the body, or an error with the status.
absl::StatusOr<std::string> HttpGet(const std::string& ip, int port, const std::string& path);
absl::StatusOr<std::string> HttpPost(const std::string& ip, int port, const std::string& path);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_POD_H_
