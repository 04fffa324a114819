#include "tests/soak/soak.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/buffer/sanitizer.h"
#include "tests/soak/service.h"
#include "tests/soak/traffic.h"
#include "tests/support/mesh.h"
#include "tests/support/process_state.h"

namespace gossamer::soak {
namespace {

using harness::Pod;
using harness::Process;
using harness::Workload;

// What a process may have more of at the end than after the warm-up: a connection that is being
// closed, and what allocators keep.
constexpr int kDescriptorTolerance = 3;
constexpr double kMemoryTolerance = 1.25;
constexpr int64_t kMemoryToleranceBytes = 6 << 20;

constexpr int kReplicasMin = 2;
constexpr int kReplicasMax = 4;

struct State {
  pid_t pid = 0;
  int descriptors = 0;
  int64_t resident = 0;
};
// By the name of the process.
using States = std::map<std::string, State>;

// A mesh under traffic and churn.
class Soak {
 public:
  explicit Soak(const Options& options) : options_(options) {}

  absl::Status Start();
  // Traffic and churn for so long.
  absl::Status Run(absl::Duration duration);
  // What every process holds once nothing has changed for a while without traffic.
  States Settled();
  // Prints what differs from `before`; false where that is more than is tolerated.
  static bool Compare(const States& before, const States& after);
  int64_t failed() const { return failed_; }
  const std::string& first_failure() const { return first_failure_; }

 private:
  static Workload MakeWorkload(const std::string& name);
  static Workload MakeServer(const std::string& name);
  absl::Status AddServer();
  absl::Status RemoveServer();
  absl::Status Churn();
  void Report(Traffic* traffic, absl::Time start);
  States Now();

