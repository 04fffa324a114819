// The service as a client sees it: over gRPC, in front of a real Prometheus and of bad ones.

#include "services/public-api/server.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "services/public-api/cluster/metrics_cluster_view.h"
#include "services/public-api/testing/proxies_for_test.h"
#include "services/public-api/testing/real_prometheus.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;
using testing::HasSubstr;

// public-api in this process, in front of `prometheus_url`.
class Service {
 public:
  explicit Service(const std::string& prometheus_url, absl::Duration timeout = absl::Seconds(20))
      : view_("linkerd", "cluster.local") {
    prom::QueryPool::Options pool_options;
    pool_options.client.url = prometheus_url;
    pool_ = prom::QueryPool::Create(pool_options).value();
    VizServer::Options options;
    options.timeout = timeout;
    options.version = "1.2.3";
    service_ = std::make_unique<VizServer>(options, pool_.get(), &view_);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = viz::Api::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  ~Service() {
    server_->Shutdown();
    pool_.reset();  // As main() does: its callbacks use the service.
  }

  viz::Api::Stub& stub() { return *stub_; }

 private:
  MetricsClusterView view_;
  std::unique_ptr<prom::QueryPool> pool_;
  std::unique_ptr<VizServer> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<viz::Api::Stub> stub_;
};

viz::StatSummaryRequest StatRequest(const std::string& type, const std::string& name = "") {
  viz::StatSummaryRequest request;
  viz::Resource* resource = request.mutable_selector()->mutable_resource();
  resource->set_namespace_(type == "namespace" ? "" : "shop");
  resource->set_type(type);
  resource->set_name(name);
  request.set_time_window("5s");
  request.set_tcp_stats(true);
  return request;
}

using Series = ProxiesForTest::Series;

std::string Inbound(const char* metric, const char* more = "") {
  return absl::StrCat(metric, R"({direction="inbound")", more, "}");
}

// web: 95 good and 5 bad requests a second, all between 2 and 3 ms; 1000 bytes read and 3000
// written. It asks cart, secured, and db, not secured.
std::vector<Series> WebSeries() {
  std::vector<Series> series = {
      {Inbound("response_total", R"(, classification="success", tls="true")"), 95},
      {Inbound("response_total", R"(, classification="failure", tls="true")"), 5},
      {Inbound("tcp_open_connections", R"(, peer="src")"), 4, true},
      {Inbound("tcp_read_bytes_total", R"(, peer="src")"), 1000},
      {Inbound("tcp_write_bytes_total", R"(, peer="src")"), 3000},
      {R"(tcp_open_connections{direction="outbound", peer="dst", dst_namespace="shop", )"
       R"(dst_deployment="cart", dst_service="cart", tls="true", server_id="cart.shop"})",
       1, true},
      {R"(tcp_open_connections{direction="outbound", peer="dst", dst_namespace="shop", )"
       R"(dst_deployment="db", tls="no_identity", no_tls_reason="not_provided_by_remote"})",
       2, true},
      {R"(tcp_open_total{direction="outbound", peer="dst", dst_namespace="shop", )"
       R"(dst_service="cart"})",
       1},
      {R"(response_total{direction="outbound", classification="success", dst_namespace="shop", )"
       R"(dst_deployment="cart", dst_service="cart", authority="cart.shop.svc.cluster.local:80"})",
       20},
      {"process_start_time_seconds", 1700000000, true},
  };
  for (const char* le : {"1", "2", "3", "4", "+Inf"}) {
    const bool above = std::string(le) != "1" && std::string(le) != "2";
    series.push_back(
        {Inbound("response_latency_ms_bucket", absl::StrCat(R"(, le=")", le, R"(")").c_str()),
         above ? 100.0 : 0.0});
  }
  return series;
}

std::vector<Series> StoreSeries() {
  return {{Inbound("tcp_open_connections", R"(, peer="src")"), 7, true},
          {Inbound("tcp_read_bytes_total", R"(, peer="src")"), 500},
          {Inbound("tcp_write_bytes_total", R"(, peer="src")"), 250},
          {"process_start_time_seconds", 1700000000, true}};
}

class RealPrometheusTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    proxies_ = new ProxiesForTest({{"web-1", WebSeries()}, {"store-0", StoreSeries()}});
    const std::string address = absl::StrCat("127.0.0.1:", proxies_->port());
    prometheus_ = new RealPrometheus({
        {address,
         "/web-1/metrics",
         {{"namespace", "shop"},
          {"pod", "web-1"},
          {"deployment", "web"},
          {"serviceaccount", "web-account"}}},
        {address,
         "/store-0/metrics",
         {{"namespace", "shop"}, {"pod", "store-0"}, {"statefulset", "store"}}},
        {address,
         "/gone/metrics",
         {{"namespace", "shop"}, {"pod", "gone-1"}, {"deployment", "gone"}}},
        {address, "/web-1/metrics", {{"pod", "has-no-namespace"}}},
    });
    ASSERT_TRUE(prometheus_->WaitUntilReady());
    service_ = new Service(prometheus_->url());
    WaitForAFullWindow();
  }
  static void TearDownTestSuite() {
    delete service_;
    delete prometheus_;
    delete proxies_;
  }

  // Until the rates over the window have settled.
  static void WaitForAFullWindow() {
    const absl::Time deadline = absl::Now() + absl::Seconds(40);
    while (absl::Now() < deadline) {
      const viz::StatSummaryResponse response = Stat(StatRequest("deployment", "web"));
      if (response.ok().stat_tables_size() == 1 &&
          response.ok().stat_tables(0).pod_group().rows_size() == 1 &&
          response.ok().stat_tables(0).pod_group().rows(0).stats().success_count() > 460) {
        return;
      }
      absl::SleepFor(absl::Milliseconds(200));
    }
  }

  static viz::StatSummaryResponse Stat(const viz::StatSummaryRequest& request) {
    grpc::ClientContext context;
    viz::StatSummaryResponse response;
    const grpc::Status status = service_->stub().StatSummary(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static viz::StatTable::PodGroup::Row OnlyRow(const viz::StatSummaryRequest& request) {
    const viz::StatSummaryResponse response = Stat(request);
    EXPECT_EQ(response.ok().stat_tables_size(), 1) << response.DebugString();
    EXPECT_EQ(response.ok().stat_tables(0).pod_group().rows_size(), 1) << response.DebugString();
    if (response.ok().stat_tables(0).pod_group().rows_size() != 1) return {};
    return response.ok().stat_tables(0).pod_group().rows(0);
  }

  static ProxiesForTest* proxies_;
  static RealPrometheus* prometheus_;
  static Service* service_;
};

ProxiesForTest* RealPrometheusTest::proxies_ = nullptr;
RealPrometheus* RealPrometheusTest::prometheus_ = nullptr;
Service* RealPrometheusTest::service_ = nullptr;

// The window may hold some scrapes more or less: on a busy machine they come late.
testing::Matcher<uint64_t> About(uint64_t expected) {
  return testing::AllOf(testing::Ge(expected * 3 / 4), testing::Le(expected * 5 / 4));
}

TEST_F(RealPrometheusTest, TellsSuccessRateLatencyAndBytesOfADeployment) {
  const auto row = OnlyRow(StatRequest("deployment", "web"));
  EXPECT_EQ(row.meshed_pod_count(), 1u);
  EXPECT_EQ(row.running_pod_count(), 1u);
  EXPECT_THAT(row.stats().success_count(), About(475));
  EXPECT_THAT(row.stats().failure_count(), testing::AllOf(testing::Ge(22u), testing::Le(28u)));
  EXPECT_EQ(row.stats().latency_ms_p50(), 3u);  // 2.5, rounded.
  EXPECT_EQ(row.stats().latency_ms_p99(), 3u);
  EXPECT_EQ(row.tcp_stats().open_connections(), 4u);
  EXPECT_THAT(row.tcp_stats().read_bytes_total(), About(5000));
  EXPECT_THAT(row.tcp_stats().write_bytes_total(), About(15000));
}

TEST_F(RealPrometheusTest, TellsTcpOfWhatSpeaksNoHttp) {
  const auto row = OnlyRow(StatRequest("statefulset"));
  EXPECT_EQ(row.resource().name(), "store");
  EXPECT_FALSE(row.has_stats());
  EXPECT_EQ(row.tcp_stats().open_connections(), 7u);
  EXPECT_THAT(row.tcp_stats().read_bytes_total(), About(2500));
}

TEST_F(RealPrometheusTest, TellsWhoAskedWhom) {
  viz::StatSummaryRequest request = StatRequest("deployment");
  request.mutable_from_resource()->set_type("deployment");
  request.mutable_from_resource()->set_namespace_("shop");
  request.mutable_from_resource()->set_name("web");
  request.set_tcp_stats(false);
  const auto row = OnlyRow(request);
  EXPECT_EQ(row.resource().name(), "cart");
  EXPECT_THAT(row.stats().success_count(), About(100));

  const auto service_row = OnlyRow(StatRequest("service", "cart"));
  EXPECT_EQ(service_row.resource().name(), "cart");
  EXPECT_THAT(service_row.stats().success_count(), About(100));
}

TEST_F(RealPrometheusTest, AnswersForAllTypesAndNamespaces) {
  EXPECT_EQ(Stat(StatRequest("all")).ok().stat_tables_size(), 9);
  const auto row = OnlyRow(StatRequest("namespace", "shop"));
  EXPECT_EQ(row.meshed_pod_count(), 3u);
  EXPECT_THAT(row.stats().success_count(), About(475));
}

TEST_F(RealPrometheusTest, TellsEdgesAndWhichAreSecured) {
  viz::EdgesRequest request;
  request.mutable_selector()->mutable_resource()->set_type("deployment");
  grpc::ClientContext context;
  viz::EdgesResponse response;
  ASSERT_TRUE(service_->stub().Edges(&context, request, &response).ok());
  ASSERT_EQ(response.ok().edges_size(), 2) << response.DebugString();
  EXPECT_EQ(response.ok().edges(0).dst().name(), "cart");
  EXPECT_EQ(response.ok().edges(0).client_id(),
            "web-account.shop.serviceaccount.identity.linkerd.cluster.local");
  EXPECT_EQ(response.ok().edges(0).no_identity_msg(), "");
  EXPECT_EQ(response.ok().edges(1).dst().name(), "db");
  EXPECT_EQ(response.ok().edges(1).no_identity_msg(), "Not Provided By Remote");
}

TEST_F(RealPrometheusTest, ListsPodsAndWhichAnswerPrometheus) {
  grpc::ClientContext context;
  viz::ListPodsResponse response;
  ASSERT_TRUE(service_->stub().ListPods(&context, viz::ListPodsRequest(), &response).ok());
  ASSERT_EQ(response.pods_size(), 3) << response.DebugString();
  EXPECT_EQ(response.pods(0).name(), "shop/gone-1");
  EXPECT_FALSE(response.pods(0).added());
  EXPECT_FALSE(response.pods(0).proxyready());
  EXPECT_EQ(response.pods(2).name(), "shop/web-1");
  EXPECT_EQ(response.pods(2).deployment(), "shop/web");
  EXPECT_EQ(response.pods(2).podip(), "127.0.0.1");
  EXPECT_TRUE(response.pods(2).added());
  EXPECT_TRUE(response.pods(2).proxyready());
  EXPECT_LT(response.pods(2).sincelastreport().seconds(), 10);
  EXPECT_GT(response.pods(2).uptime().seconds(), 86400);
}

TEST_F(RealPrometheusTest, ListsServicesAndGatewaysAndAuthorizationsWithoutAny) {
  grpc::ClientContext services_context;
  viz::ListServicesResponse services;
  ASSERT_TRUE(
      service_->stub().ListServices(&services_context, viz::ListServicesRequest(), &services).ok());
  ASSERT_EQ(services.services_size(), 1);
  EXPECT_EQ(services.services(0).name(), "cart");

  grpc::ClientContext gateways_context;
  viz::GatewaysResponse gateways;
  ASSERT_TRUE(service_->stub().Gateways(&gateways_context, viz::GatewaysRequest(), &gateways).ok());
  EXPECT_EQ(gateways.ok().gateways_table().rows_size(), 0);
  EXPECT_TRUE(gateways.has_ok());

  viz::TopRoutesRequest routes_request;
  *routes_request.mutable_selector() = StatRequest("deployment").selector();
  grpc::ClientContext routes_context;
  viz::TopRoutesResponse routes;
  ASSERT_TRUE(service_->stub().TopRoutes(&routes_context, routes_request, &routes).ok());
  EXPECT_EQ(routes.error().error(), "No Service Profiles found for selected resources");
}

TEST_F(RealPrometheusTest, ChecksItselfAndSaysItsVersion) {
  grpc::ClientContext context;
  viz::SelfCheckResponse response;
  ASSERT_TRUE(service_->stub().SelfCheck(&context, viz::SelfCheckRequest(), &response).ok());
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).subsystemname(), "prometheus");
  EXPECT_EQ(response.results(0).status(), viz::OK) << response.DebugString();
  const auto version = context.GetServerInitialMetadata().find("gossamer-version");
  ASSERT_NE(version, context.GetServerInitialMetadata().end());
  EXPECT_EQ(std::string(version->second.data(), version->second.size()), "1.2.3");
}

