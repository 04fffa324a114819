#include "tests/bench/manifest_change.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/status/status_macros.h"
#include "tests/bench/bench_workload.h"
#include "tests/bench/keep_alive_client.h"
#include "tests/bench/load_ports.h"
#include "tests/support/manifest_writer.h"

namespace gossamer::bench {
namespace {

using harness::Pod;

constexpr char kMoving[] = "moving";
constexpr absl::Duration kChangeTimeout = absl::Seconds(10);
// Between two requests of whoever waits for a change to be followed.
constexpr absl::Duration kWatchInterval = absl::Microseconds(500);
// In a row from one pod: the proxy has followed the change.
constexpr int kSettledAnswers = 100;

}  // namespace

absl::Status ManifestChange::Prepare() {
  harness::Workload workload = ServerWorkload(kMoving, true);
  workload.replicas = 2;
  return AddServer(&mesh_->cluster(), workload);
}

absl::StatusOr<absl::Duration> ManifestChange::MoveOnce(int to) {
  const std::vector<Pod*> pods = mesh_->cluster().pods(kMoving);
  Pod* const old_pod = pods[static_cast<size_t>(1 - to)];
  Pod* const new_pod = pods[static_cast<size_t>(to)];
  GOSSAMER_RETURN_IF_ERROR(AnnounceOnly(old_pod));
  GOSSAMER_RETURN_IF_ERROR(RequestUntil(old_pod, kSettledAnswers));
  const absl::Time begun = absl::Now();
  GOSSAMER_RETURN_IF_ERROR(AnnounceOnly(new_pod));
  GOSSAMER_RETURN_IF_ERROR(RequestUntil(new_pod, 1));
  return absl::Now() - begun;
}

absl::Status ManifestChange::AnnounceOnly(Pod* pod) {
  // One change of one file, where the cluster itself would make two.
  return mesh_->cluster().WriteManifest(
      absl::StrCat("endpointslice-", kNamespace, "-", kMoving, ".yaml"),
      harness::EndpointSliceYaml(ServiceOf(pod->workload()), {pod->record()}));
}

absl::Status ManifestChange::RequestUntil(Pod* pod, int answers) {
  harness::Cluster& cluster = mesh_->cluster();
  KeepAliveClient client(&cluster.pod("client")->net(), cluster.service_ip(kNamespace, kMoving),
                         kHttp1Port, AuthorityOf(kMoving));
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
