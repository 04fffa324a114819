#include "tests/bench/mesh_bench.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/status/status_macros.h"
#include "nlohmann/json.hpp"
#include "tests/bench/keep_alive_client.h"
#include "tests/bench/load_ports.h"
#include "tests/bench/process_usage.h"
#include "tests/support/folder.h"
#include "tests/support/manifest_writer.h"
#include "tests/support/process.h"
#include "tests/support/runfiles.h"

namespace gossamer::bench {
namespace {

using harness::Pod;
using harness::ServiceSpec;
using harness::Workload;

constexpr char kNamespace[] = "bench";
// Fills caches and connection pools before anything is counted.
constexpr double kWarmUpSeconds = 0.2;
constexpr int kFewConnections = 100;
constexpr absl::Duration kHoldTimeout = absl::Seconds(30);
constexpr absl::Duration kChangeTimeout = absl::Seconds(10);
// Between two requests of whoever waits for a change to be followed.
constexpr absl::Duration kWatchInterval = absl::Microseconds(500);
// In a row from one pod: the proxy has followed the change.
constexpr int kSettledAnswers = 100;
constexpr absl::Duration kReadyTimeout = absl::Seconds(20);

constexpr char kLatencyScenario[] = "200 requests/s";

Workload MakeWorkload(const std::string& name, bool serves, bool meshed) {
  Workload workload;
  workload.ns = kNamespace;
  workload.name = name;
  workload.meshed = meshed;
  if (!serves) return workload;
  workload.command = {harness::Runfile("tests/bench/load_server")};
  workload.ports = {{"http1", kHttp1Port}, {"http2", kHttp2Port}, {"bulk", kBulkPort}};
  workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kBulkPort);
  return workload;
}

ServiceSpec ServiceOf(const Workload& workload) {
  ServiceSpec service;
  service.ns = workload.ns;
  service.name = workload.name;
  service.selector = {{"app", workload.name}};
  service.annotations = workload.annotations;
  for (const harness::ContainerPort& port : workload.ports) {
    service.ports.push_back({port.name, port.number});
  }
  return service;
}

absl::Status AddServer(harness::Cluster* cluster, const Workload& workload) {
  GOSSAMER_RETURN_IF_ERROR(cluster->AddService(ServiceOf(workload)));
  return cluster->AddWorkload(workload);
}

std::string AuthorityOf(const std::string& service) {
  return absl::StrCat(service, ".", kNamespace, ".svc.cluster.local");
}

int PortOf(const Contestant& contestant, const std::string& mode) {
  if (mode == "http2") return contestant.http2_port;
  return mode == "bulk" ? contestant.bulk_port : contestant.http1_port;
}

std::vector<std::string> ClientCommand(const Contestant& contestant, const std::string& mode) {
  return {harness::Runfile("tests/bench/load_client"), mode,          contestant.ip,
          absl::StrCat(PortOf(contestant, mode)),      "--authority", contestant.authority};
}

}  // namespace

MeshBench::MeshBench(const Options& options)
    : options_(options), folder_(harness::MakePrivateFolder()) {}

absl::StatusOr<Figures> MeshBench::Run(const Options& options) {
  MeshBench bench(options);
  GOSSAMER_RETURN_IF_ERROR(bench.Start());
  GOSSAMER_RETURN_IF_ERROR(bench.MeasureMemory());
  GOSSAMER_RETURN_IF_ERROR(bench.MeasureRounds());
  GOSSAMER_RETURN_IF_ERROR(bench.MeasureReadiness());
  GOSSAMER_RETURN_IF_ERROR(bench.MeasureManifestChange());
  return *bench.figures_;
}

