#include "examples/demo/demo.h"

#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "api/viz/v1/viz.grpc.pb.h"
#include "lib/status/status_macros.h"
#include "tests/support/manifest_reader.h"
#include "tests/support/runfiles.h"

namespace gossamer::demo {
namespace {

using harness::HttpGet;
using harness::HttpPost;
using harness::Pod;
using harness::Runfile;

constexpr char kShop[] = "shop";
constexpr int kControlPort = 9800;  // Of every sample application.
constexpr absl::Duration kRefresh = absl::Seconds(2);
constexpr absl::Duration kScrapeInterval = absl::Seconds(1);
// How long after the last request the figures may take to come to rest.
constexpr absl::Duration kSettle = absl::Seconds(5);
// Prometheus extrapolates between scrapes, so its rates are near, not equal.
constexpr double kSuccessRateTolerance = 0.02;

absl::StatusOr<std::string> ProgramOfImage(const std::string& image) {
  absl::string_view name = image;
  if (!absl::ConsumePrefix(&name, "gossamer/examples/")) {
    return absl::InvalidArgumentError(absl::StrCat("image ", image, ": no sample application"));
  }
  return Runfile(absl::StrCat("examples/", name, "/", name));
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Whether SIGINT, SIGTERM or SIGHUP arrives within `time`; Start() has blocked them.
bool SignalWithin(absl::Duration time) {
  const sigset_t signals = EndSignals();
  const timespec timeout = absl::ToTimespec(time);
  return sigtimedwait(&signals, nullptr, &timeout) > 0;
}

void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
}

}  // namespace

absl::Status Demo::Start() {
  harness::Mesh::Options mesh_options;
  mesh_options.folder = options_.folder;
  if (!options_.proxy.empty()) mesh_options.programs.pod.proxy = options_.proxy;
  mesh_options.statistics = true;
  mesh_options.scrape_interval = kScrapeInterval;
  mesh_options.progress = [](const std::string& step) { std::cout << "- " << step << std::endl; };
  GOSSAMER_ASSIGN_OR_RETURN(mesh_, harness::Mesh::Start(std::move(mesh_options)));
  GOSSAMER_RETURN_IF_ERROR(StartShop());
  // Until here a signal ends the process, and with it everything; from here on it is waited for.
  // Before any thread is made that a signal could reach.
  const sigset_t signals = EndSignals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  StartForwarders();
  return absl::OkStatus();
}

absl::Status Demo::StartShop() {
  GOSSAMER_ASSIGN_OR_RETURN(
      const harness::Manifests shop,
      harness::ReadManifests(ReadFile(Runfile("examples/manifests/shop.yaml")), ProgramOfImage));
  harness::Cluster& cluster = mesh_->cluster();
  for (const std::string& ns : shop.namespaces) {
    GOSSAMER_RETURN_IF_ERROR(cluster.AddNamespace(ns));
  }
  for (const harness::ServiceSpec& service : shop.services) {
    GOSSAMER_RETURN_IF_ERROR(cluster.AddService(service));
  }
  // In the manifest's order: traffic comes last.
  for (const harness::Workload& workload : shop.workloads) {
    std::cout << "- " << workload.ns << "/" << workload.name << std::endl;
    GOSSAMER_RETURN_IF_ERROR(cluster.AddWorkload(workload));
  }
  return mesh_->PublishScrapeTargets();
}

void Demo::StartForwarders() {
  harness::Cluster& cluster = mesh_->cluster();
  forwarders_.push_back(
      harness::Forwarder::Start(options_.public_api, cluster.pod("public-api")->ip(), 8085));
  forwarders_.push_back(
      harness::Forwarder::Start(options_.prometheus, cluster.pod("prometheus")->ip(), 9090));
  forwarders_.push_back(harness::Forwarder::Start(options_.web, cluster.pod("web")->ip(), 8080));
}

std::string Demo::ApiAddress() {
  return absl::StrCat(mesh_->cluster().pod("public-api")->ip(), ":8085");
}

void Demo::PrintAddresses() const {
  std::cout << absl::StrFormat(R"(
The shop        http://127.0.0.1:%d/
Prometheus      http://127.0.0.1:%d/
public-api      127.0.0.1:%d (gRPC)
Manifests       %s/manifests
Logs            %s/logs

Try, in another terminal:
  ./bazelw run //cli:gossamer -- stat deploy -n shop --api-addr 127.0.0.1:%d -o wide
  ./bazelw run //cli:gossamer -- check --api-addr 127.0.0.1:%d
  cd %s/manifests
  sed -i 's/ready: true/ready: false/' endpointslice-shop-pricing.yaml
     takes pricing out of the mesh: watch web's success rate; turn it round to bring it back
Ctrl-C removes everything.

)",
                               options_.web.port, options_.prometheus.port,
                               options_.public_api.port, options_.folder, options_.folder,
                               options_.public_api.port, options_.public_api.port, options_.folder)
            << std::flush;
}

