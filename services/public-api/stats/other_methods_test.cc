// Authz, TopRoutes and Gateways: their queries and what they make of the answers.

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "services/public-api/stats/authz.h"
#include "services/public-api/stats/gateways.h"
#include "services/public-api/stats/top_routes.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;
using testing::HasSubstr;

viz::Resource Resource(const std::string& type, const std::string& name) {
  viz::Resource resource;
  resource.set_namespace_("shop");
  resource.set_type(type);
  resource.set_name(name);
  return resource;
}

TEST(AuthzTest, MakesARowForEachRouteServerAndAuthorization) {
  viz::AuthzRequest request;
  *request.mutable_resource() = Resource("deployment", "web");
  const absl::StatusOr<Authz> authz = Authz::Plan(request, StatsOptions());
  ASSERT_OK(authz);
  const std::vector<std::string> queries = authz->Queries();
  ASSERT_EQ(queries.size(), 6u);
  EXPECT_EQ(
      queries[5],
      R"(sum(increase(inbound_http_authz_deny_total{namespace="shop", deployment="web"}[1m])) )"
      "by (route_kind, route_name, authz_kind, authz_name, srv_kind, srv_name)");

  const std::map<std::string, std::string> labels = {
      {"route_kind", "default"}, {"route_name", "probe"}, {"authz_kind", "authorizationpolicy"},
      {"authz_name", "allow"},   {"srv_kind", "server"},  {"srv_name", "web-http"}};
  std::map<std::string, std::string> good = labels;
  good["classification"] = "success";
  const std::vector<prom::Vector> answers = {{{good, 30}}, {}, {}, {}, {{labels, 30}}, {}};
  const viz::AuthzResponse response = authz->Fold(answers, ClusterSnapshot());
  ASSERT_EQ(response.ok().stat_table().pod_group().rows_size(), 1);
  const auto& row = response.ok().stat_table().pod_group().rows(0);
  EXPECT_EQ(row.stats().success_count(), 30u);
  EXPECT_EQ(row.srv_stats().allowed_count(), 30u);
  EXPECT_EQ(row.srv_stats().srv().name(), "web-http");
  EXPECT_EQ(row.srv_stats().authz().type(), "authorizationpolicy");
  EXPECT_EQ(row.srv_stats().route().name(), "probe");
}

TEST(AuthzTest, RefusesResourcesThatAreNoWorkloads) {
  EXPECT_THAT(Authz::Plan(viz::AuthzRequest(), StatsOptions()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("missing Resource")));
  viz::AuthzRequest request;
  *request.mutable_resource() = Resource("service", "web");
  EXPECT_THAT(Authz::Plan(request, StatsOptions()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"service\"")));
}

viz::TopRoutesRequest RoutesRequest(const std::string& type) {
  viz::TopRoutesRequest request;
  *request.mutable_selector()->mutable_resource() = Resource(type, "web");
  return request;
}

TEST(TopRoutesTest, AsksForTheRoutesOfAServicesProfile) {
  const absl::StatusOr<TopRoutes> routes =
      TopRoutes::Plan(RoutesRequest("service"), StatsOptions());
  ASSERT_OK(routes);
  EXPECT_EQ(routes->Queries()[0], R"(sum(increase(route_response_total{direction="inbound", )"
                                  R"(dst=~"(web\\.shop\\.svc\\.cluster\\.local)(:\\d+)?"}[1m])) )"
                                  "by (dst, rt_route, classification, tls)");
}

TEST(TopRoutesTest, CountsRetriesUnderTo) {
  viz::TopRoutesRequest request = RoutesRequest("deployment");
  *request.mutable_to_resource() = Resource("service", "cart");
  const absl::StatusOr<TopRoutes> routes = TopRoutes::Plan(request, StatsOptions());
  ASSERT_OK(routes);
  ASSERT_EQ(routes->Queries().size(), 5u);
  const auto sample = [](const char* route, const char* classification, double value) {
    return prom::Sample{{{"namespace", "shop"},
                         {"deployment", "web"},
                         {"dst", "cart.shop.svc.cluster.local:80"},
                         {"rt_route", route},
                         {"classification", classification}},
                        value};
  };
  const std::vector<prom::Vector> answers = {
      {sample("GET /items", "success", 9), sample("", "failure", 2)},
      {},
      {},
      {},
      {sample("GET /items", "success", 9), sample("GET /items", "failure", 3)}};
  const viz::TopRoutesResponse response = routes->Fold(answers, ClusterSnapshot());
  ASSERT_EQ(response.ok().routes_size(), 1);
  const viz::RouteTable& table = response.ok().routes(0);
  EXPECT_EQ(table.resource(), "deployment/web");
  ASSERT_EQ(table.rows_size(), 2);
  EXPECT_EQ(table.rows(0).route(), "[DEFAULT]");
  EXPECT_EQ(table.rows(0).stats().failure_count(), 2u);
  EXPECT_EQ(table.rows(1).route(), "GET /items");
  EXPECT_EQ(table.rows(1).authority(), "cart");
  EXPECT_EQ(table.rows(1).stats().actual_failure_count(), 3u);
}

TEST(TopRoutesTest, RefusesWhatHasNoRoutes) {
  EXPECT_THAT(
      TopRoutes::Plan(viz::TopRoutesRequest(), StatsOptions()).status(),
      StatusIs(absl::StatusCode::kInvalidArgument, "TopRoutes request missing Selector Resource"));
  viz::TopRoutesRequest service = RoutesRequest("service");
  *service.mutable_to_resource() = Resource("service", "cart");
  EXPECT_THAT(TopRoutes::Plan(service, StatsOptions()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "The service resource type is not supported with 'to' queries"));
  viz::TopRoutesRequest workload = RoutesRequest("deployment");
  *workload.mutable_to_resource() = Resource("deployment", "cart");
  EXPECT_THAT(TopRoutes::Plan(workload, StatsOptions()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name the service")));
}

TEST(GatewaysTest, MakesARowForEachClusterThatIsProbed) {
  const absl::StatusOr<Gateways> gateways = Gateways::Plan(viz::GatewaysRequest(), StatsOptions());
  ASSERT_OK(gateways);
  EXPECT_EQ(gateways->Queries()[0],
            "sum(gateway_alive{}) by (gateway_namespace, target_cluster_name, gateway_name)");
  const std::map<std::string, std::string> west = {{"target_cluster_name", "west"}};
  const std::vector<prom::Vector> answers = {{{west, 1}}, {{west, 7}}, {{west, 8}}, {{west, 9}}};
  const viz::GatewaysResponse response = gateways->Fold(answers, ClusterSnapshot());
  ASSERT_EQ(response.ok().gateways_table().rows_size(), 1);
  EXPECT_EQ(
      response.ok().gateways_table().rows(0).ShortDebugString(),
      R"(cluster_name: "west" alive: true latency_ms_p50: 7 latency_ms_p95: 8 latency_ms_p99: 9)");
}

}  // namespace
}  // namespace gossamer::public_api