absl::Status MeshBench::Start() {
  options_.progress("a mesh, a client and a server");
  harness::Mesh::Options mesh_options;
  if (!options_.proxy.empty()) mesh_options.programs.pod.proxy = options_.proxy;
  GOSSAMER_ASSIGN_OR_RETURN(mesh_, harness::Mesh::Start(std::move(mesh_options)));
  harness::Cluster& cluster = mesh_->cluster();
  GOSSAMER_RETURN_IF_ERROR(cluster.AddNamespace(kNamespace));
  GOSSAMER_RETURN_IF_ERROR(AddServer(&cluster, MakeWorkload("server", true, true)));
  GOSSAMER_RETURN_IF_ERROR(cluster.AddWorkload(MakeWorkload("client", false, true)));
  GOSSAMER_RETURN_IF_ERROR(AddServer(&cluster, MakeWorkload("plain-server", true, false)));
  GOSSAMER_RETURN_IF_ERROR(cluster.AddWorkload(MakeWorkload("plain-client", false, false)));
  contestants_ = {DirectContestant(), SubjectContestant()};
  GOSSAMER_RETURN_IF_ERROR(StartPeers());
  std::vector<std::string> names;
  for (const Contestant& contestant : contestants_) names.push_back(contestant.name);
  figures_ = std::make_unique<Figures>(names);
  return absl::OkStatus();
}

absl::Status MeshBench::StartPeers() {
  Peer::Options options;
  options.folder = folder_;
  options.client = &mesh_->cluster().pod("plain-client")->net();
  options.server = &mesh_->cluster().pod("plain-server")->net();
  for (const auto& [program, start] : {std::pair(options_.envoy, &Peer::StartEnvoy),
                                       std::pair(options_.haproxy, &Peer::StartHaproxy)}) {
    if (program.empty()) continue;
    options.program = program;
    GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<Peer> peer, start(options));
    contestants_.push_back(peer->AsContestant());
    peers_.push_back(std::move(peer));
  }
  return absl::OkStatus();
}

