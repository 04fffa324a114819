#include "tests/bench/contestants.h"

#include <sys/types.h>

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/status/status_macros.h"
#include "tests/bench/bench_workload.h"
#include "tests/bench/load_ports.h"
#include "tests/support/manifest_writer.h"
#include "tests/support/runfiles.h"

namespace gossamer::bench {
namespace {

using harness::Pod;

constexpr absl::Duration kReadyTimeout = absl::Seconds(20);

}  // namespace

absl::StatusOr<std::unique_ptr<Contestants>> Contestants::Start(const Options& options) {
  std::unique_ptr<Contestants> contestants(new Contestants(options));
  GOSSAMER_RETURN_IF_ERROR(contestants->StartMesh());
  contestants->direct_ = contestants->Direct();
  if (contestants->TakesPart(kDirect)) contestants->list_.push_back(contestants->direct_);
  if (contestants->TakesPart(kSubject)) contestants->list_.push_back(contestants->Subject());
  GOSSAMER_RETURN_IF_ERROR(contestants->StartPeers());
  return contestants;
}

absl::Status Contestants::StartMesh() {
  harness::Mesh::Options options;
  if (!options_.proxy.empty()) options.programs.pod.proxy = options_.proxy;
  GOSSAMER_ASSIGN_OR_RETURN(mesh_, harness::Mesh::Start(std::move(options)));
  harness::Cluster& cluster = mesh_->cluster();
  GOSSAMER_RETURN_IF_ERROR(cluster.AddNamespace(kNamespace));
  GOSSAMER_RETURN_IF_ERROR(AddServer(&cluster, ServerWorkload("server", true)));
  GOSSAMER_RETURN_IF_ERROR(cluster.AddWorkload(ClientWorkload("client", true)));
  GOSSAMER_RETURN_IF_ERROR(AddServer(&cluster, ServerWorkload("plain-server", false)));
  return cluster.AddWorkload(ClientWorkload("plain-client", false));
}

absl::Status Contestants::StartPeers() {
  Peer::Options options;
  options.folder = options_.folder;
  options.client = &mesh_->cluster().pod("plain-client")->net();
  options.server = &mesh_->cluster().pod("plain-server")->net();
  const std::string relay = harness::Runfile("tests/bench/tcp_relay");
  for (const auto& [name, program, start] :
       {std::tuple(kRelay, relay, &Peer::StartRelay),
        std::tuple(kHaproxy, options_.haproxy, &Peer::StartHaproxy),
        std::tuple(kEnvoy, options_.envoy, &Peer::StartEnvoy)}) {
    if (program.empty() || !TakesPart(name)) continue;
    options.program = program;
    GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<Peer> peer, start(options));
    list_.push_back(peer->AsContestant());
    peers_.push_back(std::move(peer));
  }
  return absl::OkStatus();
}

Contestant Contestants::Direct() {
  Contestant contestant;
  contestant.name = kDirect;
  contestant.client = &mesh_->cluster().pod("plain-client")->net();
  contestant.ip = mesh_->cluster().pod("plain-server")->ip();
  contestant.http1_port = kHttp1Port;
  contestant.http2_port = kHttp2Port;
  contestant.bulk_port = kBulkPort;
  contestant.authority = AuthorityOf("plain-server");
  return contestant;
}

Contestant Contestants::Subject() {
  Contestant contestant = Direct();
  Pod* client = mesh_->cluster().pod("client");
  Pod* server = mesh_->cluster().pod("server");
  contestant.name = kSubject;
  contestant.client = &client->net();
  contestant.ip = mesh_->cluster().service_ip(kNamespace, "server");
  contestant.authority = AuthorityOf("server");
  contestant.proxies = [=] { return std::vector{client->proxy()->pid(), server->proxy()->pid()}; };
  contestant.time_to_ready = [this] { return RestartFreshProxy(); };
  return contestant;
}

absl::StatusOr<absl::Duration> Contestants::RestartFreshProxy() {
  harness::Cluster& cluster = mesh_->cluster();
  if (!std::exchange(has_fresh_pod_, true)) {
    GOSSAMER_RETURN_IF_ERROR(cluster.AddWorkload(ClientWorkload("fresh", true)));
  }
  Pod* pod = cluster.pod("fresh");
  pod->proxy()->Stop(absl::ZeroDuration());
  const absl::Time begun = absl::Now();
  GOSSAMER_RETURN_IF_ERROR(pod->RestartProxy(absl::ZeroDuration()));
  while (!harness::HttpGet(pod->ip(), harness::kAdminPort, "/ready").ok()) {
    GOSSAMER_RETURN_IF_ERROR(pod->CheckRunning());
    if (absl::Now() - begun > kReadyTimeout) return absl::DeadlineExceededError("not ready");
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::Now() - begun;
}

}  // namespace gossamer::bench
