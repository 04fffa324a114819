#ifndef SERVICES_PUBLIC_API_STATS_TOP_ROUTES_H_
#define SERVICES_PUBLIC_API_STATS_TOP_ROUTES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "api/viz/v1/viz.pb.h"
#include "lib/prometheus/vector.h"
#include "services/public-api/cluster/cluster_view.h"
#include "services/public-api/stats/series.h"
#include "services/public-api/stats/target.h"

namespace gossamer::public_api {

// Answers one TopRoutesRequest from the metrics of ServiceProfile routes, a table for each object
// that has any. Plan, Queries and Fold are as in StatSummary; pure.
class TopRoutes {
 public:
  static absl::StatusOr<TopRoutes> Plan(const linkerd2::viz::TopRoutesRequest& request,
                                        const StatsOptions& options);
  std::vector<std::string> Queries() const;
  linkerd2::viz::TopRoutesResponse Fold(absl::Span<const prom::Vector> answers,
                                        const ClusterSnapshot& cluster) const;

 private:
  TopRoutes() = default;

  linkerd2::viz::TopRoutesRequest request_;
  Target target_;
  LabelSelector selector_;
  absl::Duration window_;
  Scope scope_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_TOP_ROUTES_H_
