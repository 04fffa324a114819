#ifndef SERVICES_PUBLIC_API_STATS_STAT_SUMMARY_H_
#define SERVICES_PUBLIC_API_STATS_STAT_SUMMARY_H_

#include <optional>
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

// Answers one StatSummaryRequest: first which queries it takes, then what their answers say.
// Pure: it asks nothing itself.
class StatSummary {
 public:
  // InvalidArgument for a malformed request, to be shown to its sender.
  static absl::StatusOr<StatSummary> Plan(const linkerd2::viz::StatSummaryRequest& request,
                                          const StatsOptions& options);

  std::vector<std::string> Queries() const;
  // `answers` are those to Queries(), in order.
  linkerd2::viz::StatSummaryResponse Fold(absl::Span<const prom::Vector> answers,
                                          const ClusterSnapshot& cluster) const;

 private:
  // One type of the request; "all" has several.
  struct Table {
    Target target;
    Scope scope;
  };

  StatSummary() = default;

  Scope ScopeOf(const Target& target, const StatsOptions& options) const;
  linkerd2::viz::StatTable FoldTable(const Table& table, const Groups& groups,
                                     const ClusterSnapshot& cluster) const;

  linkerd2::viz::StatSummaryRequest request_;
  absl::Duration window_;
  LabelSelector selector_;
  std::optional<Target> to_;
  std::optional<Target> from_;
  std::vector<Table> tables_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_STAT_SUMMARY_H_