std::string Demo::StatTable() {
  const absl::StatusOr<std::string> table = harness::RunCommand(
      {Runfile("cli/gossamer"), "stat", "deploy", "-n", kShop, "--api-addr", ApiAddress()});
  return table.ok() ? *table : absl::StrCat(table.status().message(), "\n");
}

absl::Status Demo::Watch() {
  PrintAddresses();
  int lines = 0;
  bool shown = false;
  for (;;) {
    if (options_.in_place || !shown) {
      const std::string table = StatTable();
      shown = absl::StrContains(table, "rps");
      if (options_.in_place) {
        // Back to the table's first line, and clear from there.
        if (lines > 0) std::cout << "\x1b[" << lines << "A\x1b[J";
        lines = static_cast<int>(std::count(table.begin(), table.end(), '\n'));
        std::cout << table << std::flush;
      } else if (shown) {
        std::cout << table << std::flush;
      }
    }
    if (SignalWithin(kRefresh)) {
      std::cout << "Removing everything." << std::endl;
      return absl::OkStatus();
    }
    GOSSAMER_RETURN_IF_ERROR(mesh_->cluster().CheckRunning());
  }
}

absl::Status Demo::WaitFor(absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  while (absl::Now() < end) {
    if (SignalWithin(std::min(end - absl::Now(), absl::Seconds(1)))) {
      return absl::CancelledError("interrupted");
    }
    GOSSAMER_RETURN_IF_ERROR(mesh_->cluster().CheckRunning());
  }
  return absl::OkStatus();
}

absl::StatusOr<ObservedByDeployment> Demo::Observe() {
  ObservedByDeployment observed;
  for (Pod* pod : mesh_->cluster().pods()) {
    if (pod->workload().ns != kShop) continue;
    Observed& one = observed[pod->workload().name];
    GOSSAMER_ASSIGN_OR_RETURN(const std::string page, HttpGet(pod->ip(), kControlPort, "/counts"));
    GOSSAMER_ASSIGN_OR_RETURN(const Counts counts, ParseCounts(page));
    for (const auto& [name, count] : counts) one.counts[name] += count;
    GOSSAMER_ASSIGN_OR_RETURN(std::vector<harness::Sample> samples, pod->ProxyMetrics());
    one.samples.insert(one.samples.end(), samples.begin(), samples.end());
  }
  return observed;
}

std::vector<std::string> Demo::CompareAtRest() {
  std::vector<std::string> problems;
  const absl::Time deadline = absl::Now() + kSettle;
  do {
    const absl::StatusOr<ObservedByDeployment> observed = Observe();
    if (!observed.ok()) return {std::string(observed.status().message())};
    problems = CompareCounts(*observed);
    const std::vector<std::string> plaintext = CheckMutualTls(*observed);
    problems.insert(problems.end(), plaintext.begin(), plaintext.end());
    absl::SleepFor(absl::Milliseconds(200));
  } while (!problems.empty() && absl::Now() < deadline);
  return problems;
}

