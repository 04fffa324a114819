#include "services/public-api/stats/authz.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

viz::Resource Named(const std::string& type, const std::string& namespace_name,
                    const std::string& name) {
  viz::Resource resource;
  resource.set_type(type);
  resource.set_namespace_(namespace_name);
  resource.set_name(name);
  return resource;
}

}  // namespace

absl::StatusOr<Authz> Authz::Plan(const viz::AuthzRequest& request, const StatsOptions& options) {
  if (!request.has_resource()) {
    return absl::InvalidArgumentError("Authz request missing Resource");
  }
  Authz authz;
  authz.request_ = request;
  GOSSAMER_ASSIGN_OR_RETURN(const Target target, Target::Parse(request.resource()));
  if (!IsPodOwner(target.type) && target.type != ResourceType::kPod &&
      target.type != ResourceType::kNamespace) {
    return absl::InvalidArgumentError(
        absl::StrCat("Authz is about workloads, pods or namespaces, not about type \"",
                     CanonicalName(target.type), "\""));
  }
  StatsOptions any_window = options;
  // The scrape interval bounds no Authz request in Linkerd.
  any_window.scrape_interval = absl::ZeroDuration();
  GOSSAMER_ASSIGN_OR_RETURN(authz.window_, ParseTimeWindow(request.time_window(), any_window));
  Scope& scope = authz.scope_;
  prom::Selector labels;
  target.SelectAsOwner(&labels);
  scope.authorizations = labels;
  scope.requests = labels.Equal("direction", "inbound");
  scope.group_by = {"route_kind", "route_name", "authz_kind", "authz_name", "srv_kind", "srv_name"};
  return authz;
}

std::vector<std::string> Authz::Queries() const { return SeriesQueries(scope_, window_); }

viz::AuthzResponse Authz::Fold(absl::Span<const prom::Vector> answers,
                               const ClusterSnapshot& cluster) const {
  viz::AuthzResponse response;
  viz::StatTable::PodGroup* table =
      response.mutable_ok()->mutable_stat_table()->mutable_pod_group();
  const std::string& namespace_name = request_.resource().namespace_();
  for (const auto& [key, totals] : FoldSeries(scope_, answers)) {
    viz::StatTable::PodGroup::Row* row = table->add_rows();
    *row->mutable_resource() = request_.resource();
    row->set_time_window(request_.time_window());
    if (totals.HasRequests()) {
      viz::BasicStats* stats = row->mutable_stats();
      stats->set_success_count(totals.success);
      stats->set_failure_count(totals.failure);
      stats->set_latency_ms_p50(totals.latency_ms_p50);
      stats->set_latency_ms_p95(totals.latency_ms_p95);
      stats->set_latency_ms_p99(totals.latency_ms_p99);
    }
    viz::ServerStats* server = row->mutable_srv_stats();
    server->set_allowed_count(totals.allowed);
    server->set_denied_count(totals.denied);
    *server->mutable_route() = Named(key[0], namespace_name, key[1]);
    *server->mutable_authz() = Named(key[2], namespace_name, key[3]);
    *server->mutable_srv() = Named(key[4], namespace_name, key[5]);
  }
  return response;
}

}  // namespace gossamer::public_api
