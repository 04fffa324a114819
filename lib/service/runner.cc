#include "lib/service/runner.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/strings/str_join.h"
#include "lib/log/log.h"
#include "lib/net/descriptor_limit.h"
#include "lib/status/status_macros.h"
#include "prometheus/text_serializer.h"

namespace gossamer::service {
namespace {

constexpr int kExitFailure = 1;

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Runner::Runner(const Flags* flags)
    : flags_(flags),
      registry_(std::make_shared<prometheus::Registry>()),
      process_metrics_(
          std::make_shared<ProcessMetrics>(flags->program().name, flags->program().version)),
      serving_(readiness_.Add("listening")) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  net::RaiseDescriptorLimit();
  signal_fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
}

Runner::~Runner() {
  close(signal_fd_);
  close(stop_fd_);
}

void Runner::AddGrpc(std::string address, std::vector<NamedGrpcService> services) {
  listeners_.push_back({std::move(address), std::move(services), nullptr});
}

void Runner::AddAdminHandler(std::string path, AdminServer::Handler handler) {
  admin_handlers_[std::move(path)] = std::move(handler);
}

void Runner::OnDrain(std::function<void()> callback) {
  drain_callbacks_.push_back(std::move(callback));
}

int Runner::Run() {
  if (const absl::Status status = Start(); !status.ok()) return Fail(status);
  WaitForStop();
  Drain();
  return 0;
}

int Runner::Fail(const absl::Status& status) {
  GOSSAMER_LOG(kError, "service::runner", "cannot start", {"error", status.message()});
  return kExitFailure;
}

void Runner::Stop() {
  const uint64_t one = 1;
  // Cannot block: the counter never gets near its end.
  [[maybe_unused]] const ssize_t written = write(stop_fd_, &one, sizeof(one));
}

std::vector<net::SocketAddress> Runner::grpc_addresses() const {
  std::vector<net::SocketAddress> addresses;
  addresses.reserve(listeners_.size());
  for (const Listener& listener : listeners_) addresses.push_back(listener.server->address());
  return addresses;
}

net::SocketAddress Runner::admin_address() const { return admin_->address(); }

absl::Status Runner::Start() {
  GOSSAMER_RETURN_IF_ERROR(StartAdmin());
  for (Listener& listener : listeners_) {
    GrpcServer::Options options;
    options.services = listener.services;
    options.registry = registry_.get();
    GOSSAMER_ASSIGN_OR_RETURN(listener.server, GrpcServer::Start(listener.address, options));
    GOSSAMER_LOG(kInfo, "service::runner", "listening",
                 {"grpc", listener.server->address().ToString()});
  }
  serving_->Set(true);
  readiness_.Listen([this](bool ready) {
    for (Listener& listener : listeners_) listener.server->SetServing(ready);
    GOSSAMER_LOG(kInfo, "service::runner", ready ? "ready" : "not ready");
  });
  if (!readiness_.ready()) {
    GOSSAMER_LOG(kInfo, "service::runner", "waiting",
                 {"for", absl::StrJoin(readiness_.Missing(), ", ")});
  }
  return absl::OkStatus();
}

absl::Status Runner::StartAdmin() {
  AdminServer::Options options;
  options.ready = [this] { return readiness_.ready(); };
  options.metrics = [this] {
    std::vector<prometheus::MetricFamily> families = process_metrics_->Collect();
    for (prometheus::MetricFamily& family : registry_->Collect()) {
      families.push_back(std::move(family));
    }
    return prometheus::TextSerializer().Serialize(families);
  };
  options.handlers = admin_handlers_;
  GOSSAMER_ASSIGN_OR_RETURN(admin_,
                            AdminServer::Start(flags_->admin_address(), std::move(options)));
  GOSSAMER_LOG(kInfo, "service::runner", "listening", {"admin", admin_->address().ToString()},
               {"version", flags_->program().version});
  return absl::OkStatus();
}

void Runner::WaitForStop() {
  pollfd fds[] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0 && errno == EINTR) {
  }
  if ((fds[0].revents & POLLIN) != 0) {
    signalfd_siginfo info;
    if (read(signal_fd_, &info, sizeof(info)) == sizeof(info)) {
      GOSSAMER_LOG(kInfo, "service::runner", "stopping",
                   {"signal", strsignal(static_cast<int>(info.ssi_signo))});
    }
  }
  // From here on a signal does what it does to other programs.
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Runner::Drain() {
  readiness_.Drain();
  for (const std::function<void()>& callback : drain_callbacks_) callback();
  // All at once, so that one listener's long calls do not use up another's grace.
  std::vector<std::thread> threads;
  threads.reserve(listeners_.size());
  for (Listener& listener : listeners_) {
    threads.emplace_back(
        [this, &listener] { listener.server->Shutdown(flags_->shutdown_grace()); });
  }
  for (std::thread& thread : threads) thread.join();
  // Last, so that the end can be watched.
  admin_->Stop();
  GOSSAMER_LOG(kInfo, "service::runner", "stopped");
}

}  // namespace gossamer::service
