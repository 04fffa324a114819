#ifndef SERVICES_PUBLIC_API_STATS_EDGES_H_
#define SERVICES_PUBLIC_API_STATS_EDGES_H_

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

// Answers one EdgesRequest: which workloads have connections to which, and whether they are
// secured. Plan, Queries and Fold are as in StatSummary; pure.
class Edges {
 public:
  static absl::StatusOr<Edges> Plan(const linkerd2::viz::EdgesRequest& request,
                                    const StatsOptions& options);
  std::vector<std::string> Queries() const;
  linkerd2::viz::EdgesResponse Fold(absl::Span<const prom::Vector> answers,
                                    const ClusterSnapshot& cluster) const;

 private:
  Edges() = default;

  Target target_;
  LabelSelector selector_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_EDGES_H_
