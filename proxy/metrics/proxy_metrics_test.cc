#include "proxy/metrics/proxy_metrics.h"

#include <errno.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/time/fake_clock.h"

namespace gossamer::proxy {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Expose(const ProxyMetrics& metrics) {
  std::string out;
  const auto sink = [&](absl::string_view piece) { absl::StrAppend(&out, piece); };
  metrics.Write(sink);
  return out;
}

net::SocketAddress Address(absl::string_view text) { return *net::SocketAddress::Parse(text); }

const ServerLabels kServer = {{"policy.linkerd.io", "server", "web-http"}, 8080};
const ResourceLabels kRoute = {"", "default", "default"};
const ResourceLabels kAuthz = {"", "default", "all-unauthenticated"};

InboundEndpointLabels InboundEndpoint() {
  InboundEndpointLabels labels;
  labels.target = Address("10.1.2.3:8080");
  labels.tls = InboundTls::True("web.demo");
  labels.server = kServer;
  labels.route = kRoute;
  labels.authz = kAuthz;
  return labels;
}

OutboundEndpointLabels OutboundEndpoint() {
  OutboundEndpointLabels labels;
  labels.authority = "web.demo.svc.cluster.local:80";
  labels.target = Address("10.1.2.3:8080");
  labels.tls = OutboundTls::True("web.demo");
  labels.dst = {{"namespace", "demo"}, {"pod", "web-1"}};
  return labels;
}

class ProxyMetricsTest : public testing::Test {
 protected:
  FakeClock clock_;
  ProxyMetrics metrics_{{.build = {"2026", "abc", "opt", "gossamer", "0.1.0"},
                         .workers = 1,
                         .retain_idle = absl::Minutes(10),
                         .clock = &clock_}};
  InboundMetrics& inbound_ = metrics_.worker(0).inbound;
  OutboundMetrics& outbound_ = metrics_.worker(0).outbound;
};

// The golden lines of names, labels and types: dashboards and public-api depend on each byte.
TEST_F(ProxyMetricsTest, TellsInboundRequests) {
  const HttpRef http = inbound_.Http(InboundEndpoint());
  http->OnRequest();
  http->OnResponse(ResponseEnd::Of(200), absl::Milliseconds(3));
  const std::string labels =
      "direction=\"inbound\",target_addr=\"10.1.2.3:8080\",target_ip=\"10.1.2.3\","
      "target_port=\"8080\",tls=\"true\",client_id=\"web.demo\",srv_group=\"policy.linkerd.io\","
      "srv_kind=\"server\",srv_name=\"web-http\",srv_port=\"8080\",route_group=\"\","
      "route_kind=\"default\",route_name=\"default\",authz_group=\"\",authz_kind=\"default\","
      "authz_name=\"all-unauthenticated\"";
  const std::string text = Expose(metrics_);
  EXPECT_THAT(text, HasSubstr("# TYPE request_total counter\nrequest_total{" + labels + "} 1\n"));
  EXPECT_THAT(text, HasSubstr("response_total{" + labels +
                              ",status_code=\"200\",classification=\"success\",grpc_status=\"\","
                              "error=\"\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE response_latency_ms histogram\nresponse_latency_ms_bucket{" +
                              labels + ",status_code=\"200\",le=\"1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(",le=\"3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(",le=\"50000\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("response_latency_ms_sum{" + labels + ",status_code=\"200\"} 3\n"));
}

TEST_F(ProxyMetricsTest, TellsOutboundRequests) {
  const HttpRef http = outbound_.Http(OutboundEndpoint());
  http->OnRequest();
  http->OnResponse(ResponseEnd::Of(200, 14), absl::Milliseconds(3));
  http->OnResponse(ResponseEnd::Failed(0, ResponseEnd::H2Error(8)), absl::Milliseconds(3));
  const std::string labels =
      "direction=\"outbound\",authority=\"web.demo.svc.cluster.local:80\","
      "target_addr=\"10.1.2.3:8080\",target_ip=\"10.1.2.3\",target_port=\"8080\",tls=\"true\","
      "server_id=\"web.demo\",dst_namespace=\"demo\",dst_pod=\"web-1\"";
  const std::string text = Expose(metrics_);
  EXPECT_THAT(text, HasSubstr("request_total{" + labels + "} 1\n"));
  EXPECT_THAT(text, HasSubstr("response_total{" + labels +
                              ",status_code=\"200\",classification=\"failure\",grpc_status=\"14\","
                              "error=\"\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("response_total{" + labels +
                              ",classification=\"failure\",grpc_status=\"\","
                              "error=\"h2(CANCEL)\"} 1\n"));
}

TEST_F(ProxyMetricsTest, TellsConnections) {
  const TcpRef accept =
      inbound_.Accept(Address("10.1.2.3:8080"), InboundTls::None("no_tls_from_remote"), kServer);
  accept->OnOpen();
  accept->OnRead(10);
  accept->OnWrite(20);
  accept->OnClose(ECONNRESET);
  inbound_.Dial()->OnOpen();
  outbound_.Accept(Address("10.1.2.3:80"))->OnOpen();
  outbound_.Dial(OutboundEndpoint())->OnOpen();
  const std::string text = Expose(metrics_);
  const std::string labels =
      "direction=\"inbound\",peer=\"src\",target_addr=\"10.1.2.3:8080\",target_ip=\"10.1.2.3\","
      "target_port=\"8080\",tls=\"no_identity\",no_tls_reason=\"no_tls_from_remote\","
      "srv_group=\"policy.linkerd.io\",srv_kind=\"server\",srv_name=\"web-http\","
      "srv_port=\"8080\"";
  EXPECT_THAT(text, HasSubstr("tcp_open_total{" + labels + "} 1\n"));
  EXPECT_THAT(text, HasSubstr("tcp_open_connections{" + labels + "} 0\n"));
  EXPECT_THAT(text, HasSubstr("tcp_close_total{" + labels + ",errno=\"ECONNRESET\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tcp_read_bytes_total{" + labels + "} 10\n"));
  EXPECT_THAT(text, HasSubstr("tcp_write_bytes_total{" + labels + "} 20\n"));
  EXPECT_THAT(text, HasSubstr("tcp_open_connections{direction=\"inbound\",peer=\"dst\","
                              "tls=\"no_identity\",no_tls_reason=\"loopback\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tcp_open_connections{direction=\"outbound\",peer=\"src\","
                              "target_addr=\"10.1.2.3:80\",target_ip=\"10.1.2.3\","
                              "target_port=\"80\",tls=\"no_identity\","
                              "no_tls_reason=\"loopback\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tcp_open_connections{direction=\"outbound\",peer=\"dst\","
                              "authority=\"web.demo.svc.cluster.local:80\",target_addr="));
}

TEST_F(ProxyMetricsTest, TellsPolicy) {
  const net::SocketAddress target = Address("10.1.2.3:8080");
  const InboundTls tls = InboundTls::True("");
  inbound_.HttpAuthzAllow(target, kServer, kRoute, kAuthz, tls)->cell.Add();
  inbound_.HttpAuthzDeny(target, kServer, kRoute, tls)->cell.Add();
  inbound_.TcpAuthzTerminate(target, kServer, InboundTls::Opaque("x"))->cell.Add();
  inbound_.HttpError("failfast", target, kServer)->cell.Add();
  outbound_.HttpError("i/o")->cell.Add(2);
  inbound_.HttpRefused("request", "bad_line_end", target, kServer)->cell.Add();
  outbound_.HttpRefused("response", "head_too_large")->cell.Add(3);
  const std::string head =
      "{target_addr=\"10.1.2.3:8080\",target_ip=\"10.1.2.3\",target_port=\"8080\","
      "srv_group=\"policy.linkerd.io\",srv_kind=\"server\",srv_name=\"web-http\","
      "srv_port=\"8080\",";
  const std::string text = Expose(metrics_);
  EXPECT_THAT(text,
              HasSubstr("inbound_http_authz_allow_total" + head +
                        "route_group=\"\",route_kind=\"default\",route_name=\"default\","
                        "authz_group=\"\",authz_kind=\"default\","
                        "authz_name=\"all-unauthenticated\",tls=\"true\",client_id=\"\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("inbound_http_authz_deny_total" + head +
                              "route_group=\"\",route_kind=\"default\",route_name=\"default\","
                              "tls=\"true\",client_id=\"\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("inbound_tcp_authz_terminate_total" + head +
                              "tls=\"opaque\",sni=\"x\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("inbound_http_errors_total{error=\"failfast\",target_addr="));
  EXPECT_THAT(text, HasSubstr("outbound_http_errors_total{error=\"i/o\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("inbound_http_refused_messages_total{message=\"request\","
                              "reason=\"bad_line_end\",target_addr="));
  EXPECT_THAT(text, HasSubstr("outbound_http_refused_messages_total{message=\"response\","
                              "reason=\"head_too_large\"} 3\n"));
}

TEST_F(ProxyMetricsTest, TellsRoutesInTheSecondSection) {
  const MetaLabels parent = {"core", "Service", "demo", "web", 80, ""};
  const OutboundRouteLabels route = {"", "default", "", "http"};
  const auto http = outbound_.Route(RouteKind::kHttp, parent, route, "");
  http->request_seconds.Observe(0.2);
  http->statuses.Get({200, RouteStatus::kNone}).Add();
  const auto backend = outbound_.Backend(RouteKind::kGrpc, parent, route, parent);
  backend->statuses.Get({14, RouteStatus::kRefused}).Add();
  const std::string text = Expose(metrics_);
  const std::string labels =
      "parent_group=\"core\",parent_kind=\"Service\",parent_namespace=\"demo\",parent_name=\"web\","
      "parent_port=\"80\",parent_section_name=\"\",route_group=\"\",route_kind=\"default\","
      "route_namespace=\"\",route_name=\"http\"";
  EXPECT_THAT(text, HasSubstr("# UNIT outbound_http_route_request_duration_seconds seconds\n"));
  EXPECT_THAT(text, HasSubstr("outbound_http_route_request_duration_seconds_bucket{" + labels +
                              ",hostname=\"\",le=\"10.0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE outbound_http_route_request_statuses counter\n"));
  EXPECT_THAT(text, HasSubstr("outbound_http_route_request_statuses_total{" + labels +
                              ",hostname=\"\",http_status=\"200\",error=\"\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("backend_section_name=\"\",grpc_status=\"UNAVAILABLE\","
                              "error=\"REFUSED\"} 1\n"));
}

TEST_F(ProxyMetricsTest, TellsTheControlPlane) {
  ControlMetrics& control = metrics_.control();
  control.Http("localhost.:8086", OutboundTls::None("loopback"))->OnRequest();
  control.OnCertificate(absl::FromUnixSeconds(100), absl::FromUnixSeconds(200));
  control.SetTrustAnchorsExpiry(absl::FromUnixSeconds(300));
  control.SetPendingPolicies(2);
  control.Balancer(ControlMetrics::Client::kPolicy, "x:1")->p2c_endpoints.Set(2);
  const std::string text = Expose(metrics_);
  EXPECT_THAT(text, HasSubstr("control_request_total{addr=\"localhost.:8086\",tls=\"no_identity\","
                              "no_tls_reason=\"loopback\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("control_identity_cert_expiration_timestamp_seconds 200\n"));
  EXPECT_THAT(text, HasSubstr("control_identity_cert_refreshes_total{result=\"ok\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("control_identity_trust_anchors_expiration_timestamp_seconds 300\n"));
  EXPECT_THAT(text, HasSubstr("control_policy_pending_ports 2\n"));
  EXPECT_THAT(text, HasSubstr("control_policy_balancer_p2c_endpoints{addr=\"x:1\"} 2\n"));
}

TEST_F(ProxyMetricsTest, TellsTheProcess) {
  clock_.Advance(absl::Seconds(5));
  const std::string text = Expose(metrics_);
  EXPECT_THAT(text, HasSubstr("proxy_build_info{date=\"2026\",git_sha=\"abc\",profile=\"opt\","
                              "vendor=\"gossamer\",version=\"0.1.0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("process_start_time_seconds 1700000000\n"));
  EXPECT_THAT(text, HasSubstr("process_uptime_seconds_total 5\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds "));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

TEST_F(ProxyMetricsTest, AnIdleProxyTellsOnlyOfItself) {
  for (absl::string_view line : absl::StrSplit(Expose(metrics_), '\n')) {
    EXPECT_TRUE(line.empty() || line[0] == '#' || absl::StartsWith(line, "process_") ||
                absl::StartsWith(line, "proxy_build_info"))
        << line;
  }
}

TEST(ProxyMetricsWorkersTest, AddsUpWorkersUnderOneHead) {
  ProxyMetrics metrics({.build = {}, .workers = 2});
  metrics.worker(0).inbound.Http(InboundEndpoint())->OnRequest();
  metrics.worker(1).inbound.Http(InboundEndpoint())->OnRequest();
  metrics.worker(1).outbound.Http(OutboundEndpoint())->OnRequest();
  const std::string text = Expose(metrics);
  EXPECT_THAT(text, HasSubstr("authz_name=\"all-unauthenticated\"} 2\n"));
  const size_t head = text.find("# TYPE request_total ");
  EXPECT_EQ(text.find("# TYPE request_total ", head + 1), std::string::npos);
}

TEST(ProxyMetricsCapTest, ClientsCannotMakeLabelSetsWithoutEnd) {
  ProxyMetrics metrics({});
  InboundEndpointLabels labels = InboundEndpoint();
  for (int i = 0; i < 5000; ++i) {
    labels.authority = absl::StrCat("tenant-", i, ".example");
    metrics.worker(0).inbound.Http(labels)->OnRequest();
  }
  const std::string text = Expose(metrics);
  EXPECT_THAT(text, HasSubstr("request_total{direction=\"inbound\",overflow=\"true\"} 4000\n"));
}

TEST(RegistryTest, EachFamilyStandsOnce) {
  std::set<std::string> names;
  const ProxyMetrics metrics({.build = {}, .workers = 3});
  for (const auto& family : metrics.registry().Describe()) {
    EXPECT_TRUE(names.insert(family.doc.name).second) << family.doc.name;
    EXPECT_FALSE(family.doc.help.empty()) << family.doc.name;
    EXPECT_THAT(family.doc.help, Not(EndsWith("."))) << family.doc.name;
    if (family.dialect == metrics::Dialect::kOpenMetrics && !family.doc.unit.empty()) {
      EXPECT_THAT(family.doc.name, HasSubstr("_" + family.doc.unit));
    }
    EXPECT_EQ(family.doc.type == metrics::Type::kCounter, absl::EndsWith(family.doc.name, "_total"))
        << family.doc.name;
  }
}

TEST(ResponseEndTest, ClassifiesResponses) {
  EXPECT_TRUE(ResponseEnd::Of(200).success);
  EXPECT_TRUE(ResponseEnd::Of(404).success);
  EXPECT_TRUE(ResponseEnd::Of(429).success);
  EXPECT_FALSE(ResponseEnd::Of(500).success);
  EXPECT_FALSE(ResponseEnd::Of(503).success);
  EXPECT_TRUE(ResponseEnd::Of(200, 0).success);
  for (int failure : {2, 4, 7, 13, 14, 15}) EXPECT_FALSE(ResponseEnd::Of(200, failure).success);
  for (int success : {1, 3, 5, 6, 8, 9, 10, 11, 12, 16}) {
    EXPECT_TRUE(ResponseEnd::Of(200, success).success);
  }
  const ResponseEnd missing = ResponseEnd::Of(200, ResponseEnd::kNotGrpc, true);
  EXPECT_TRUE(missing.success);
  EXPECT_EQ(missing.grpc_status, 2);
}

TEST(ProcessMetricsTest, ReadsProc) {
  EXPECT_EQ(ParseThreads("Name:\tx\nThreads:\t7\n"), 7u);
  EXPECT_FALSE(ParseThreads("Name:\tx\n").has_value());
  const auto bytes = ParseNetDev(
      "Inter-|   Receive\n face |bytes\n"
      "    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n"
      "  eth0:1234 1 0 0 0 0 0 0 99 1 0 0 0 0 0 0\n");
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->received, 1234u);
  EXPECT_EQ(bytes->transmitted, 99u);
  EXPECT_FALSE(ParseNetDev("nothing").has_value());
}

TEST(MetricsMarkdownTest, IsWhatTheDocumentSays) {
  std::ifstream file("docs/METRICS.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, MetricsMarkdown()) << "run: bazel run //proxy/metrics:docs";
}

}  // namespace
}  // namespace gossamer::proxy
