#include "services/public-api/cluster/metrics_cluster_view.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace gossamer::public_api {
namespace {

// One series a scraped proxy, with every label that its target has.
constexpr absl::string_view kInventoryQuery = R"(up{job="linkerd-proxy", pod!=""})";

// Services that somebody's proxy has opened a connection to.
constexpr absl::string_view kServicesQuery =
    R"(count(tcp_open_total{direction="outbound", dst_service!=""}) by (dst_namespace, dst_service))";

constexpr ResourceType kOwnerTypes[] = {
    ResourceType::kCronJob,     ResourceType::kDaemonSet,  ResourceType::kDeployment,
    ResourceType::kJob,         ResourceType::kReplicaSet, ResourceType::kReplicationController,
    ResourceType::kStatefulSet,
};

// "10.1.2.3:4191" and "[fd00::1]:4191" without the port.
std::string HostOf(absl::string_view instance) {
  const size_t colon = instance.rfind(':');
  absl::string_view host = instance.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return std::string(host);
}

}  // namespace

MetricsClusterView::MetricsClusterView(std::string control_plane_namespace,
                                       std::string trust_domain)
    : control_plane_namespace_(std::move(control_plane_namespace)),
      trust_domain_(std::move(trust_domain)) {}

std::vector<std::string> MetricsClusterView::Queries() const {
  return {std::string(kInventoryQuery), std::string(kServicesQuery)};
}

absl::StatusOr<std::shared_ptr<const ClusterSnapshot>> MetricsClusterView::Snapshot(
    absl::Span<const prom::Vector> answers) const {
  if (answers.size() != 2) return absl::InternalError("cluster: an inventory was not asked for");
  auto snapshot = std::make_shared<ClusterSnapshot>();
  for (const prom::Sample& sample : answers[0]) snapshot->pods.push_back(PodOf(sample));
  for (const prom::Sample& sample : answers[1]) {
    ServiceInfo service;
    service.namespace_name = sample.Label("dst_namespace");
    service.name = sample.Label("dst_service");
    snapshot->services.push_back(std::move(service));
  }
  return snapshot;
}

PodInfo MetricsClusterView::PodOf(const prom::Sample& sample) const {
  PodInfo pod;
  pod.namespace_name = sample.Label("namespace");
  pod.name = sample.Label("pod");
  pod.ip = HostOf(sample.Label("instance"));
  pod.status = "Running";
  pod.labels = sample.labels;
  pod.meshed = true;
  pod.proxy_ready = sample.value == 1;
  for (const ResourceType type : kOwnerTypes) {
    const std::string& name = sample.Label(std::string(MetricLabel(type)));
    if (!name.empty()) pod.owners.emplace(type, name);
  }
  pod.control_plane_namespace = control_plane_namespace_;
  const std::string& account = sample.Label("serviceaccount");
  if (!account.empty()) {
    pod.identity = absl::StrCat(account, ".", pod.namespace_name, ".serviceaccount.identity.",
                                control_plane_namespace_, ".", trust_domain_);
  }
  return pod;
}

}  // namespace gossamer::public_api
