#ifndef PROXY_APP_APP_H_
#define PROXY_APP_APP_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/time/clock.h"
#include "proxy/admin/admin.h"
#include "proxy/app/quiet_period.h"
#include "proxy/app/readiness.h"
#include "proxy/app/signals.h"
#include "proxy/app/worker_group.h"
#include "proxy/config/config.h"
#include "proxy/control/service_connector.h"
#include "proxy/discovery/watchers.h"
#include "proxy/identity/certifier.h"
#include "proxy/metrics/proxy_metrics.h"
#include "proxy/overload/process_memory.h"

namespace gossamer::proxy {

// The proxy as a whole: a control thread, which is the one that calls Run(), with the clients of
// the control plane and the admin server, and worker threads that carry the traffic.
//
//   config ─> App ─┬─ Certifier ── credentials ──────────┐
//                  ├─ hubs ─────── policies, endpoints ──┼─> Worker ─┬─ Inbound
//                  ├─ Readiness ── certificate, policies │           └─ Outbound
//                  ├─ Admin ────── metrics, drain ───────┤
//                  └─ Signals ──── shutdown ─────────────┘
class App {
 public:
  // Takes addresses to listen on, reads keys and trust anchors. Errors name what is wrong and in
  // which variable. `clock` tells whether certificates are valid, and is borrowed for good.
  static absl::StatusOr<std::unique_ptr<App>> Create(Config config, const BuildInfo& build,
                                                     const Clock* clock);
  ~App();

  // Serves until it is told to end and has drained. An error where it could not begin to.
  absl::Status Run();

 private:
  App(Config config, const BuildInfo& build, const Clock* clock);
  absl::Status Init();
  Admin::Hooks AdminHooks();
  absl::Status Bind();
  void LogInterfaces() const;
  int WorkerCount() const;
  std::unique_ptr<rpc::Channel> MakeChannel(const ControlService& service,
                                            ServiceConnector::ContextSource context);
  absl::Status MakeCertifier();

  void OnCredentials(CredentialsPtr credentials);
  void OnCertifyAttempt(const absl::Status& status);
  void OnPortPolicy(uint16_t port);
  absl::Status StartServing();

  void Drain(absl::Duration deadline, const Admin::Hooks::OnCount& on_count);
  void BeginShutdown(absl::string_view why);
  void LookWhetherQuiet();

  // From serving until the first connections to the control plane and the first policies stand.
  static constexpr absl::Duration kStartup = absl::Milliseconds(200);
  // While the process is about to end, how often connections are counted.
  static constexpr absl::Duration kQuietPoll = absl::Milliseconds(100);
  // A certificate is asked for again and again while the control plane starts, too: that it cannot
  // be had is worth a warning only after this.
  static constexpr absl::Duration kStartPatience = absl::Seconds(10);

  const Config config_;
  const Clock* const clock_;
  const absl::Duration started_at_;  // Monotonic.
  int connections_per_worker_ = 1;
  const uint64_t max_memory_;  // Bytes; 0 for no limit.
  const ProcessMemoryReader memory_;
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
  std::unique_ptr<WorkerGroup> workers_;
  std::unique_ptr<Readiness> readiness_;
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<Signals> signals_;
  absl::Status failure_;

  std::unique_ptr<event::Timer> startup_;
  std::unique_ptr<event::Timer> drain_deadline_;  // Of POST /drain.
  bool ending_ = false;
  QuietPeriod quiet_;
  std::unique_ptr<event::Timer> quiet_poll_;
  std::unique_ptr<event::Timer> end_deadline_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_APP_H_
