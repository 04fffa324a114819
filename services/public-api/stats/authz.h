#ifndef SERVICES_PUBLIC_API_STATS_AUTHZ_H_
#define SERVICES_PUBLIC_API_STATS_AUTHZ_H_

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

// Answers one AuthzRequest: a row for each route, server and authorization that took part in the
// requests to a resource. Plan, Queries and Fold are as in StatSummary; pure.
class Authz {
 public:
  static absl::StatusOr<Authz> Plan(const linkerd2::viz::AuthzRequest& request,
                                    const StatsOptions& options);
  std::vector<std::string> Queries() const;
  linkerd2::viz::AuthzResponse Fold(absl::Span<const prom::Vector> answers,
                                    const ClusterSnapshot& cluster) const;

 private:
  Authz() = default;

  linkerd2::viz::AuthzRequest request_;
  absl::Duration window_;
  Scope scope_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_AUTHZ_H_