  const Options options_;
  std::unique_ptr<harness::Mesh> mesh_;
  std::map<Pod*, std::unique_ptr<Service>> services_;
  std::vector<Pod*> servers_;  // The first one stays.
  int servers_made_ = 0;
  int churns_ = 0;
  int pods_replaced_ = 0;
  int restarts_ = 0;
  int64_t failed_ = 0;
  std::string first_failure_;
};

Workload Soak::MakeWorkload(const std::string& name) {
  Workload workload;
  workload.ns = "soak";
  workload.name = name;
  workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
  return workload;
}

Workload Soak::MakeServer(const std::string& name) {
  Workload workload = MakeWorkload(name);
  workload.service_account = "server";
  workload.labels = {{"app", "server"}};
  workload.ports = {{"http", kHttpPort}, {"opaque", kOpaquePort}};
  return workload;
}

absl::Status Soak::Start() {
  harness::Mesh::Options options;
  options.certificate_lifetime = absl::Minutes(1);
  absl::StatusOr<std::unique_ptr<harness::Mesh>> mesh = harness::Mesh::Start(std::move(options));
  if (!mesh.ok()) return mesh.status();
  mesh_ = *std::move(mesh);
  harness::Cluster& cluster = mesh_->cluster();
  absl::Status status = cluster.AddNamespace("soak");
  harness::ServiceSpec service;
  service.ns = "soak";
  service.name = "server";
  service.selector = {{"app", "server"}};
  service.annotations = MakeWorkload("server").annotations;
  service.ports = {{"http", kHttpPort}, {"opaque", kOpaquePort}};
  if (status.ok()) status = cluster.AddService(service);
  if (status.ok()) status = cluster.AddWorkload(MakeWorkload("client"));
  while (status.ok() && servers_.size() < kReplicasMin) status = AddServer();
  return status;
}

absl::Status Soak::AddServer() {
  // The program, which the test plays, must be there before the pod is announced.
  const std::string name = absl::StrCat("server-", ++servers_made_);
  absl::Status status = mesh_->cluster().AddWorkload(MakeServer(name), /*wait=*/false);
  if (!status.ok()) return status;
  Pod* pod = mesh_->cluster().pod(name);
  services_[pod] = std::make_unique<Service>(pod);
  servers_.push_back(pod);
  return mesh_->cluster().WaitReady(pod);
}

absl::Status Soak::RemoveServer() {
  Pod* pod = servers_.back();
  servers_.pop_back();
  const absl::Status status = mesh_->cluster().RemovePod(pod, absl::Seconds(10));
  services_.erase(pod);
  ++pods_replaced_;
  return status;
}

absl::Status Soak::Churn() {
  constexpr int kRestartEvery = 5;
  if (++churns_ % kRestartEvery == 0) {
    Pod* pod =
        mesh_->cluster().pod(restarts_++ % 2 == 0 ? "linkerd-destination" : "linkerd-identity");
    return pod->RestartProgram(absl::Seconds(1));
  }
  if (servers_.size() >= kReplicasMax || (servers_.size() > kReplicasMin && churns_ % 2 == 0)) {
    return RemoveServer();
  }
  return AddServer();
}

States Soak::Now() {
  States states;
  const auto add = [&](const Process* process) {
    if (process == nullptr) return;
    State& state = states[process->name()];
    state.pid = process->pid();
    state.descriptors = harness::OpenDescriptors(process->pid());
    state.resident = harness::ResidentBytes(process->pid());
  };
  for (Pod* pod : mesh_->cluster().pods()) {
    const bool comes_and_goes =
        std::find(servers_.begin() + 1, servers_.end(), pod) != servers_.end();
    if (comes_and_goes) continue;
    add(pod->proxy());
    add(pod->program());
  }
  return states;
}

States Soak::Settled() {
  constexpr absl::Duration kStill = absl::Seconds(4);
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  States last = Now();
  absl::Time since = absl::Now();
  while (absl::Now() - since < kStill && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(200));
    States now = Now();
    const bool same = std::equal(
        now.begin(), now.end(), last.begin(), last.end(), [](const auto& a, const auto& b) {
          return a.first == b.first && a.second.descriptors == b.second.descriptors;
        });
    last = std::move(now);
    if (!same) since = absl::Now();
  }
  return last;
}

void Soak::Report(Traffic* traffic, absl::Time start) {
  std::string line = absl::StrCat("soak: ", absl::ToInt64Seconds(absl::Now() - start), " s:");
  for (const auto& [kind, count] : traffic->Counts()) {
    absl::StrAppend(&line, " ", kind, " ", count.ok);
    if (count.failed > 0) absl::StrAppend(&line, " (", count.failed, " FAILED)");
  }
  int descriptors = 0;
  int64_t resident = 0;
  for (const auto& [name, state] : Now()) {
    descriptors += state.descriptors;
    resident += state.resident;
  }
  absl::StrAppend(&line, "; ", servers_.size(), " servers, ", pods_replaced_, " replaced, ",
                  restarts_, " restarts; ", descriptors, " descriptors, ", resident / 1024, " KiB");
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

absl::Status Soak::Run(absl::Duration duration) {
  Traffic traffic(mesh_->cluster().pod("client"), mesh_->cluster().service_ip("soak", "server"));
  const absl::Time start = absl::Now();
  absl::Time next_churn = start + options_.churn_interval;
  absl::Time next_report = start + options_.report_interval;
  absl::Status status;
  while (status.ok() && absl::Now() < start + duration) {
    if (absl::Now() >= next_churn) {
      status = Churn();
      next_churn = absl::Now() + options_.churn_interval;
    }
    if (absl::Now() >= next_report) {
      Report(&traffic, start);
      next_report += options_.report_interval;
    }
    if (status.ok()) status = mesh_->cluster().CheckRunning();
    absl::SleepFor(absl::Milliseconds(50));
  }
  traffic.Stop();
  Report(&traffic, start);
  for (const auto& [kind, count] : traffic.Counts()) {
    failed_ += count.failed;
    if (count.ok == 0) status.Update(absl::InternalError(absl::StrCat("no '", kind, "' at all")));
  }
  if (first_failure_.empty()) first_failure_ = traffic.first_failure();
  return status;
}

bool Soak::Compare(const States& before, const States& after) {
  bool same = true;
  for (const auto& [name, then] : before) {
    const auto found = after.find(name);
    if (found == after.end()) continue;
    const State& now = found->second;
    // A program that was restarted has begun anew.
    const bool leaks_descriptors = now.descriptors > then.descriptors + kDescriptorTolerance;
    // A sanitizer keeps for a while what is freed.
    const bool leaks_memory =
        !kMemoryIsWatched && now.resident > static_cast<double>(then.resident) * kMemoryTolerance +
                                                kMemoryToleranceBytes;
    std::printf("soak: %s: descriptors %d -> %d, resident %lld -> %lld KiB%s\n", name.c_str(),
                then.descriptors, now.descriptors, static_cast<long long>(then.resident / 1024),
                static_cast<long long>(now.resident / 1024),
                leaks_descriptors || leaks_memory ? " TOO MUCH" : "");
    same = same && !leaks_descriptors && !leaks_memory;
  }
  return same;
}

}  // namespace

bool RunSoak(const Options& options) {
  Soak soak(options);
  absl::Status status = soak.Start();
  if (status.ok()) status = soak.Run(options.warm_up);
  States before;
  if (status.ok()) {
    before = soak.Settled();
    status = soak.Run(options.duration);
  }
  if (!status.ok()) {
    std::fprintf(stderr, "soak: %s\n", status.ToString().c_str());
    return false;
  }
  const bool same = Soak::Compare(before, soak.Settled());
  if (soak.failed() > 0) {
    std::fprintf(stderr, "soak: %lld failures, the first: %s\n",
                 static_cast<long long>(soak.failed()), soak.first_failure().c_str());
  }
  return same && soak.failed() == 0;
}

}  // namespace gossamer::soak
