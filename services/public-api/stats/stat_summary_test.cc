#include "services/public-api/stats/stat_summary.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;
using testing::ElementsAre;
using testing::HasSubstr;

viz::StatSummaryRequest Request(const std::string& text) {
  viz::StatSummaryRequest request;
  if (!google::protobuf::TextFormat::ParseFromString(text, &request)) ADD_FAILURE() << text;
  return request;
}

std::vector<std::string> QueriesOf(const std::string& text) {
  absl::StatusOr<StatSummary> plan = StatSummary::Plan(Request(text), StatsOptions());
  EXPECT_OK(plan);
  return plan.ok() ? plan->Queries() : std::vector<std::string>();
}

prom::Sample Sample(std::map<std::string, std::string> labels, double value) {
  return {std::move(labels), value};
}

PodInfo Pod(const std::string& ns, const std::string& name, const std::string& deployment) {
  PodInfo pod;
  pod.namespace_name = ns;
  pod.name = name;
  pod.status = "Running";
  pod.owners[ResourceType::kDeployment] = deployment;
  pod.labels["app"] = deployment;
  pod.meshed = true;
  return pod;
}

TEST(StatSummaryQueriesTest, AsksForAWorkloadsInboundTraffic) {
  EXPECT_THAT(
      QueriesOf(R"(selector { resource { namespace: "shop" type: "deployment" name: "web" } }
                   time_window: "1m" tcp_stats: true)"),
      ElementsAre(
          R"(sum(increase(response_total{direction="inbound", namespace="shop", deployment="web"}[1m])) by (namespace, deployment, classification, tls))",
          R"(histogram_quantile(0.5, sum(rate(response_latency_ms_bucket{direction="inbound", namespace="shop", deployment="web"}[1m])) by (le, namespace, deployment)))",
          R"(histogram_quantile(0.95, sum(rate(response_latency_ms_bucket{direction="inbound", namespace="shop", deployment="web"}[1m])) by (le, namespace, deployment)))",
          R"(histogram_quantile(0.99, sum(rate(response_latency_ms_bucket{direction="inbound", namespace="shop", deployment="web"}[1m])) by (le, namespace, deployment)))",
          R"(sum(tcp_open_connections{direction="inbound", namespace="shop", deployment="web"}) by (namespace, deployment))",
          R"(sum(increase(tcp_read_bytes_total{direction="inbound", namespace="shop", deployment="web", peer="src"}[1m])) by (namespace, deployment))",
          R"(sum(increase(tcp_write_bytes_total{direction="inbound", namespace="shop", deployment="web", peer="src"}[1m])) by (namespace, deployment))"));
}

// The first and the last query of a request tell its selectors and its grouping.
struct SelectorCase {
  const char* name;
  const char* request;
  const char* requests_query;
  const char* last_query;
};

class StatSummarySelectorTest : public testing::TestWithParam<SelectorCase> {};

TEST_P(StatSummarySelectorTest, SelectsAndGroupsAsLinkerdDoes) {
  const std::vector<std::string> queries =
      QueriesOf(absl::StrCat(GetParam().request, R"( time_window: "90s" tcp_stats: true)"));
  ASSERT_FALSE(queries.empty());
  EXPECT_EQ(queries.front(), GetParam().requests_query);
  EXPECT_EQ(queries.back(), GetParam().last_query);
}