Contestant MeshBench::DirectContestant() {
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

Contestant MeshBench::SubjectContestant() {
  Contestant contestant = DirectContestant();
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

absl::Status MeshBench::MeasureMemory() {
  options_.progress("memory: idle, then with connections that are held open");
  for (const Contestant& contestant : contestants_) {
    if (contestant.name == kDirect) continue;
    GOSSAMER_ASSIGN_OR_RETURN(const double mib, LargestResidentMib(contestant.proxies()));
    figures_->Add("resident memory, idle", "MiB", contestant.name, mib);
  }
  for (int connections : {kFewConnections, options_.idle_connections}) {
    const std::string figure = absl::StrCat("resident memory, ", connections, " idle connections");
    for (const Contestant& contestant : contestants_) {
      if (contestant.name == kDirect) continue;
      GOSSAMER_RETURN_IF_ERROR(MeasureHeld(contestant, connections, figure));
    }
  }
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureHeld(const Contestant& contestant, int connections,
                                    const std::string& figure) {
  harness::Process::Options options;
  options.name = "load_client";
  options.argv = ClientCommand(contestant, "hold");
  options.argv.push_back(absl::StrCat("--connections=", connections));
  options.log_path = absl::StrCat(folder_, "/hold-", contestant.name, "-", connections, ".log");
  options.network_fd = contestant.client->network_fd();
  GOSSAMER_ASSIGN_OR_RETURN(const std::unique_ptr<harness::Process> client,
                            harness::Process::Start(options));
  const absl::Time deadline = absl::Now() + kHoldTimeout;
  while (!absl::StrContains(client->LogTail(), "ready")) {
    if (!client->Running() || absl::Now() > deadline) {
      return absl::UnavailableError(absl::StrCat(
          contestant.name, ": ", connections, " connections cannot be held: ", client->LogTail()));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  GOSSAMER_ASSIGN_OR_RETURN(const double mib, LargestResidentMib(contestant.proxies()));
  figures_->Add(figure, "MiB", contestant.name, mib);
  return absl::OkStatus();
}

absl::StatusOr<MeshBench::Answer> MeshBench::RunClient(const Contestant& contestant,
                                                       const Scenario& scenario, double seconds) {
  std::vector<std::string> command = ClientCommand(contestant, scenario.mode);
  for (const std::string& argument : scenario.arguments) command.push_back(argument);
  command.push_back(absl::StrCat("--seconds=", seconds));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string text,
                            harness::RunCommand(command, contestant.client->network_fd()));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InternalError(absl::StrCat("load_client printed ", text));
  if (json.value("errors", 1) != 0 ||
      (json.value("requests", 0) == 0 && json.value("bytes", 0.0) == 0)) {
    return absl::UnavailableError(absl::StrCat(contestant.name, ", ", scenario.name,
                                               ": not every request was served: ", text));
  }
  return Answer{json.value("requests", 0.0), json.value("bytes", 0.0), json.value("seconds", 1.0),
                json.value("p50_us", 0.0), json.value("p99_us", 0.0)};
}

absl::Status MeshBench::MeasureCost(const Contestant& contestant, const Scenario& scenario) {
  const std::vector<pid_t> proxies = contestant.proxies();
  GOSSAMER_RETURN_IF_ERROR(RunClient(contestant, scenario, kWarmUpSeconds).status());
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration before, CpuTime(proxies));
  GOSSAMER_ASSIGN_OR_RETURN(const Answer answer, RunClient(contestant, scenario, options_.seconds));
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration after, CpuTime(proxies));
  const bool bulk = scenario.mode == "bulk";
  if (!proxies.empty()) {
    const double cpu_ns = absl::ToDoubleNanoseconds(after - before);
    if (bulk) {
      figures_->Add(scenario.name + ", CPU a KiB", "ns", contestant.name,
                    cpu_ns / (answer.bytes / 1024));
    } else {
      figures_->Add(scenario.name + ", CPU a request", "us", contestant.name,
                    cpu_ns / 1000 / answer.requests);
    }
  }
  figures_->Add(scenario.name + (bulk ? ", throughput" : ", rate"), bulk ? "MiB/s" : "1/s",
                contestant.name,
                (bulk ? answer.bytes / 1024 / 1024 : answer.requests) / answer.seconds);
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureLatency() {
  const Scenario scenario = {kLatencyScenario, "http1", {"--connections=8", "--rate=200"}};
  Answer direct;
  for (const Contestant& contestant : contestants_) {
    GOSSAMER_ASSIGN_OR_RETURN(const Answer answer,
                              RunClient(contestant, scenario, options_.seconds));
    // Direct comes first; the others are shown by what they add to it in the same round.
    if (contestant.name == kDirect) direct = answer;
    const bool own = contestant.name == kDirect;
    figures_->Add(absl::StrCat(scenario.name, ", added p50"), "us", contestant.name,
                  own ? answer.p50_us : answer.p50_us - direct.p50_us);
    figures_->Add(absl::StrCat(scenario.name, ", added p99"), "us", contestant.name,
                  own ? answer.p99_us : answer.p99_us - direct.p99_us);
  }
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureRounds() {
  const std::vector<Scenario> scenarios = {
      {"HTTP/1 keep-alive, 32 connections", "http1", {"--connections=32"}},
      {"HTTP/2, 4 x 16 streams", "http2", {"--connections=4", "--streams=16"}},
      {"gRPC 1 KiB unary, 4 x 16", "http2", {"--connections=4", "--streams=16", "--grpc"}},
      {"TCP bulk, 4 connections", "bulk", {"--connections=4"}},
  };
  for (int round = 1; round <= options_.rounds; ++round) {
    for (const Scenario& scenario : scenarios) {
      options_.progress(
          absl::StrCat("round ", round, " of ", options_.rounds, ": ", scenario.name));
      for (const Contestant& contestant : contestants_) {
        GOSSAMER_RETURN_IF_ERROR(MeasureCost(contestant, scenario));
      }
    }
    options_.progress(
        absl::StrCat("round ", round, " of ", options_.rounds, ": ", kLatencyScenario));
    GOSSAMER_RETURN_IF_ERROR(MeasureLatency());
  }
  for (const Contestant& contestant : contestants_) {
    if (contestant.name == kDirect) continue;
    GOSSAMER_ASSIGN_OR_RETURN(const double mib, LargestResidentMib(contestant.proxies()));
    figures_->Add("resident memory, after all that", "MiB", contestant.name, mib);
  }
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureReadiness() {
  options_.progress("from start to ready");
  GOSSAMER_RETURN_IF_ERROR(mesh_->cluster().AddWorkload(MakeWorkload("fresh", false, true)));
  for (int round = 0; round < options_.rounds; ++round) {
    for (const Contestant& contestant : contestants_) {
      if (contestant.time_to_ready == nullptr) continue;
      GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration took, contestant.time_to_ready());
      figures_->Add("from start to ready", "ms", contestant.name, absl::ToDoubleMilliseconds(took));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> MeshBench::RestartFreshProxy() {
  Pod* pod = mesh_->cluster().pod("fresh");
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

absl::Status MeshBench::MeasureManifestChange() {
  options_.progress("from a manifest's change to the first request that follows it");
  harness::Cluster& cluster = mesh_->cluster();
  Workload workload = MakeWorkload("moving", true, true);
  workload.replicas = 2;
  GOSSAMER_RETURN_IF_ERROR(AddServer(&cluster, workload));
  for (int change = 0; change < options_.manifest_changes; ++change) {
    GOSSAMER_ASSIGN_OR_RETURN(const double took_ms, MoveOnce(/*to=*/change % 2));
    figures_->Add("from manifest to the first request", "ms", kSubject, took_ms);
  }
  return absl::OkStatus();
}

absl::StatusOr<double> MeshBench::MoveOnce(int to) {
  const std::vector<Pod*> pods = mesh_->cluster().pods("moving");
  Pod* const old_pod = pods[static_cast<size_t>(1 - to)];
  Pod* const new_pod = pods[static_cast<size_t>(to)];
  GOSSAMER_RETURN_IF_ERROR(AnnounceOnly(old_pod));
  GOSSAMER_RETURN_IF_ERROR(RequestUntil(old_pod, kSettledAnswers));
  const absl::Time begun = absl::Now();
  GOSSAMER_RETURN_IF_ERROR(AnnounceOnly(new_pod));
  GOSSAMER_RETURN_IF_ERROR(RequestUntil(new_pod, 1));
  return absl::ToDoubleMilliseconds(absl::Now() - begun);
}

absl::Status MeshBench::AnnounceOnly(Pod* pod) {
  // One change of one file, where the cluster itself would make two.
  return mesh_->cluster().WriteManifest(
      absl::StrCat("endpointslice-", kNamespace, "-moving.yaml"),
      harness::EndpointSliceYaml(ServiceOf(pod->workload()), {pod->record()}));
}

absl::Status MeshBench::RequestUntil(Pod* pod, int answers) {
  harness::Cluster& cluster = mesh_->cluster();
  KeepAliveClient client(&cluster.pod("client")->net(), cluster.service_ip(kNamespace, "moving"),
                         kHttp1Port, AuthorityOf("moving"));
  const std::string wanted = absl::StrCat("pod: ", pod->name(), "\r\n");
  const absl::Time deadline = absl::Now() + kChangeTimeout;
  for (int in_a_row = 0; in_a_row < answers;) {
    GOSSAMER_ASSIGN_OR_RETURN(const std::string answer, client.Get());
    in_a_row = absl::StrContains(answer, wanted) ? in_a_row + 1 : 0;
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(pod->name(), " is the only one announced and does not get the requests"));
    }
    if (in_a_row < answers) absl::SleepFor(kWatchInterval);
  }
  return absl::OkStatus();
}

}  // namespace gossamer::bench
