#include "services/public-api/stats/gateways.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/status/status_macros.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

const std::vector<std::string>& GroupLabels() {
  static const auto* const kLabels =
      new std::vector<std::string>{"gateway_namespace", "target_cluster_name", "gateway_name"};
  return *kLabels;
}

}  // namespace

absl::StatusOr<Gateways> Gateways::Plan(const viz::GatewaysRequest& request,
                                        const StatsOptions& options) {
  Gateways gateways;
  GOSSAMER_ASSIGN_OR_RETURN(gateways.window_, ParseTimeWindow(request.time_window(), options));
  if (!request.remote_cluster_name().empty()) {
    gateways.selector_.Equal("target_cluster_name", request.remote_cluster_name());
  }
  if (!request.gateway_namespace().empty()) {
    gateways.selector_.Equal("gateway_namespace", request.gateway_namespace());
  }
  return gateways;
}

std::vector<std::string> Gateways::Queries() const {
  std::vector<std::string> queries = {absl::StrCat("sum(gateway_alive", selector_.ToString(),
                                                   ") by (", absl::StrJoin(GroupLabels(), ", "),
                                                   ")")};
  for (const char* q : {"0.5", "0.95", "0.99"}) {
    queries.push_back(
        QuantileQuery(q, "gateway_probe_latency_ms_bucket", selector_, GroupLabels(), window_));
  }
  return queries;
}

viz::GatewaysResponse Gateways::Fold(absl::Span<const prom::Vector> answers,
                                     const ClusterSnapshot& cluster) const {
  viz::GatewaysResponse response;
  viz::GatewaysTable* table = response.mutable_ok()->mutable_gateways_table();
  std::map<std::string, viz::GatewaysTable::Row> rows;
  for (const prom::Sample& sample : answers.at(0)) {
    const std::string& cluster_name = sample.Label("target_cluster_name");
    rows[cluster_name].set_cluster_name(cluster_name);
    rows[cluster_name].set_alive(sample.value > 0);
  }
  const auto each = [&](size_t answer, auto set) {
    for (const prom::Sample& sample : answers.at(answer)) {
      const auto row = rows.find(sample.Label("target_cluster_name"));
      if (row != rows.end()) set(row->second, ToCount(sample.value));
    }
  };
  each(1, [](auto& row, uint64_t ms) { row.set_latency_ms_p50(ms); });
  each(2, [](auto& row, uint64_t ms) { row.set_latency_ms_p95(ms); });
  each(3, [](auto& row, uint64_t ms) { row.set_latency_ms_p99(ms); });
  for (const auto& [name, row] : rows) *table->add_rows() = row;
  return response;
}

}  // namespace gossamer::public_api
