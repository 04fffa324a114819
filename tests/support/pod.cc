#include "tests/support/pod.h"

#include <stdio.h>

#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "httplib.h"
#include "lib/status/status_macros.h"
#include "tests/support/proxy_environment.h"

namespace gossamer::harness {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(20);
// Ports whose traffic never goes through the proxy, as the chart sets them.
constexpr char kInboundPortsSkipped[] = "4190,4191,4567,4568";
constexpr char kOutboundPortsSkipped[] = "4567,4568";

std::string WithAnnotation(absl::string_view ports, const Workload& workload,
                           const std::string& name) {
  const auto found = workload.annotations.find(name);
  return found == workload.annotations.end() || found->second.empty()
             ? std::string(ports)
             : absl::StrCat(ports, ",", found->second);
}

absl::Status ProgramFirewall(const std::string& proxy_init, const Workload& workload,
                             const PodNamespace& net) {
  return RunCommand({proxy_init, absl::StrCat("--ipv6=", net.ip6().empty() ? "false" : "true"),
                     "--iptables-mode", "nft", "--incoming-proxy-port", absl::StrCat(kInboundPort),
                     "--outgoing-proxy-port", absl::StrCat(kOutboundPort), "--proxy-uid",
                     absl::StrCat(kProxyUid), "--inbound-ports-to-ignore",
                     WithAnnotation(kInboundPortsSkipped, workload,
                                    "config.linkerd.io/skip-inbound-ports"),
                     "--outbound-ports-to-ignore",
                     WithAnnotation(kOutboundPortsSkipped, workload,
                                    "config.linkerd.io/skip-outbound-ports")},
                    net.network_fd(), net.mount_fd())
      .status();
}

// The ports on which this thread's network is listened on. Looked up, not tried: a connection would
// count as one in the program's own figures.
std::set<int> ListeningPorts() {
  constexpr int kListen = 0x0a;
  std::set<int> ports;
  for (const char* path : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
      unsigned port = 0;
      unsigned state = 0;
      if (sscanf(line.c_str(), " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &port, &state) == 2 &&
          state == kListen) {
        ports.insert(static_cast<int>(port));
      }
    }
  }
  return ports;
}

absl::StatusOr<std::string> Answer(const httplib::Result& result, const std::string& url) {
  if (!result) {
    return absl::UnavailableError(absl::StrCat(url, ": ", httplib::to_string(result.error())));
  }
  if (result->status != 200) {
    return absl::UnavailableError(absl::StrCat(url, ": ", result->status, " ", result->body));
  }
  return result->body;
}

httplib::Client MakeClient(const std::string& ip, int port) {
  httplib::Client client(ip, port);
  client.set_connection_timeout(std::chrono::seconds(2));
  client.set_read_timeout(std::chrono::seconds(30));
  return client;
}

absl::Status ProcessStatus(Process* process) {
  const std::optional<std::string> ended = process->Poll();
  if (!ended.has_value()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(process->name(), " ended with ", *ended,
                                          "; the end of its log:\n", process->LogTail()));
}

}  // namespace

absl::StatusOr<std::string> HttpGet(const std::string& ip, int port, const std::string& path) {
  return Answer(MakeClient(ip, port).Get(path), absl::StrCat("http://", ip, ":", port, path));
}

absl::StatusOr<std::string> HttpPost(const std::string& ip, int port, const std::string& path) {
  return Answer(MakeClient(ip, port).Post(path), absl::StrCat("http://", ip, ":", port, path));
}

absl::StatusOr<std::unique_ptr<Pod>> Pod::Start(Options options,
                                                std::unique_ptr<PodNamespace> net) {
  std::unique_ptr<Pod> pod(new Pod());
  pod->options_ = std::move(options);
  pod->net_ = std::move(net);
  if (pod->workload().meshed) {
    GOSSAMER_RETURN_IF_ERROR(pod->WriteToken(pod->options_.token));
    GOSSAMER_RETURN_IF_ERROR(
        RunCommand({SystemProgram("install"), "-d", "-o", absl::StrCat(kProxyUid), kIdentityFolder},
                   -1, pod->net_->mount_fd())
            .status());
    GOSSAMER_RETURN_IF_ERROR(
        ProgramFirewall(pod->options_.programs.proxy_init, pod->workload(), *pod->net_));
    GOSSAMER_RETURN_IF_ERROR(pod->StartProxy());
    pod->AwaitProxyListening();
  }
  if (!pod->workload().command.empty()) GOSSAMER_RETURN_IF_ERROR(pod->StartProgram());
  return pod;
}

