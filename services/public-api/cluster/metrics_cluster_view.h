#ifndef SERVICES_PUBLIC_API_CLUSTER_METRICS_CLUSTER_VIEW_H_
#define SERVICES_PUBLIC_API_CLUSTER_METRICS_CLUSTER_VIEW_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/public-api/cluster/cluster_view.h"

namespace gossamer::public_api {

// Knows the cluster from the labels of the proxies that Prometheus scrapes: every one of them is a
// meshed pod of the workloads that its labels name (k8s/prometheus/README.md lists them). Pods
// without a proxy are not seen, nor are services that no proxy has connected to.
class MetricsClusterView : public ClusterView {
 public:
  // `control_plane_namespace` and `trust_domain` complete the identities of pods whose service
  // account is among the labels.
  MetricsClusterView(std::string control_plane_namespace, std::string trust_domain);

  std::vector<std::string> Queries() const override;
  absl::StatusOr<std::shared_ptr<const ClusterSnapshot>> Snapshot(
      absl::Span<const prom::Vector> answers) const override;
  std::optional<Check> SelfCheck() const override { return std::nullopt; }

 private:
  PodInfo PodOf(const prom::Sample& sample) const;

  const std::string control_plane_namespace_;
  const std::string trust_domain_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_CLUSTER_METRICS_CLUSTER_VIEW_H_
