#ifndef LIB_SERVICE_RUNNER_H_
#define LIB_SERVICE_RUNNER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/admin/admin_server.h"
#include "lib/service/flags.h"
#include "lib/service/grpc_server.h"
#include "lib/service/process_metrics.h"
#include "lib/service/readiness.h"
#include "prometheus/registry.h"

namespace gossamer::service {

// What is the same in the main() of every service: signals, admin server, metrics, gRPC listeners,
// and a shutdown that loses no call.
//
//   int main(int argc, char** argv) {
//     service::Flags flags({identity::kProgram, identity::kVersion,
//                           "Signs the certificates of workloads.", "0.0.0.0:9990"});
//     std::string address = "0.0.0.0:8080";
//     identity::Config config;
//     flags.AddListenAddress("--grpc-addr", &address, "Where proxies ask for certificates");
//     flags.app().add_option("--trust-domain", config.trust_domain, "...");
//     flags.AddExample("gossamer-identity --trust-domain cluster.local", "Serves one cluster");
//     if (const std::optional<int> exit_code = flags.Parse(argc, argv)) return *exit_code;
//
//     service::Runner runner(&flags);  // Before any thread starts.
//     auto issuer_loaded = runner.readiness().Add("issuer loaded");
//     auto server = identity::Server::Create(config, &runner.registry(), issuer_loaded);
//     if (!server.ok()) return runner.Fail(server.status());
//     runner.AddGrpc(address, {{proto::Identity::service_full_name(), server->get()}});
//     runner.OnDrain([&] { (*server)->EndStreams(); });
//     return runner.Run();
//   }
//
// Owned by main(), which destroys it after the services it borrows have stopped being called: Run()
// returns only then.
class Runner {
 public:
  // Takes over SIGTERM and SIGINT, for the calling thread and those it starts; ignores SIGPIPE.
  // `flags` are borrowed and parsed.
  explicit Runner(const Flags* flags);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Before Run():

  // Another gRPC listener, with its services. They are borrowed, and called until Run() returns.
  void AddGrpc(std::string address, std::vector<NamedGrpcService> services);
  // Another path of the admin server.
  void AddAdminHandler(std::string path, AdminServer::Handler handler);
  // Called once, on the thread of Run(), when the service begins to drain: long streams should end
  // here with status OK, so that their clients reconnect elsewhere.
  void OnDrain(std::function<void()> callback);

  // The service's metrics, which the admin server shows at /metrics. Thread-safe.
  prometheus::Registry& registry() { return *registry_; }
  Readiness& readiness() { return readiness_; }

  // Serves until SIGTERM, SIGINT or Stop(). Then, in this order: not ready any more; OnDrain()'s
  // callbacks; no new calls, and those in progress may end within --shutdown-grace. A second signal
  // ends the process at once. Returns the exit code: 0, or 1 when it could not listen.
  int Run();

  // Logs why the service cannot start; returns the exit code for main().
  int Fail(const absl::Status& status);

  // As SIGTERM. From any thread.
  void Stop();

  // The addresses of the listeners in the order of AddGrpc(), with the ports taken. Once ready.
  std::vector<net::SocketAddress> grpc_addresses() const;
  net::SocketAddress admin_address() const;

 private:
  struct Listener {
    std::string address;
    std::vector<NamedGrpcService> services;
    std::unique_ptr<GrpcServer> server;
  };

  absl::Status Start();
  absl::Status StartAdmin();
  void WaitForStop();
  void Drain();

  const Flags* const flags_;
  const std::shared_ptr<prometheus::Registry> registry_;
  const std::shared_ptr<ProcessMetrics> process_metrics_;
  Readiness readiness_;
  Readiness::Condition* const serving_;
  std::vector<Listener> listeners_;
  std::map<std::string, AdminServer::Handler> admin_handlers_;
  std::vector<std::function<void()>> drain_callbacks_;
  std::unique_ptr<AdminServer> admin_;
  int signal_fd_ = -1;
  int stop_fd_ = -1;
};

}  // namespace gossamer::service

#endif  // LIB_SERVICE_RUNNER_H_