INSTANTIATE_TEST_SUITE_P(
    All, StatSummarySelectorTest,
    testing::Values(
        SelectorCase{
            "Namespace", R"(selector { resource { type: "namespace" name: "shop" } })",
            R"(sum(increase(response_total{direction="inbound", namespace="shop"}[1m30s])) by (namespace, classification, tls))",
            R"(sum(increase(tcp_write_bytes_total{direction="inbound", namespace="shop", peer="src"}[1m30s])) by (namespace))"},
        SelectorCase{
            "JobsEverywhere", R"(selector { resource { type: "job" } })",
            R"(sum(increase(response_total{direction="inbound"}[1m30s])) by (namespace, k8s_job, classification, tls))",
            R"(sum(increase(tcp_write_bytes_total{direction="inbound", peer="src"}[1m30s])) by (namespace, k8s_job))"},
        SelectorCase{
            "ToAService",
            R"(selector { resource { namespace: "shop" type: "deployment" name: "web" } }
               to_resource { namespace: "back" type: "service" name: "cart" })",
            R"(sum(increase(response_total{direction="outbound", namespace="shop", deployment="web", dst_service="cart", dst_namespace="back"}[1m30s])) by (namespace, deployment, classification, tls))",
            R"(sum(increase(tcp_write_bytes_total{direction="outbound", namespace="shop", deployment="web", dst_service="cart", dst_namespace="back", peer="dst"}[1m30s])) by (namespace, deployment))"},
        SelectorCase{
            "FromADeployment",
            R"(selector { resource { namespace: "shop" type: "deployment" } }
               from_resource { namespace: "shop" type: "deployment" name: "web" })",
            R"(sum(increase(response_total{direction="outbound", namespace="shop", deployment="web"}[1m30s])) by (dst_namespace, dst_deployment, classification, tls))",
            R"(sum(increase(tcp_write_bytes_total{direction="outbound", namespace="shop", deployment="web", peer="dst"}[1m30s])) by (dst_namespace, dst_deployment))"},
        SelectorCase{
            "Service",
            R"(selector { resource { namespace: "shop" type: "service" name: "web.1" } })",
            R"(sum(increase(response_total{direction="outbound", authority=~"^web\\.1\\.shop\\.svc\\.cluster\\.local.*"}[1m30s])) by (dst_namespace, dst_service, classification, tls))",
            R"(sum(increase(tcp_write_bytes_total{direction="outbound", authority=~"^web\\.1\\.shop\\.svc\\.cluster\\.local.*", peer="dst"}[1m30s])) by (dst_namespace, dst_service))"},
        SelectorCase{
            "EveryServiceFromAPod",
            R"(selector { resource { type: "service" } }
               from_resource { namespace: "shop" type: "pod" name: "web-1" })",
            R"(sum(increase(response_total{direction="outbound", authority=~"^.+\\..+\\.svc\\.cluster\\.local.*", namespace="shop", pod="web-1"}[1m30s])) by (dst_namespace, dst_service, classification, tls))",
            R"(sum(increase(tcp_write_bytes_total{direction="outbound", authority=~"^.+\\..+\\.svc\\.cluster\\.local.*", namespace="shop", pod="web-1", peer="dst"}[1m30s])) by (dst_namespace, dst_service))"},
        SelectorCase{
            "Server",
            R"(selector { resource { namespace: "shop" type: "server" name: "web-http" } })",
            R"(sum(increase(response_total{srv_kind="server", srv_name="web-http", namespace="shop", direction="inbound"}[1m30s])) by (srv_kind, namespace, srv_name, classification, tls))",
            R"(sum(increase(inbound_http_authz_deny_total{srv_kind="server", srv_name="web-http", namespace="shop"}[1m30s])) by (srv_kind, namespace, srv_name))"},
        SelectorCase{
            "AuthorizationPolicy",
            R"(selector { resource { namespace: "shop" type: "authorizationpolicy" } })",
            R"(sum(increase(response_total{authz_kind="authorizationpolicy", authz_name!="", namespace="shop", direction="inbound"}[1m30s])) by (namespace, authz_name, classification, tls))",
            R"(sum(increase(inbound_http_authz_deny_total{authz_kind="authorizationpolicy", authz_name!="", namespace="shop"}[1m30s])) by (namespace, authz_name))"}),
    [](const auto& info) { return info.param.name; });

TEST(StatSummaryQueriesTest, AsksSixtyThreeQueriesForAllAndNoneForCountsAlone) {
  EXPECT_EQ(QueriesOf(R"(selector { resource { type: "all" } } tcp_stats: true)").size(), 63u);
  EXPECT_EQ(QueriesOf(R"(selector { resource { type: "all" } } skip_stats: true)").size(), 0u);
}

