#ifndef SERVICES_PUBLIC_API_CLUSTER_CLUSTER_VIEW_H_
#define SERVICES_PUBLIC_API_CLUSTER_CLUSTER_VIEW_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/prometheus/vector.h"
#include "lib/resource/resource_type.h"
#include "services/public-api/cluster/label_selector.h"

namespace gossamer::public_api {

// A pod, as far as statistics need it.
struct PodInfo {
  std::string namespace_name;
  std::string name;
  std::string ip;
  std::string status;  // As kubectl prints it: "Running", "CrashLoopBackOff".
  // What the pod belongs to, by type: a Deployment's pod also has its ReplicaSet.
  std::map<ResourceType, std::string> owners;
  Labels labels;
  std::string identity;  // The name in its proxy's certificate; empty when not known.
  std::string control_plane_namespace;
  std::string proxy_version;
  bool control_plane = false;
  bool meshed = false;
  bool failed = false;
  bool succeeded = false;
  bool proxy_ready = false;
};

struct ServiceInfo {
  std::string namespace_name;
  std::string name;
  std::set<std::string> pods;  // The names of those behind it.
  Labels labels;
};

// An object that rows are made for: a workload, a namespace, a policy resource.
struct ObjectInfo {
  ResourceType type = ResourceType::kAll;
  std::string namespace_name;
  std::string name;
  Labels labels;
};

// The cluster at one moment. Immutable once shared.
struct ClusterSnapshot {
  std::vector<PodInfo> pods;
  std::vector<ServiceInfo> services;
  // Objects besides pods and services. Owners of pods need not be repeated here.
  std::vector<ObjectInfo> objects;
  // True when what is not listed does not exist, so that metrics of it are left out.
  bool complete = false;
};

// Tells which pods, services and workloads exist. Thread-safe.
//
// The metrics alone can say it (MetricsClusterView), or a folder of manifests does.
class ClusterView {
 public:
  virtual ~ClusterView() = default;

  // What to ask Prometheus before a snapshot can be taken; may be nothing.
  virtual std::vector<std::string> Queries() const = 0;
  // The cluster now, given the answers to Queries() in their order.
  virtual absl::StatusOr<std::shared_ptr<const ClusterSnapshot>> Snapshot(
      absl::Span<const prom::Vector> answers) const = 0;

  // The name and the state of what the view reads, for SelfCheck; nullopt when that is
  // Prometheus, which has a check of its own.
  struct Check {
    std::string subsystem;
    std::string description;
    absl::Status status;
  };
  virtual std::optional<Check> SelfCheck() const = 0;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_CLUSTER_CLUSTER_VIEW_H_