TEST_F(RealPrometheusTest, RefusesWindowsBelowTheScrapeInterval) {
  viz::StatSummaryRequest request = StatRequest("deployment");
  request.set_time_window("500ms");
  EXPECT_THAT(Stat(request).error().error(),
              HasSubstr("must be at least as long as the Prometheus scrape interval (1s)"));
}

TEST_F(RealPrometheusTest, AnswersMalformedRequestsInTheResponse) {
  viz::StatSummaryRequest request = StatRequest("deploymend");
  const viz::StatSummaryResponse response = Stat(request);
  EXPECT_EQ(response.error().error(), "unknown resource type \"deploymend\"");
  EXPECT_EQ(response.error().resource().type(), "deploymend");
}

// What a client gets for each way in which Prometheus fails.
grpc::Status StatWith(const std::string& url, absl::Duration timeout = absl::Seconds(20)) {
  Service service(url, timeout);
  grpc::ClientContext context;
  viz::StatSummaryResponse response;
  return service.stub().StatSummary(&context, StatRequest("deployment"), &response);
}

class BadServer {
 public:
  explicit BadServer(httplib::Server::Handler handler) {
    server_.Post(".*", handler);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~BadServer() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

TEST(BadPrometheusTest, IsUnavailableWhenItIsDown) {
  const grpc::Status status = StatWith("http://127.0.0.1:1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(
      status.error_message(),
      HasSubstr("Prometheus at http://127.0.0.1:1: POST http://127.0.0.1:1: cannot connect"));

  Service service("http://127.0.0.1:1");
  grpc::ClientContext context;
  viz::SelfCheckResponse response;
  ASSERT_TRUE(service.stub().SelfCheck(&context, viz::SelfCheckRequest(), &response).ok());
  EXPECT_EQ(response.results(0).status(), viz::ERROR);
  EXPECT_THAT(response.results(0).friendlymessagetouser(),
              HasSubstr("Error calling Prometheus from the control plane: "));
}

TEST(BadPrometheusTest, IsLateWhenItIsSlow) {
  absl::Notification release;
  BadServer slow(
      [&](const httplib::Request&, httplib::Response&) { release.WaitForNotification(); });
  const grpc::Status status = StatWith(slow.url(), absl::Milliseconds(100));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("Prometheus"));
  release.Notify();
}

TEST(BadPrometheusTest, IsNamedWhenItTalksGarbage) {
  BadServer garbage([](const httplib::Request&, httplib::Response& response) {
    response.set_content("{\"hello\": ", "application/json");
  });
  const grpc::Status status = StatWith(garbage.url());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(),
              HasSubstr(absl::StrCat("Prometheus at ", garbage.url(),
                                     ": the reply is not Prometheus's: it is no JSON")));
}

}  // namespace
}  // namespace gossamer::public_api