TEST(StatSummaryQueriesTest, KeepsHostileNamesInTheirQuotes) {
  EXPECT_THAT(QueriesOf(R"(selector { resource { type: "pod" name: "a\"} or up{x=\"" } })").front(),
              HasSubstr(R"(pod="a\"} or up{x=\"")"));
}

struct BadCase {
  const char* name;
  const char* request;
  const char* message;
};

class StatSummaryBadRequestTest : public testing::TestWithParam<BadCase> {};

TEST_P(StatSummaryBadRequestTest, IsRefusedWithTheReason) {
  StatsOptions options;
  options.scrape_interval = absl::Seconds(30);
  EXPECT_THAT(StatSummary::Plan(Request(GetParam().request), options).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, StatSummaryBadRequestTest,
    testing::Values(
        BadCase{"Empty", "", "StatSummary request missing Selector Resource"},
        BadCase{"UnknownType", R"(selector { resource { type: "authority" } })",
                "unknown resource type \"authority\""},
        BadCase{"UnknownToType",
                R"(selector { resource { type: "pod" } } to_resource { type: "x" })",
                "unknown resource type \"x\""},
        BadCase{"AllAsFilter",
                R"(selector { resource { type: "pod" } } from_resource { type: "all" })",
                "resource type 'all' is not supported as a filter"},
        BadCase{"FromAService",
                R"(selector { resource { type: "pod" } } from_resource { type: "service" })",
                "service is not supported as a target on 'from' queries"},
        BadCase{"ServiceTo",
                R"(selector { resource { type: "service" } } to_resource { type: "pod" })",
                "or as a target with 'to' queries"},
        BadCase{"PolicyTo",
                R"(selector { resource { type: "server" } } to_resource { type: "pod" })",
                "'to' queries are not supported with policy resources"},
        BadCase{"PolicyFrom",
                R"(selector { resource { type: "httproute" } } from_resource { type: "pod" })",
                "'from' queries are not supported with policy resources"},
        BadCase{"Window", R"(selector { resource { type: "pod" } } time_window: "soon")",
                "invalid time window \"soon\""},
        BadCase{"WindowBelowTheScrapeInterval",
                R"(selector { resource { type: "pod" } } time_window: "15s")",
                "time window (15s) must be at least as long as the Prometheus scrape interval "
                "(30s)"},
        BadCase{"Selector", R"(selector { resource { type: "pod" } label_selector: "=" })",
                "invalid label selector"}),
    [](const auto& info) { return info.param.name; });

class StatSummaryFoldTest : public testing::Test {
 protected:
  StatSummaryFoldTest() {
    cluster_.pods = {Pod("shop", "web-1", "web"), Pod("shop", "web-2", "web"),
                     Pod("shop", "idle-1", "idle"), Pod("other", "x-1", "x")};
    cluster_.pods[1].meshed = false;
    cluster_.complete = true;
  }

  // Answers of a deployment's seven queries.
  static std::vector<prom::Vector> Answers(std::map<std::string, std::string> labels) {
    const auto with = [&](const char* name, const char* value) {
      auto copy = labels;
      copy[name] = value;
      return copy;
    };
    return {{Sample(with("classification", "success"), 94.6),
             Sample(with("classification", "failure"), 5.4)},
            {Sample(labels, 2.4)},
            {Sample(labels, 9.5)},
            {Sample(labels, NAN)},
            {Sample(labels, 6)},
            {Sample(labels, 1000.4)},
            {Sample(labels, 2000)}};
  }

  std::string Fold(const std::string& request, const std::vector<prom::Vector>& answers) {
    absl::StatusOr<StatSummary> plan = StatSummary::Plan(Request(request), StatsOptions());
    EXPECT_OK(plan);
    std::string rows;
    const viz::StatSummaryResponse response = plan->Fold(answers, cluster_);
    for (const viz::StatTable& table : response.ok().stat_tables()) {
      for (const auto& row : table.pod_group().rows()) {
        absl::StrAppend(&rows, row.ShortDebugString(), "\n");
      }
    }
    return rows;
  }

  ClusterSnapshot cluster_;
};

TEST_F(StatSummaryFoldTest, MakesARowForEveryObjectWithOrWithoutTraffic) {
  EXPECT_EQ(
      Fold(R"(selector { resource { namespace: "shop" type: "deployment" } }
              time_window: "1m" tcp_stats: true)",
           Answers({{"namespace", "shop"}, {"deployment", "web"}})),
      R"(resource { namespace: "shop" type: "deployment" name: "idle" } time_window: "1m" meshed_pod_count: 1 running_pod_count: 1
resource { namespace: "shop" type: "deployment" name: "web" } time_window: "1m" meshed_pod_count: 1 running_pod_count: 2 stats { success_count: 95 failure_count: 5 latency_ms_p50: 2 latency_ms_p95: 10 } tcp_stats { open_connections: 6 read_bytes_total: 1000 write_bytes_total: 2000 }
)");
}

