#ifndef SERVICES_PUBLIC_API_STATS_INVENTORY_H_
#define SERVICES_PUBLIC_API_STATS_INVENTORY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "api/viz/v1/viz.pb.h"
#include "lib/prometheus/vector.h"
#include "services/public-api/cluster/cluster_view.h"
#include "services/public-api/stats/target.h"

namespace gossamer::public_api {

// Answers one ListPodsRequest: the cluster's pods, and when each was last heard of through
// Prometheus. Plan, Queries and Fold are as in StatSummary; pure.
class ListPods {
 public:
  static absl::StatusOr<ListPods> Plan(const linkerd2::viz::ListPodsRequest& request);
  std::vector<std::string> Queries() const;
  linkerd2::viz::ListPodsResponse Fold(absl::Span<const prom::Vector> answers,
                                       const ClusterSnapshot& cluster, absl::Time now) const;

 private:
  ListPods() = default;

  bool Selects(const PodInfo& pod) const;

  Target target_;  // Of type kAll when the request names no resource.
  LabelSelector selector_;
};

// Answers a ListServicesRequest.
linkerd2::viz::ListServicesResponse ListServices(const linkerd2::viz::ListServicesRequest& request,
                                                 const ClusterSnapshot& cluster);

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_INVENTORY_H_