std::vector<std::string> Demo::CheckEdges() {
  const auto api = linkerd2::viz::Api::NewStub(
      grpc::CreateChannel(ApiAddress(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  SetDeadline(&context);
  linkerd2::viz::EdgesRequest request;
  request.mutable_selector()->mutable_resource()->set_namespace_(kShop);
  request.mutable_selector()->mutable_resource()->set_type("deployment");
  linkerd2::viz::EdgesResponse response;
  const grpc::Status status = api->Edges(&context, request, &response);
  if (!status.ok()) return {absl::StrCat("public-api: Edges: ", status.error_message())};
  if (response.has_error()) return {absl::StrCat("public-api: Edges: ", response.error().error())};

  std::vector<std::string> problems;
  std::set<std::string> seen;
  for (const linkerd2::viz::Edge& edge : response.ok().edges()) {
    if (edge.src().namespace_() != kShop || edge.dst().namespace_() != kShop) continue;
    const std::string name = absl::StrCat(edge.src().name(), " -> ", edge.dst().name());
    seen.insert(name);
    if (!edge.no_identity_msg().empty() || edge.server_id().empty() || edge.client_id().empty()) {
      problems.push_back(absl::StrCat("edge ", name, " is not secured: ", edge.no_identity_msg()));
    }
  }
  for (const char* wanted : {"traffic -> web", "traffic -> feed", "web -> catalog-v1",
                             "web -> catalog-v2", "web -> pricing"}) {
    if (!seen.contains(wanted)) problems.push_back(absl::StrCat("public-api has no edge ", wanted));
  }
  return problems;
}

std::vector<std::string> Demo::CheckSuccessRates() {
  const auto api = linkerd2::viz::Api::NewStub(
      grpc::CreateChannel(ApiAddress(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  SetDeadline(&context);
  linkerd2::viz::StatSummaryRequest request;
  request.mutable_selector()->mutable_resource()->set_namespace_(kShop);
  request.mutable_selector()->mutable_resource()->set_type("deployment");
  request.set_time_window("1m");
  linkerd2::viz::StatSummaryResponse response;
  const grpc::Status status = api->StatSummary(&context, request, &response);
  if (!status.ok()) return {absl::StrCat("public-api: StatSummary: ", status.error_message())};

  std::map<std::string, double> rates;
  for (const auto& table : response.ok().stat_tables()) {
    for (const auto& row : table.pod_group().rows()) {
      const double success = static_cast<double>(row.stats().success_count());
      const double all = success + static_cast<double>(row.stats().failure_count());
      if (all > 0) rates[row.resource().name()] = success / all;
    }
  }
  const absl::StatusOr<ObservedByDeployment> observed = Observe();
  if (!observed.ok()) return {std::string(observed.status().message())};
  std::vector<std::string> problems;
  for (const auto& [deployment, one] : *observed) {
    const double own = OwnSuccessRate(one.counts);
    if (own < 0) continue;  // It serves too few requests.
    const auto found = rates.find(deployment);
    if (found == rates.end()) {
      problems.push_back(absl::StrCat("public-api has no requests of ", deployment));
    } else if (std::abs(found->second - own) > kSuccessRateTolerance) {
      problems.push_back(absl::StrFormat("%s: public-api says %.2f%% success, the program %.2f%%",
                                         deployment, found->second * 100, own * 100));
    }
  }
  return problems;
}

absl::Status Demo::Check(absl::Duration duration) {
  std::cout << "- traffic for " << absl::FormatDuration(duration) << std::endl;
  GOSSAMER_RETURN_IF_ERROR(WaitFor(duration));
  std::vector<std::string> problems = CheckEdges();
  GOSSAMER_RETURN_IF_ERROR(
      HttpPost(mesh_->cluster().pod("traffic")->ip(), kControlPort, "/pause").status());
  // Two more scrapes, so that Prometheus has seen the last request.
  GOSSAMER_RETURN_IF_ERROR(WaitFor(2 * kScrapeInterval + absl::Seconds(1)));
  std::cout << "\n" << StatTable() << "\n" << std::flush;
  for (const std::vector<std::string>& more : {CompareAtRest(), CheckSuccessRates()}) {
    problems.insert(problems.end(), more.begin(), more.end());
  }
  if (problems.empty()) {
    std::cout << "Every edge had mutual TLS; requests, success rates and bytes agree with what the "
                 "programs counted."
              << std::endl;
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("the check found:\n  ", absl::StrJoin(problems, "\n  ")));
}

}  // namespace gossamer::demo