TEST_F(StatSummaryFoldTest, LeavesOutWhatTheClusterDoesNotHave) {
  EXPECT_EQ(Fold(R"(selector { resource { namespace: "gone" type: "deployment" } })",
                 Answers({{"namespace", "gone"}, {"deployment", "web"}})),
            "");
  cluster_.complete = false;
  EXPECT_THAT(Fold(R"(selector { resource { namespace: "gone" type: "deployment" } })",
                   Answers({{"namespace", "gone"}, {"deployment", "web"}})),
              HasSubstr("success_count: 95"));
}

TEST_F(StatSummaryFoldTest, KeepsOnlyTrafficUnderAFilter) {
  EXPECT_EQ(
      Fold(R"(selector { resource { namespace: "shop" type: "deployment" } }
              from_resource { namespace: "shop" type: "deployment" name: "web" })",
           {{Sample({{"dst_namespace", "shop"},
                     {"dst_deployment", "idle"},
                     {"classification", "success"}},
                    10)},
            {},
            {},
            {}}),
      R"(resource { namespace: "shop" type: "deployment" name: "idle" } meshed_pod_count: 1 running_pod_count: 1 stats { success_count: 10 }
)");
}

TEST_F(StatSummaryFoldTest, ShowsTcpTrafficWithoutRequests) {
  std::vector<prom::Vector> answers = Answers({{"namespace", "shop"}, {"deployment", "idle"}});
  answers[0].clear();
  const std::string rows = Fold(R"(selector { resource { type: "deployment" name: "idle" } }
                                   tcp_stats: true)",
                                answers);
  EXPECT_THAT(rows, HasSubstr("open_connections: 6"));
  EXPECT_THAT(rows, testing::Not(HasSubstr("success_count")));
}

TEST_F(StatSummaryFoldTest, AppliesLabelSelectors) {
  EXPECT_THAT(Fold(R"(selector { resource { type: "deployment" } label_selector: "app=web" })",
                   {{}, {}, {}, {}}),
              testing::AllOf(HasSubstr("name: \"web\""), testing::Not(HasSubstr("idle"))));
}

TEST_F(StatSummaryFoldTest, CountsPodsPerNamespaceAndShowsTheirStatus) {
  EXPECT_EQ(
      Fold(R"(selector { resource { type: "namespace" name: "shop" } } skip_stats: true)", {}),
      R"(resource { type: "namespace" name: "shop" } meshed_pod_count: 2 running_pod_count: 3
)");
  cluster_.pods[0].failed = true;
  cluster_.pods[0].status = "Failed";
  EXPECT_EQ(
      Fold(R"(selector { resource { type: "pod" name: "web-1" } } skip_stats: true)", {}),
      R"(resource { namespace: "shop" type: "pod" name: "web-1" } failed_pod_count: 1 status: "Failed"
)");
}

}  // namespace
}  // namespace gossamer::public_api
