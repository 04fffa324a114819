#ifndef SERVICES_PUBLIC_API_STATS_GATEWAYS_H_
#define SERVICES_PUBLIC_API_STATS_GATEWAYS_H_

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

// Answers one GatewaysRequest from the probes of gateways to other clusters; no rows without any.
// Plan, Queries and Fold are as in StatSummary; pure.
class Gateways {
 public:
  static absl::StatusOr<Gateways> Plan(const linkerd2::viz::GatewaysRequest& request,
                                       const StatsOptions& options);
  std::vector<std::string> Queries() const;
  linkerd2::viz::GatewaysResponse Fold(absl::Span<const prom::Vector> answers,
                                       const ClusterSnapshot& cluster) const;

 private:
  Gateways() = default;

  absl::Duration window_;
  prom::Selector selector_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_GATEWAYS_H_