absl::Status Pod::WriteToken(const std::string& token) {
  return RunCommand({SystemProgram("install"), "-D", "-m", "0440", "-g", absl::StrCat(kProxyUid),
                     "/dev/stdin", kTokenFile},
                    -1, net_->mount_fd(), token)
      .status();
}

absl::Status Pod::StartProxy() {
  Process::Options options;
  options.name = absl::StrCat(name(), "/linkerd-proxy");
  options.argv = {options_.programs.proxy};
  for (const std::string& a : options_.programs.proxy_arguments) options.argv.push_back(a);
  options.environment = ProxyEnvironment(record(), options_.trust_anchors);
  options.log_path = absl::StrCat(options_.log_folder, "/", name(), ".proxy.log");
  options.network_fd = net_->network_fd();
  options.mount_fd = net_->mount_fd();
  options.uid = kProxyUid;
  options.open_files_max = workload().proxy_open_files_max;
  GOSSAMER_ASSIGN_OR_RETURN(proxy_, Process::Start(options));
  return absl::OkStatus();
}

void Pod::AwaitProxyListening() {
  constexpr absl::Duration kPatience = absl::Seconds(5);
  const absl::Time deadline = absl::Now() + kPatience;
  bool listening = false;
  while (!listening && ProcessStatus(proxy_.get()).ok() && absl::Now() < deadline) {
    net_->Run([&] { listening = ListeningPorts().contains(kOutboundPort); });
    if (!listening) absl::SleepFor(absl::Milliseconds(1));
  }
}

absl::Status Pod::StartProgram() {
  Process::Options options;
  options.name = absl::StrCat(name(), "/", workload().name);
  options.argv = workload().command;
  options.environment = workload().environment;
  options.environment.push_back("PATH=/usr/bin:/bin");
  options.environment.push_back("HOSTNAME=" + name());
  options.log_path = absl::StrCat(options_.log_folder, "/", name(), ".log");
  options.network_fd = net_->network_fd();
  options.mount_fd = net_->mount_fd();
  options.uid = kProgramUid;
  GOSSAMER_ASSIGN_OR_RETURN(program_, Process::Start(options));
  return absl::OkStatus();
}

absl::Status Pod::CheckRunning() {
  if (proxy_ != nullptr) GOSSAMER_RETURN_IF_ERROR(ProcessStatus(proxy_.get()));
  if (program_ != nullptr) GOSSAMER_RETURN_IF_ERROR(ProcessStatus(program_.get()));
  return absl::OkStatus();
}

bool Pod::ProgramAccepts() {
  if (program_ == nullptr) return true;
  bool all = true;
  net_->Run([&] {
    const std::set<int> ports = ListeningPorts();
    for (const ContainerPort& port : workload().ports) all = all && ports.contains(port.number);
  });
  return all;
}

absl::Status Pod::WaitReady(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    GOSSAMER_RETURN_IF_ERROR(CheckRunning());
    const bool accepts = ProgramAccepts();
    const absl::Status proxy =
        proxy_ == nullptr ? absl::OkStatus() : HttpGet(ip(), kAdminPort, "/ready").status();
    if (accepts && proxy.ok()) return absl::OkStatus();
    if (absl::Now() > deadline) {
      const Process& slow = accepts ? *proxy_ : *program_;
      return absl::DeadlineExceededError(
          absl::StrCat(slow.name(), " is not ready after ", absl::FormatDuration(timeout), " (",
                       accepts ? proxy.message() : "a port does not accept",
                       "); the end of its log:\n", slow.LogTail()));
    }
    absl::SleepFor(kPollInterval);
  }
}

absl::Status Pod::RestartProxy(absl::Duration grace) {
  proxy_->Stop(grace);
  return StartProxy();
}

absl::Status Pod::RestartProgram(absl::Duration grace) {
  program_->Stop(grace);
  return StartProgram();
}

void Pod::Stop(absl::Duration grace) {
  if (program_ != nullptr) program_->Stop(grace);
  if (proxy_ != nullptr) proxy_->Stop(grace);
}

absl::StatusOr<std::vector<Sample>> Pod::ProxyMetrics() const {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string page, HttpGet(ip(), kAdminPort, "/metrics"));
  return ParseMetrics(page);
}

}  // namespace gossamer::harness
