#include "services/public-api/stats/stat_summary.h"

#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "lib/status/status_macros.h"
#include "services/public-api/stats/objects.h"
#include "services/public-api/stats/scope.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;
using Row = viz::StatTable::PodGroup::Row;

absl::Status CheckFilters(const Target& target, const std::optional<Target>& to,
                          const std::optional<Target>& from) {
  for (const std::optional<Target>* filter : {&to, &from}) {
    if (filter->has_value() && (*filter)->type == ResourceType::kAll) {
      return absl::InvalidArgumentError("resource type 'all' is not supported as a filter");
    }
  }
  if ((from.has_value() && from->type == ResourceType::kService) ||
      (to.has_value() && target.type == ResourceType::kService)) {
    return absl::InvalidArgumentError(
        "service is not supported as a target on 'from' queries, or as a target with 'to' queries");
  }
  if (IsPolicy(target.type) && (to.has_value() || from.has_value())) {
    return absl::InvalidArgumentError(
        to.has_value()
            ? "'to' queries are not supported with policy resources, as they have inbound metrics "
              "only"
            : "'from' queries are not supported with policy resources, as they have inbound "
              "metrics only");
  }
  return absl::OkStatus();
}

// Where a group's namespace and name stand: last in its key, and the namespace before the name.
ObjectKey KeyOf(ResourceType type, const GroupKey& group) {
  if (type == ResourceType::kNamespace) return {"", group.back()};
  return {group[group.size() - 2], group.back()};
}

void SetStats(const Totals& totals, Row* row) {
  if (totals.HasRequests()) {
    viz::BasicStats* stats = row->mutable_stats();
    stats->set_success_count(totals.success);
    stats->set_failure_count(totals.failure);
    stats->set_latency_ms_p50(totals.latency_ms_p50);
    stats->set_latency_ms_p95(totals.latency_ms_p95);
    stats->set_latency_ms_p99(totals.latency_ms_p99);
  }
  if (totals.has_tcp) {
    viz::TcpStats* tcp = row->mutable_tcp_stats();
    tcp->set_open_connections(totals.open_connections);
    tcp->set_read_bytes_total(totals.read_bytes);
    tcp->set_write_bytes_total(totals.write_bytes);
  }
}

void SetServerStats(ResourceType type, const GroupKey& group, const Totals& totals, Row* row) {
  viz::ServerStats* stats = row->mutable_srv_stats();
  stats->set_allowed_count(totals.allowed);
  stats->set_denied_count(totals.denied);
  if (type != ResourceType::kHttpRoute || group.size() < 3) return;
  stats->mutable_srv()->set_name(group[0]);
  stats->mutable_srv()->set_type(group[1]);
  stats->mutable_route()->set_type(group[2]);
  stats->mutable_route()->set_name(group.back());
}

}  // namespace

absl::StatusOr<StatSummary> StatSummary::Plan(const viz::StatSummaryRequest& request,
                                              const StatsOptions& options) {
  if (!request.selector().has_resource()) {
    return absl::InvalidArgumentError("StatSummary request missing Selector Resource");
  }
  StatSummary summary;
  summary.request_ = request;
  GOSSAMER_ASSIGN_OR_RETURN(const Target target, Target::Parse(request.selector().resource()));
  if (request.has_to_resource()) {
    GOSSAMER_ASSIGN_OR_RETURN(summary.to_, Target::Parse(request.to_resource()));
  }
  if (request.has_from_resource()) {
    GOSSAMER_ASSIGN_OR_RETURN(summary.from_, Target::Parse(request.from_resource()));
  }
  GOSSAMER_RETURN_IF_ERROR(CheckFilters(target, summary.to_, summary.from_));
  GOSSAMER_ASSIGN_OR_RETURN(summary.window_, ParseTimeWindow(request.time_window(), options));
  GOSSAMER_ASSIGN_OR_RETURN(summary.selector_,
                            LabelSelector::Parse(request.selector().label_selector()));
  if (target.type != ResourceType::kAll) {
    summary.tables_.push_back({target, summary.ScopeOf(target, options)});
    return summary;
  }
  for (const ResourceType type : TypesOfAll()) {
    // A service cannot be the target of --to; the other types of "all" can.
    if (type == ResourceType::kService && summary.to_.has_value()) continue;
    const Target one{type, target.namespace_name, target.name};
    summary.tables_.push_back({one, summary.ScopeOf(one, options)});
  }
  return summary;
}

