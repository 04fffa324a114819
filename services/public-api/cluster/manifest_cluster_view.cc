#include "services/public-api/cluster/manifest_cluster_view.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/log/log.h"

namespace gossamer::public_api {
namespace {

constexpr char kControlPlaneLabel[] = "linkerd.io/control-plane-ns";
constexpr char kComponentLabel[] = "linkerd.io/control-plane-component";
constexpr char kProxyVersionAnnotation[] = "linkerd.io/proxy-version";
constexpr char kProxyContainer[] = "linkerd-proxy";

// The labels by which the injector names a pod's owner.
struct OwnerLabel {
  const char* label;
  ResourceType type;
};
constexpr OwnerLabel kOwnerLabels[] = {
    {"linkerd.io/proxy-cronjob", ResourceType::kCronJob},
    {"linkerd.io/proxy-daemonset", ResourceType::kDaemonSet},
    {"linkerd.io/proxy-deployment", ResourceType::kDeployment},
    {"linkerd.io/proxy-job", ResourceType::kJob},
    {"linkerd.io/proxy-replicaset", ResourceType::kReplicaSet},
    {"linkerd.io/proxy-replicationcontroller", ResourceType::kReplicationController},
    {"linkerd.io/proxy-statefulset", ResourceType::kStatefulSet},
};

std::string ValueOr(const std::string* value, absl::string_view fallback) {
  return value == nullptr ? std::string(fallback) : *value;
}

bool HasProxy(const k8s::Pod& pod) {
  return std::any_of(pod.containers.begin(), pod.containers.end(),
                     [](const auto& container) { return container.name == kProxyContainer; });
}

std::map<ResourceType, std::string> OwnersOf(const k8s::Pod& pod) {
  std::map<ResourceType, std::string> owners;
  for (const k8s::OwnerReference& owner : pod.meta.owners) {
    const std::optional<ResourceType> type = FromCanonicalName(absl::AsciiStrToLower(owner.kind));
    if (!type.has_value() || !IsPodOwner(*type)) continue;
    owners.emplace(*type, owner.name);
    // A Deployment's ReplicaSets carry its name and the hash that their pods have as a label.
    const std::string* hash = pod.meta.Label("pod-template-hash");
    absl::string_view deployment = owner.name;
    if (*type == ResourceType::kReplicaSet && hash != nullptr &&
        absl::ConsumeSuffix(&deployment, absl::StrCat("-", *hash)) && !deployment.empty()) {
      owners.emplace(ResourceType::kDeployment, deployment);
    }
  }
  for (const OwnerLabel& owner : kOwnerLabels) {
    const std::string* name = pod.meta.Label(owner.label);
    if (name != nullptr && !name->empty()) owners[owner.type] = *name;
  }
  return owners;
}

template <typename Kind>
void AddObject(const k8s::Object& object, ResourceType type, ClusterSnapshot* snapshot) {
  if (const auto kind = object.As<Kind>(); kind != nullptr) {
    snapshot->objects.push_back(
        {type, kind->meta.namespace_name, kind->meta.name, kind->meta.labels});
  }
}

using ServicePods = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

void AddEndpoints(const k8s::EndpointSlice& slice, ServicePods* pods) {
  for (const k8s::EndpointSlice::Endpoint& endpoint : slice.endpoints) {
    if (!endpoint.target.has_value() || endpoint.target->kind != "Pod") continue;
    (*pods)[{slice.meta.namespace_name, slice.ServiceName()}].insert(endpoint.target->name);
  }
}

}  // namespace

ManifestClusterView::ManifestClusterView(std::string control_plane_namespace,
                                         std::string trust_domain)
    : control_plane_namespace_(std::move(control_plane_namespace)),
      trust_domain_(std::move(trust_domain)) {}

void ManifestClusterView::OnEvents(const std::vector<source::Event>& events) {
  absl::MutexLock lock(&mutex_);
  for (const source::Event& event : events) {
    if (const auto* applied = std::get_if<source::Applied>(&event)) {
      objects_.insert_or_assign(applied->object.key, applied->object);
    } else if (const auto* deleted = std::get_if<source::Deleted>(&event)) {
      objects_.erase(deleted->key);
    }
  }
  snapshot_ = nullptr;
  problem_.reset();
}

void ManifestClusterView::OnProblem(const source::Problem& problem) {
  GOSSAMER_LOG(kError, "public_api::cluster", "manifest refused, its last good state is kept",
               {"where", problem.where}, {"error", problem.message});
  absl::MutexLock lock(&mutex_);
  problem_ = problem;
}

absl::StatusOr<std::shared_ptr<const ClusterSnapshot>> ManifestClusterView::Snapshot(
    absl::Span<const prom::Vector>) const {
  absl::MutexLock lock(&mutex_);
  if (snapshot_ == nullptr) snapshot_ = Build();
  return snapshot_;
}

std::optional<ClusterView::Check> ManifestClusterView::SelfCheck() const {
  Check check{"manifests", "public-api can read the cluster's manifests", absl::OkStatus()};
  absl::MutexLock lock(&mutex_);
  if (problem_.has_value()) {
    check.status =
        absl::InvalidArgumentError(absl::StrCat(problem_->where, ": ", problem_->message));
  }
  return check;
}

std::shared_ptr<const ClusterSnapshot> ManifestClusterView::Build() const {
  auto snapshot = std::make_shared<ClusterSnapshot>();
  snapshot->complete = true;
  ServicePods service_pods;
  for (const auto& [key, object] : objects_) {
    if (const auto pod = object.As<k8s::Pod>()) snapshot->pods.push_back(PodOf(*pod));
    if (const auto slice = object.As<k8s::EndpointSlice>()) AddEndpoints(*slice, &service_pods);
    if (const auto service = object.As<k8s::Service>()) {
      snapshot->services.push_back(
          {service->meta.namespace_name, service->meta.name, {}, service->meta.labels});
    }
    if (const auto ns = object.As<k8s::Namespace>()) {
      snapshot->objects.push_back({ResourceType::kNamespace, "", ns->meta.name, ns->meta.labels});
    }
    AddObject<k8s::Server>(object, ResourceType::kServer, snapshot.get());
    AddObject<k8s::AuthorizationPolicy>(object, ResourceType::kAuthorizationPolicy, snapshot.get());
    AddObject<k8s::PolicyHttpRoute>(object, ResourceType::kHttpRoute, snapshot.get());
  }
  for (ServiceInfo& service : snapshot->services) {
    service.pods = service_pods[{service.namespace_name, service.name}];
  }
  return snapshot;
}

PodInfo ManifestClusterView::PodOf(const k8s::Pod& pod) const {
  PodInfo info;
  info.namespace_name = pod.meta.namespace_name;
  info.name = pod.meta.name;
  if (!pod.pod_ips.empty()) info.ip = pod.pod_ips.front();
  // Nobody may keep the status of a folder's pods: one that is listed is taken to run.
  info.status = pod.meta.deleting ? "Terminating" : pod.phase.empty() ? "Running" : pod.phase;
  info.owners = OwnersOf(pod);
  info.labels = pod.meta.labels;
  info.failed = pod.phase == "Failed";
  info.succeeded = pod.phase == "Succeeded";
  const std::string* mesh = pod.meta.Label(kControlPlaneLabel);
  info.meshed = mesh != nullptr ? *mesh == control_plane_namespace_ : HasProxy(pod);
  if (!info.meshed) return info;
  info.control_plane_namespace = ValueOr(mesh, control_plane_namespace_);
  info.control_plane = pod.meta.Label(kComponentLabel) != nullptr;
  info.proxy_version = ValueOr(pod.meta.Annotation(kProxyVersionAnnotation), "");
  info.proxy_ready = info.status == "Running";
  info.identity =
      absl::StrCat(pod.service_account, ".", pod.meta.namespace_name, ".serviceaccount.identity.",
                   control_plane_namespace_, ".", trust_domain_);
  return info;
}

}  // namespace gossamer::public_api
