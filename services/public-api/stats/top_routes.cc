#include "services/public-api/stats/top_routes.h"

#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/status/status_macros.h"
#include "services/public-api/stats/objects.h"
#include "services/public-api/stats/scope.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

// A request that no route of the profile matches.
constexpr char kDefaultRoute[] = "[DEFAULT]";

// "web.shop.svc.cluster.local:80" is of the service "web".
std::string ServiceOf(absl::string_view dst) { return std::string(dst.substr(0, dst.find('.'))); }

void SetRow(const std::string& route, const std::string& service, const Totals& totals,
            const std::string& window, viz::RouteTable::Row* row) {
  row->set_route(route.empty() ? kDefaultRoute : route);
  row->set_authority(service);
  row->set_time_window(window);
  viz::BasicStats* stats = row->mutable_stats();
  stats->set_success_count(totals.success);
  stats->set_failure_count(totals.failure);
  stats->set_latency_ms_p50(totals.latency_ms_p50);
  stats->set_latency_ms_p95(totals.latency_ms_p95);
  stats->set_latency_ms_p99(totals.latency_ms_p99);
  stats->set_actual_success_count(totals.actual_success);
  stats->set_actual_failure_count(totals.actual_failure);
}

}  // namespace

absl::StatusOr<TopRoutes> TopRoutes::Plan(const viz::TopRoutesRequest& request,
                                          const StatsOptions& options) {
  if (!request.selector().has_resource()) {
    return absl::InvalidArgumentError("TopRoutes request missing Selector Resource");
  }
  TopRoutes routes;
  routes.request_ = request;
  GOSSAMER_ASSIGN_OR_RETURN(routes.target_, Target::Parse(request.selector().resource()));
  GOSSAMER_ASSIGN_OR_RETURN(routes.window_, ParseTimeWindow(request.time_window(), options));
  GOSSAMER_ASSIGN_OR_RETURN(routes.selector_,
                            LabelSelector::Parse(request.selector().label_selector()));
  const Target& target = routes.target_;
  if (IsPolicy(target.type) || target.type == ResourceType::kAll) {
    return absl::InvalidArgumentError(
        absl::StrCat("TopRoutes is about workloads and services, not about type \"",
                     CanonicalName(target.type), "\""));
  }
  std::optional<Target> service;
  if (target.type == ResourceType::kService) service = target;
  if (request.has_to_resource()) {
    if (service.has_value()) {
      return absl::InvalidArgumentError(
          "The service resource type is not supported with 'to' queries");
    }
    GOSSAMER_ASSIGN_OR_RETURN(service, Target::Parse(request.to_resource()));
    if (service->type != ResourceType::kService) {
      return absl::InvalidArgumentError(
          absl::StrCat("routes are of services: name the service in front of ", service->name,
                       " as the 'to' resource, not type \"", CanonicalName(service->type), "\""));
    }
  }

  Scope& scope = routes.scope_;
  scope.request_metric = "route_response_total";
  scope.latency_metric = "route_response_latency_ms_bucket";
  scope.requests.Equal("direction", request.has_to_resource() ? "outbound" : "inbound");
  if (target.type != ResourceType::kService) {
    target.SelectAsOwner(&scope.requests);
    if (target.type != ResourceType::kNamespace) scope.group_by.push_back("namespace");
    scope.group_by.emplace_back(MetricLabel(target.type));
  }
  if (service.has_value()) {
    scope.requests.Regex(
        "dst", absl::StrCat("(", ServiceNameRegex(*service, options.cluster_domain), ")(:\\d+)?"));
  }
  if (request.has_to_resource()) scope.actual_request_metric = "route_actual_response_total";
  scope.group_by.push_back("dst");
  scope.group_by.push_back("rt_route");
  return routes;
}

std::vector<std::string> TopRoutes::Queries() const { return SeriesQueries(scope_, window_); }

viz::TopRoutesResponse TopRoutes::Fold(absl::Span<const prom::Vector> answers,
                                       const ClusterSnapshot& cluster) const {
  viz::TopRoutesResponse response;
  const Objects objects = ObjectsOf(cluster, target_, selector_);
  std::map<ObjectKey, viz::RouteTable> tables;
  for (const auto& [key, totals] : FoldSeries(scope_, answers)) {
    const std::string& dst = key[key.size() - 2];
    // A service's table is named after the service, any other after its first labels.
    ObjectKey object{"", key[0]};
    if (target_.type == ResourceType::kService) {
      object.name = ServiceOf(dst);
    } else if (target_.type != ResourceType::kNamespace) {
      object = {key[0], key[1]};
    }
    if (object.name.empty()) continue;
    if (!selector_.SelectsAll() && objects.count(object) == 0) continue;
    viz::RouteTable& table = tables[object];
    table.set_resource(absl::StrCat(CanonicalName(target_.type), "/", object.name));
    SetRow(key.back(), ServiceOf(dst), totals, request_.time_window(), table.add_rows());
  }
  if (tables.empty()) {
    *response.mutable_error() =
        ErrorFor(request_.selector().resource(),
                 absl::NotFoundError("No Service Profiles found for selected resources"));
    return response;
  }
  for (const auto& [object, table] : tables) *response.mutable_ok()->add_routes() = table;
  return response;
}

}  // namespace gossamer::public_api
