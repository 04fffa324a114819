#include "proxy/app/app.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/log/log.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/time/clock.h"
#include "proxy/app/startup_memory.h"

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

ProxyMetrics::Options MetricsOptions(const Config& config, const BuildInfo& build) {
  ProxyMetrics::Options options;
  options.build = build;
  options.workers = CountWorkers(config.cores);
  options.retain_idle = config.admin.metrics_retain_idle;
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

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(Config config, const BuildInfo& build) {
  std::unique_ptr<App> app(new App(std::move(config), build));
  GOSSAMER_RETURN_IF_ERROR(app->Init());
  return app;
}

App::App(Config config, const BuildInfo& build)
    : config_(std::move(config)), metrics_(MetricsOptions(config_, build)) {}

App::~App() {
  workers_.clear();
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
  GOSSAMER_ASSIGN_OR_RETURN(loop_, event::Loop::Create());
  GOSSAMER_ASSIGN_OR_RETURN(resolver_, dns::Resolver::Create(loop_.get()));
  GOSSAMER_ASSIGN_OR_RETURN(signals_, Signals::Create(loop_.get(), [this](int) {
                              if (draining_) return loop_->Stop();
                              BeginShutdown("Received shutdown signal");
                            }));
  const auto current = [this] { return credentials_ == nullptr ? nullptr : credentials_->client; };
  destination_ = MakeChannel(config_.destination.service, current);
  policy_ = MakeChannel(config_.policy.service, current);
  watch_context_ = {loop_.get(), destination_.get(), policy_.get(), &config_, &random_};
  ports_ = std::make_unique<PortHub>(loop_.get(), [this](uint16_t port, auto publish) {
    return WatchPort(watch_context_, port, std::move(publish));
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
  Admin::Hooks hooks;
  hooks.ready = [this] { return credentials_ != nullptr && !draining_; };
  hooks.metrics = [this] {
    std::string text;
    metrics_.Write([&](absl::string_view part) { text.append(part.data(), part.size()); });
    return text;
  };
  hooks.shutdown = [this] { BeginShutdown("Received shutdown via admin interface"); };
  hooks.tls = [this] { return credentials_ == nullptr ? nullptr : credentials_->server; };
  hooks.server_name = config_.identity.server_name;
  GOSSAMER_ASSIGN_OR_RETURN(admin_,
                            Admin::Create(loop_.get(), config_.admin.listen_address,
                                          config_.admin.shutdown_enabled, std::move(hooks)));
  return absl::OkStatus();
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
                      loop_.get(), config_.identity, Clock::Real(),
                      [this](std::shared_ptr<const tls::Context> context) {
                        return MakeChannel(*config_.identity.service,
                                           [context = std::move(context)] { return context; });
                      },
                      [this](CredentialsPtr credentials) { OnCredentials(std::move(credentials)); },
                      [this](const absl::Status& status) { OnCertifyAttempt(status); }));
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
  GOSSAMER_LOG(kInfo, "proxy", "Local identity is", {"id", config_.identity.id});
  GOSSAMER_LOG(kInfo, "proxy", "Destinations resolved via",
               {"address", config_.destination.service.address.ToString()},
               {"id", config_.destination.service.server_name.value_or("-")});
}

void App::Run() {
  LogInterfaces();
  certifier_->Start();
  loop_->Run();
}

void App::OnCredentials(CredentialsPtr credentials) {
  const bool first = credentials_ == nullptr;
  credentials_ = std::move(credentials);
  metrics_.control().OnCertificate(absl::Now(), credentials_->expires_at);
  if (first) return StartServing();
  for (const auto& worker : workers_) worker->SetCredentials(credentials_);
}

void App::OnCertifyAttempt(const absl::Status& status) {
  if (status.ok()) {
    GOSSAMER_LOG(kInfo, "proxy::identity", "Certified identity", {"id", config_.identity.id},
                 {"expires", absl::FormatTime(credentials_->expires_at, absl::UTCTimeZone())});
    return;
  }
  metrics_.control().OnCertificateError();
  GOSSAMER_LOG(kWarn, "proxy::identity", "Failed to obtain a certificate; trying again",
               {"error", status.message()});
}

void App::StartServing() {
  for (int i = 0; i < WorkerCount(); ++i) {
    Worker::Options options;
    options.config = &config_;
    options.metrics = &metrics_.worker(i);
    options.ports = ports_.get();
    options.targets = targets_.get();
    options.endpoints = endpoints_.get();
    options.random_seed = random_();
    absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Create(options);
    if (!worker.ok()) {
      GOSSAMER_LOG(kError, "proxy", "cannot start a worker", {"error", worker.status().message()});
      return loop_->Stop();
    }
    (*worker)->SetCredentials(credentials_);
    (*worker)->Serve(std::move(inbound_listeners_[i]), std::move(outbound_listeners_[i]));
    workers_.push_back(*std::move(worker));
  }
  started_ = std::make_unique<event::Timer>(loop_.get(), &ReleaseStartupMemory);
  started_->Arm(kStartup);
}

void App::BeginShutdown(absl::string_view why) {
  if (std::exchange(draining_, true)) return;
  GOSSAMER_LOG(kInfo, "proxy", why, {"grace", absl::FormatDuration(config_.shutdown_grace_period)});
  for (const auto& worker : workers_) worker->Drain();
  drain_deadline_ = std::make_unique<event::Timer>(loop_.get(), [this] {
    GOSSAMER_LOG(kWarn, "proxy", "Graceful shutdown took too long; ending now");
    loop_->Stop();
  });
  drain_deadline_->Arm(config_.shutdown_grace_period);
  drain_poll_ = std::make_unique<event::Timer>(loop_.get(), [this] { CheckDrained(); });
  drain_poll_->Arm(kDrainPoll);
}

// Ends when no worker has a connection. Until then new ones are still served: the workload may have
// things to finish, too.
void App::CheckDrained() {
  struct Tally {
    std::atomic<int> left;
    std::atomic<int> active{0};
  };
  auto tally = std::make_shared<Tally>();
  tally->left = static_cast<int>(workers_.size());
  const auto done = [this, tally] {
    if (tally->active == 0) return loop_->Stop();
    drain_poll_->Arm(kDrainPoll);
  };
  if (workers_.empty()) return done();
  for (const auto& worker : workers_) {
    worker->CountActive([this, tally, done](int active) {
      tally->active += active;
      if (--tally->left == 0) loop_->Post(done);
    });
  }
}

}  // namespace gossamer::proxy