Scope StatSummary::ScopeOf(const Target& target, const StatsOptions& options) const {
  return StatScope(target, to_, from_, request_.tcp_stats(), options.cluster_domain);
}

std::vector<std::string> StatSummary::Queries() const {
  std::vector<std::string> queries;
  if (request_.skip_stats()) return queries;
  for (const Table& table : tables_) {
    for (std::string& query : SeriesQueries(table.scope, window_)) {
      queries.push_back(std::move(query));
    }
  }
  return queries;
}

viz::StatSummaryResponse StatSummary::Fold(absl::Span<const prom::Vector> answers,
                                           const ClusterSnapshot& cluster) const {
  viz::StatSummaryResponse response;
  viz::StatSummaryResponse::Ok* ok = response.mutable_ok();
  for (const Table& table : tables_) {
    Groups groups;
    if (!request_.skip_stats()) {
      const size_t count = SeriesQueries(table.scope, window_).size();
      groups = FoldSeries(table.scope, answers.subspan(0, count));
      answers.remove_prefix(count);
    }
    *ok->add_stat_tables() = FoldTable(table, groups, cluster);
  }
  return response;
}

viz::StatTable StatSummary::FoldTable(const Table& table, const Groups& groups,
                                      const ClusterSnapshot& cluster) const {
  const ResourceType type = table.target.type;
  const Objects objects = ObjectsOf(cluster, table.target, selector_);
  // Services are many and mostly idle, and a filter asks who talks to whom: only traffic counts.
  const bool traffic_only = type == ResourceType::kService || to_.has_value() || from_.has_value();
  const bool may_be_unlisted = IsPolicy(type) || (!cluster.complete && selector_.SelectsAll());

  std::multimap<ObjectKey, const Groups::value_type*> found;
  for (const auto& group : groups) {
    const ObjectKey key = KeyOf(type, group.first);
    const Totals& totals = group.second;
    if (key.name.empty() || (!may_be_unlisted && objects.count(key) == 0)) continue;
    if (!totals.HasRequests() && !totals.has_tcp && !totals.HasAuthorizations()) continue;
    found.emplace(key, &group);
  }
  std::set<ObjectKey> keys;
  for (const auto& [key, group] : found) keys.insert(key);
  if (!traffic_only) {
    for (const auto& [key, object] : objects) keys.insert(key);
  }

  viz::StatTable out;
  viz::StatTable::PodGroup* pod_group = out.mutable_pod_group();
  const auto add_row = [&](const ObjectKey& key) {
    Row* row = pod_group->add_rows();
    *row->mutable_resource() = Target{type, key.namespace_name, key.name}.ToResource();
    row->set_time_window(request_.time_window());
    if (const auto object = objects.find(key); object != objects.end()) {
      row->set_meshed_pod_count(object->second.meshed);
      row->set_running_pod_count(object->second.running);
      row->set_failed_pod_count(object->second.failed);
      row->set_status(object->second.status);
    }
    return row;
  };
  for (const ObjectKey& key : keys) {
    const auto [begin, end] = found.equal_range(key);
    if (begin == end) add_row(key);
    for (auto it = begin; it != end; ++it) {
      Row* row = add_row(key);
      SetStats(it->second->second, row);
      if (IsPolicy(type)) SetServerStats(type, it->second->first, it->second->second, row);
    }
  }
  return out;
}

}  // namespace gossamer::public_api
