#ifndef PROXY_APP_APP_H_
#define PROXY_APP_APP_H_

#include <memory>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "proxy/admin/admin.h"
#include "proxy/app/signals.h"
#include "proxy/app/worker.h"
#include "proxy/config/config.h"
#include "proxy/control/service_connector.h"
#include "proxy/discovery/watchers.h"
#include "proxy/identity/certifier.h"
#include "proxy/metrics/proxy_metrics.h"

namespace gossamer::proxy {

// The proxy as a whole: a control thread, which is the one that calls Run(), with the clients of
// the control plane and the admin server, and worker threads that carry the traffic.
//
//   config ─> App ─┬─ Certifier ── credentials ──────────┐
//                  ├─ hubs ─────── policies, endpoints ──┼─> Worker ─┬─ Inbound
//                  ├─ Admin ────── metrics, readiness    │           └─ Outbound
//                  └─ Signals ──── drain ────────────────┘
class App {
 public:
  // Takes addresses to listen on, reads keys and trust anchors. Errors name what is wrong and in
  // which variable.
  static absl::StatusOr<std::unique_ptr<App>> Create(Config config, const BuildInfo& build);
  ~App();

  // Serves until it is told to end, and has drained.
  void Run();

 private:
  enum class Service { kDestination, kPolicy };

  explicit App(Config config, const BuildInfo& build);
  absl::Status Init();
  absl::Status Bind();
  void LogInterfaces() const;
  int WorkerCount() const;
  std::unique_ptr<rpc::Channel> MakeChannel(const ControlService& service,
                                            ServiceConnector::ContextSource context);
  absl::Status MakeCertifier();

  void OnCredentials(CredentialsPtr credentials);
  void OnCertifyAttempt(const absl::Status& status);
  void StartServing();

  void BeginShutdown(absl::string_view why);
  void CheckDrained();

  static constexpr absl::Duration kDrainPoll = absl::Milliseconds(100);
  // From serving until the first connections to the control plane and the first policies stand.
  static constexpr absl::Duration kStartup = absl::Milliseconds(200);

  const Config config_;
  absl::BitGen random_;
  std::unique_ptr<event::Loop> loop_;
  std::unique_ptr<dns::Resolver> resolver_;
  ProxyMetrics metrics_;
  CredentialsPtr credentials_;

  std::unique_ptr<rpc::Channel> destination_;
  std::unique_ptr<rpc::Channel> policy_;
  WatchContext watch_context_;
  std::unique_ptr<PortHub> ports_;
  std::unique_ptr<TargetHub> targets_;
  std::unique_ptr<EndpointsHub> endpoints_;
  std::unique_ptr<Certifier> certifier_;

  std::vector<net::UniqueFd> inbound_listeners_;                // One a worker.
  std::vector<std::vector<net::UniqueFd>> outbound_listeners_;  // For each worker, its own.
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<Signals> signals_;

  std::unique_ptr<event::Timer> started_;
  bool draining_ = false;
  std::unique_ptr<event::Timer> drain_poll_;
  std::unique_ptr<event::Timer> drain_deadline_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_APP_H_
