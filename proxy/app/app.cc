#include "proxy/app/app.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/log/log.h"
#include "lib/net/descriptor_limit.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/time/clock.h"
#include "lib/x509/certificate.h"
#include "proxy/app/startup_memory.h"
#include "proxy/inbound/port_policies.h"
#include "proxy/overload/cgroup_limit.h"
#include "proxy/transport/connection_limit.h"

namespace gossamer::proxy {
namespace {

int AvailableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

int CountWorkers(const CoresConfig& cores) {
  const int available = AvailableCores();
  int count = 1;
  if (cores.max.has_value()) {
    count = static_cast<int>(std::min<uint64_t>(*cores.max, 1024));
  } else if (cores.max_ratio.has_value()) {
    count = static_cast<int>(std::lround(available * *cores.max_ratio));
  }
  count = std::max(count, static_cast<int>(std::min<uint64_t>(cores.min, 1024)));
  return std::clamp(count, 1, available);
}

// In bytes; 0 for no limit.
uint64_t MaxMemory(const Config& config) {
  if (config.max_memory_bytes.has_value()) return *config.max_memory_bytes;
  // The rest is for what the kernel counts beside the process' own memory, sockets above all, and
  // for what comes while the process is busy giving back.
  constexpr uint64_t kPercent = 85;
  const std::optional<uint64_t> limit = OwnCgroupMemoryLimit();
  return limit.has_value() ? *limit / 100 * kPercent : 0;
}

ProxyMetrics::Options MetricsOptions(const Config& config, const BuildInfo& build,
                                     const Clock* clock) {
  ProxyMetrics::Options options;
  options.build = build;
  options.workers = CountWorkers(config.cores);
  options.retain_idle = config.admin.metrics_retain_idle;
  options.clock = clock;
  return options;
}

absl::StatusOr<net::UniqueFd> ListenFor(const net::SocketAddress& address, const SideConfig& side,
                                        bool shared, absl::string_view variable) {
  net::ListenOptions options;
  if (side.listen_backlog.has_value()) options.backlog = static_cast<int>(*side.listen_backlog);
  options.reuse_port = shared;
  absl::StatusOr<net::UniqueFd> listener = net::Listen(address, options);
  if (!listener.ok()) return Annotate(listener.status(), variable);
  return listener;
}

// A proxy that has a server of the control plane in its own pod does not wait for policies: that
// server may start only once the proxy is ready, and the policy service needs it.
absl::Duration PolicyPatience(const Config& config) {
  const bool control_plane =
      config.policy.service.address.IsLoopback() ||
      config.destination.service.address.IsLoopback() ||
      (config.identity.service.has_value() && config.identity.service->address.IsLoopback());
  return control_plane ? absl::ZeroDuration() : Readiness::kPolicyPatience;
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(Config config, const BuildInfo& build,
                                                 const Clock* clock) {
  std::unique_ptr<App> app(new App(std::move(config), build, clock));
  GOSSAMER_RETURN_IF_ERROR(app->Init());
  return app;
}

App::App(Config config, const BuildInfo& build, const Clock* clock)
    : config_(std::move(config)),
      clock_(clock),
      started_at_(clock->Monotonic()),
      max_memory_(MaxMemory(config_)),
      metrics_(MetricsOptions(config_, build, clock)) {}

App::~App() {
  if (workers_ != nullptr) workers_->Clear();
  certifier_.reset();
  admin_.reset();
  ports_.reset();
  targets_.reset();
  endpoints_.reset();
  destination_.reset();
  policy_.reset();
}

int App::WorkerCount() const { return CountWorkers(config_.cores); }

absl::Status App::Init() {
  connections_per_worker_ = ConnectionsPerWorker(net::RaiseDescriptorLimit(), WorkerCount());
  GOSSAMER_ASSIGN_OR_RETURN(loop_, event::Loop::Create());
  workers_ = std::make_unique<WorkerGroup>(loop_.get());
  readiness_ = std::make_unique<Readiness>(loop_.get(), PinnedPorts(config_.inbound.ports),
                                           PolicyPatience(config_));
  metrics_.control().SetPendingPolicies(readiness_->pending_ports());
  GOSSAMER_ASSIGN_OR_RETURN(resolver_, dns::Resolver::Create(loop_.get()));
  GOSSAMER_ASSIGN_OR_RETURN(signals_, Signals::Create(loop_.get(), [this](int) {
                              if (ending_) return loop_->Stop();
                              BeginShutdown("Received shutdown signal");
                            }));
  const auto current = [this] { return credentials_ == nullptr ? nullptr : credentials_->client; };
  destination_ = MakeChannel(config_.destination.service, current);
  policy_ = MakeChannel(config_.policy.service, current);
  watch_context_ = {loop_.get(), destination_.get(), policy_.get(), &config_, &random_};
  ports_ = std::make_unique<PortHub>(loop_.get(), [this](uint16_t port, auto publish) {
    return WatchPort(watch_context_, port, std::move(publish),
                     [this, port] { OnPortPolicy(port); });
  });
  targets_ = std::make_unique<TargetHub>(
      loop_.get(), [this](const net::SocketAddress& original, auto publish) {
        return WatchTarget(watch_context_, original, std::move(publish));
      });
  endpoints_ =
      std::make_unique<EndpointsHub>(loop_.get(), [this](const std::string& path, auto publish) {
        return WatchEndpoints(watch_context_, path, std::move(publish));
      });
  GOSSAMER_RETURN_IF_ERROR(MakeCertifier());
  GOSSAMER_RETURN_IF_ERROR(Bind());
  GOSSAMER_ASSIGN_OR_RETURN(admin_, Admin::Create(loop_.get(), config_.admin.listen_address,
                                                  config_.admin.shutdown_enabled, AdminHooks()));
  return absl::OkStatus();
}

Admin::Hooks App::AdminHooks() {
  Admin::Hooks hooks;
  hooks.ready = [this] { return readiness_->ready(); };
  hooks.metrics = [this] {
    std::string text;
    metrics_.Write([&](absl::string_view part) { text.append(part.data(), part.size()); });
    return text;
  };
  hooks.shutdown = [this] { BeginShutdown("Received shutdown via admin interface"); };
  hooks.drain = [this](absl::Duration deadline, const Admin::Hooks::OnCount& on_count) {
    Drain(deadline, on_count);
  };
  hooks.count_draining = [this](const Admin::Hooks::OnCount& on_count) {
    workers_->Count([on_count](const ConnectionCounts& counts) { on_count(counts.draining); });
  };
  hooks.tls = [this] { return credentials_ == nullptr ? nullptr : credentials_->server; };
  hooks.server_name = config_.identity.server_name;
  return hooks;
}

std::unique_ptr<rpc::Channel> App::MakeChannel(const ControlService& service,
                                               ServiceConnector::ContextSource context) {
  ServiceConnector::Options options;
  options.service = service;
  const SideConfig& side = service.address.IsLoopback()
                               ? static_cast<const SideConfig&>(config_.inbound)
                               : static_cast<const SideConfig&>(config_.outbound);
  options.socket = MakeSocketOptions(side.connect);
  options.connect_timeout = side.connect_timeout;
  rpc::Channel::Options channel;
  channel.authority = AuthorityOf(service.address);
  channel.http2 = MakeClientHttp2Options(config_.http2_client);
  return std::make_unique<rpc::Channel>(
      loop_.get(), std::move(channel),
      std::make_unique<ServiceConnector>(loop_.get(), std::move(options), std::move(context),
                                         resolver_.get(), random_));
}

absl::Status App::MakeCertifier() {
  if (!config_.identity.service.has_value()) {
    return absl::UnimplementedError(
        "LINKERD2_PROXY_IDENTITY_SPIRE_WORKLOAD_API_ADDRESS: SPIRE is not supported; configure "
        "LINKERD2_PROXY_IDENTITY_SVC_ADDR");
  }
  GOSSAMER_ASSIGN_OR_RETURN(
      certifier_, Certifier::Create(
                      loop_.get(), config_.identity, clock_,
                      [this](std::shared_ptr<const tls::Context> context) {
                        return MakeChannel(*config_.identity.service,
                                           [context = std::move(context)] { return context; });
                      },
                      [this](CredentialsPtr credentials) { OnCredentials(std::move(credentials)); },
                      [this](const absl::Status& status) { OnCertifyAttempt(status); }));
  metrics_.control().SetTrustAnchorsExpiry(certifier_->anchors_expire_at());
  return absl::OkStatus();
}

absl::Status App::Bind() {
  const int workers = WorkerCount();
  const bool shared = workers > 1;
  for (int i = 0; i < workers; ++i) {
    GOSSAMER_ASSIGN_OR_RETURN(net::UniqueFd inbound,
                              ListenFor(config_.inbound.listen_address, config_.inbound, shared,
                                        "LINKERD2_PROXY_INBOUND_LISTEN_ADDR"));
    inbound_listeners_.push_back(std::move(inbound));
    std::vector<net::UniqueFd>& outbound = outbound_listeners_.emplace_back();
    for (const net::SocketAddress& address : config_.outbound.listen_addresses) {
      GOSSAMER_ASSIGN_OR_RETURN(
          net::UniqueFd listener,
          ListenFor(address, config_.outbound, shared, "LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS"));
      outbound.push_back(std::move(listener));
    }
  }
  return absl::OkStatus();
}

void App::LogInterfaces() const {
  GOSSAMER_LOG(kInfo, "proxy", "Admin interface on",
               {"address", config_.admin.listen_address.ToString()});
  GOSSAMER_LOG(kInfo, "proxy", "Inbound interface on",
               {"address", config_.inbound.listen_address.ToString()});
  for (const net::SocketAddress& address : config_.outbound.listen_addresses) {
    GOSSAMER_LOG(kInfo, "proxy", "Outbound interface on", {"address", address.ToString()});
  }
  GOSSAMER_LOG(kInfo, "proxy", "Clients served at a time",
               {"count", int64_t{connections_per_worker_} * WorkerCount()});
  if (max_memory_ > 0) {
    GOSSAMER_LOG(kInfo, "proxy", "Memory used before new work is refused", {"bytes", max_memory_});
  }
  GOSSAMER_LOG(kInfo, "proxy", "Local identity is", {"id", config_.identity.id});
  GOSSAMER_LOG(kInfo, "proxy", "Destinations resolved via",
               {"address", config_.destination.service.address.ToString()},
               {"id", config_.destination.service.server_name.value_or("-")});
}

absl::Status App::Run() {
  LogInterfaces();
  certifier_->Start();
  loop_->Run();
  return failure_;
}

void App::OnCredentials(CredentialsPtr credentials) {
  const bool first = credentials_ == nullptr;
  credentials_ = std::move(credentials);
  metrics_.control().OnCertificate(clock_->Now(), credentials_->expires_at);
  if (!first) return workers_->SetCredentials(credentials_);
  failure_ = StartServing();
  if (!failure_.ok()) return loop_->Stop();
  readiness_->OnCertified();
}

void App::OnCertifyAttempt(const absl::Status& status) {
  if (status.ok()) {
    GOSSAMER_LOG(kInfo, "proxy::identity", "Certified identity", {"id", config_.identity.id},
                 {"expires", x509::FormatUtc(credentials_->expires_at)});
    return;
  }
  metrics_.control().OnCertificateError();
  if (credentials_ == nullptr) {
    if (clock_->Monotonic() - started_at_ < kStartPatience) {
      GOSSAMER_LOG(kInfo, "proxy::identity", "No certificate yet; trying again",
                   {"error", status.message()});
      return;
    }
    GOSSAMER_LOG(kWarn, "proxy::identity", "Failed to obtain a certificate; trying again",
                 {"error", status.message()});
    return;
  }
  const std::string expires = x509::FormatUtc(credentials_->expires_at);
  if (clock_->Now() < credentials_->expires_at) {
    GOSSAMER_LOG(kWarn, "proxy::identity", "Failed to renew the certificate; trying again",
                 {"error", status.message()}, {"expires", expires});
    return;
  }
  GOSSAMER_LOG(kError, "proxy::identity",
               "The certificate has expired: no new connection to the mesh can be made until it is "
               "renewed, and those that are open go on",
               {"error", status.message()}, {"expired", expires});
}

void App::OnPortPolicy(uint16_t port) {
  readiness_->OnPolicy(port);
  metrics_.control().SetPendingPolicies(readiness_->pending_ports());
}

absl::Status App::StartServing() {
  for (int i = 0; i < WorkerCount(); ++i) {
    Worker::Options options;
    options.config = &config_;
    options.metrics = &metrics_.worker(i);
    options.ports = ports_.get();
    options.targets = targets_.get();
    options.endpoints = endpoints_.get();
    options.max_connections = connections_per_worker_;
    options.max_memory = max_memory_;
    options.memory = &memory_;
    options.random_seed = random_();
    absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Create(options);
    if (!worker.ok()) return Annotate(worker.status(), "cannot start a worker");
    (*worker)->SetCredentials(credentials_);
    (*worker)->Serve(std::move(inbound_listeners_[i]), std::move(outbound_listeners_[i]));
    workers_->Add(*std::move(worker));
  }
  startup_ = std::make_unique<event::Timer>(loop_.get(), &ReleaseStartupMemory);
  startup_->Arm(kStartup);
  return absl::OkStatus();
}

void App::Drain(absl::Duration deadline, const Admin::Hooks::OnCount& on_count) {
  GOSSAMER_LOG(kInfo, "proxy", "Draining HTTP connections, as asked via the admin interface",
               {"deadline", absl::FormatDuration(deadline)});
  drain_deadline_ =
      std::make_unique<event::Timer>(loop_.get(), [this] { workers_->CloseDraining(); });
  drain_deadline_->Arm(deadline);
  workers_->Drain([on_count](const ConnectionCounts& counts) { on_count(counts.draining); });
}

void App::BeginShutdown(absl::string_view why) {
  if (std::exchange(ending_, true)) return;
  GOSSAMER_LOG(kInfo, "proxy", why, {"grace", absl::FormatDuration(config_.shutdown_grace_period)});
  readiness_->OnShutdown();
  // Nothing is served yet: nobody has to be waited for.
  if (workers_->empty()) return loop_->Stop();
  workers_->BeginShutdown();
  drain_deadline_.reset();  // All connections have the grace period now.
  end_deadline_ = std::make_unique<event::Timer>(loop_.get(), [this] {
    GOSSAMER_LOG(kWarn, "proxy", "Graceful shutdown took too long; ending now");
    loop_->Stop();
  });
  end_deadline_->Arm(config_.shutdown_grace_period);
  quiet_poll_ = std::make_unique<event::Timer>(loop_.get(), [this] { LookWhetherQuiet(); });
  LookWhetherQuiet();
}

void App::LookWhetherQuiet() {
  workers_->Count([this](const ConnectionCounts& counts) {
    if (quiet_.Observe(clock_->Monotonic(), counts)) return loop_->Stop();
    quiet_poll_->Arm(kQuietPoll);
  });
}

}  // namespace gossamer::proxy
