#include "services/public-api/stats/inventory.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "lib/prometheus/selector.h"
#include "lib/status/status_macros.h"
#include "services/public-api/stats/objects.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

void SetDuration(absl::Duration duration, google::protobuf::Duration* out) {
  duration = std::max(duration, absl::ZeroDuration());
  const int64_t seconds = absl::ToInt64Seconds(duration);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(seconds))));
}

// The one owner that the message has room for: the one a person would name.
void SetOwner(const PodInfo& pod, viz::Pod* out) {
  for (const ResourceType type :
       {ResourceType::kDeployment, ResourceType::kStatefulSet, ResourceType::kDaemonSet,
        ResourceType::kJob, ResourceType::kReplicationController, ResourceType::kReplicaSet}) {
    const auto it = pod.owners.find(type);
    if (it == pod.owners.end()) continue;
    const std::string owner = absl::StrCat(pod.namespace_name, "/", it->second);
    switch (type) {
      case ResourceType::kDeployment:
        return out->set_deployment(owner);
      case ResourceType::kStatefulSet:
        return out->set_stateful_set(owner);
      case ResourceType::kDaemonSet:
        return out->set_daemon_set(owner);
      case ResourceType::kJob:
        return out->set_job(owner);
      case ResourceType::kReplicationController:
        return out->set_replication_controller(owner);
      default:
        return out->set_replica_set(owner);
    }
  }
}

std::map<ObjectKey, double> ByPod(const prom::Vector& vector) {
  std::map<ObjectKey, double> by_pod;
  for (const prom::Sample& sample : vector) {
    by_pod[{sample.Label("namespace"), sample.Label("pod")}] = sample.value;
  }
  return by_pod;
}

}  // namespace

absl::StatusOr<ListPods> ListPods::Plan(const viz::ListPodsRequest& request) {
  ListPods list;
  if (request.selector().has_resource()) {
    GOSSAMER_ASSIGN_OR_RETURN(list.target_, Target::Parse(request.selector().resource()));
  }
  GOSSAMER_ASSIGN_OR_RETURN(list.selector_,
                            LabelSelector::Parse(request.selector().label_selector()));
  return list;
}

std::vector<std::string> ListPods::Queries() const {
  prom::Selector selector;
  if (target_.type == ResourceType::kNamespace && !target_.name.empty()) {
    selector.Equal("namespace", target_.name);
  } else if (!target_.namespace_name.empty()) {
    selector.Equal("namespace", target_.namespace_name);
  }
  const std::string series = absl::StrCat("process_start_time_seconds", selector.ToString());
  return {absl::StrCat("max(", series, ") by (pod, namespace)"),
          absl::StrCat("max(timestamp(", series, ")) by (pod, namespace)")};
}

bool ListPods::Selects(const PodInfo& pod) const {
  if (!selector_.Matches(pod.labels)) return false;
  if (target_.type == ResourceType::kNamespace) {
    return target_.name.empty() || target_.name == pod.namespace_name;
  }
  if (!target_.namespace_name.empty() && target_.namespace_name != pod.namespace_name) return false;
  if (target_.type == ResourceType::kAll) return true;
  if (target_.type == ResourceType::kPod) return target_.name.empty() || target_.name == pod.name;
  const auto owner = pod.owners.find(target_.type);
  return owner != pod.owners.end() && (target_.name.empty() || target_.name == owner->second);
}

viz::ListPodsResponse ListPods::Fold(absl::Span<const prom::Vector> answers,
                                     const ClusterSnapshot& cluster, absl::Time now) const {
  const std::map<ObjectKey, double> started = ByPod(answers.at(0));
  const std::map<ObjectKey, double> reported = ByPod(answers.at(1));
  std::map<ObjectKey, const PodInfo*> pods;
  for (const PodInfo& pod : cluster.pods) {
    if (Selects(pod)) pods[{pod.namespace_name, pod.name}] = &pod;
  }
  viz::ListPodsResponse response;
  for (const auto& [key, pod] : pods) {
    viz::Pod* out = response.add_pods();
    out->set_name(absl::StrCat(pod->namespace_name, "/", pod->name));
    out->set_podip(pod->ip);
    SetOwner(*pod, out);
    out->set_status(pod->status);
    out->set_controllernamespace(pod->control_plane_namespace);
    out->set_controlplane(pod->control_plane);
    out->set_proxyready(pod->proxy_ready);
    out->set_proxyversion(pod->proxy_version);
    if (const auto it = started.find(key); it != started.end()) {
      out->set_added(true);
      SetDuration(now - absl::FromUDate(it->second * 1000), out->mutable_uptime());
    }
    if (const auto it = reported.find(key); it != reported.end()) {
      SetDuration(now - absl::FromUDate(it->second * 1000), out->mutable_sincelastreport());
    }
  }
  return response;
}

viz::ListServicesResponse ListServices(const viz::ListServicesRequest& request,
                                       const ClusterSnapshot& cluster) {
  std::set<ObjectKey> keys;
  for (const ServiceInfo& service : cluster.services) {
    if (request.namespace_().empty() || request.namespace_() == service.namespace_name) {
      keys.insert({service.namespace_name, service.name});
    }
  }
  viz::ListServicesResponse response;
  for (const ObjectKey& key : keys) {
    viz::Service* service = response.add_services();
    service->set_namespace_(key.namespace_name);
    service->set_name(key.name);
  }
  return response;
}

}  // namespace gossamer::public_api
