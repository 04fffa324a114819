// What `check` and `diagnostics` find out about a mesh.

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/destination/v1/destination.pb.h"
#include "api/viz/v1/viz.pb.h"
#include "cli/testing/app_fixture.h"
#include "cli/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"

namespace gossamer::cli {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace viz = linkerd2::viz;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Parsed;
using testing::Result;
using ::testing::StartsWith;

class CheckTest : public testing::AppFixture {
 protected:
  CheckTest() {
    viz_.checks = Parsed<viz::SelfCheckResponse>(R"(
      results { SubsystemName: "prometheus"
                CheckDescription: "linkerd viz can talk to Prometheus" })");
    viz_.pods = Parsed<viz::ListPodsResponse>(R"(
      pods { name: "shop/web-1" controllerNamespace: "linkerd" added: true proxyReady: true }
      pods { name: "shop/unmeshed" })");
  }
};

TEST_F(CheckTest, PrintsEveryCheckUnderItsHeading) {
  const Result result = Run({"check"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            "gossamer-api\n"
            "------------\n"
            "√ can query public-api\n"
            "√ linkerd viz can talk to Prometheus\n"
            "\n"
            "gossamer-version\n"
            "----------------\n"
            "√ cli and public-api versions match\n"
            "\n"
            "gossamer-data-plane\n"
            "-------------------\n"
            "√ data plane proxies are ready\n"
            "√ data plane proxy metrics are present in Prometheus\n"
            "\n"
            "Status check results are √\n");
  EXPECT_EQ(Run({"check", "-o", "short"}).out, "Status check results are √\n");
}

TEST_F(CheckTest, WarningsDoNotFail) {
  viz_.version = "0.0.1";
  viz_.pods.mutable_pods(0)->set_added(false);
  const Result result = Run({"check", "--wait", "0s", "-o", "short"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, absl::StrCat("gossamer-version\n"
                                     "----------------\n"
                                     "‼ cli and public-api versions match\n"
                                     "    public-api running 0.0.1 but cli running ",
                                     kVersion,
                                     "\n"
                                     "    see docs/CLI.md#check-version for hints\n"
                                     "\n"
                                     "gossamer-data-plane\n"
                                     "-------------------\n"
                                     "‼ data plane proxy metrics are present in Prometheus\n"
                                     "    Data plane metrics not found for shop/web-1.\n"
                                     "    see docs/CLI.md#check-data-plane-metrics for hints\n"
                                     "\n"
                                     "Status check results are √\n"));
}

TEST_F(CheckTest, FailuresEndWithOneAndAHint) {
  viz_.checks.mutable_results(0)->set_status(viz::ERROR);
  viz_.checks.mutable_results(0)->set_friendlymessagetouser("Error calling Prometheus: refused");
  viz_.pods.mutable_pods(0)->set_proxyready(false);
  const Result result = Run({"check", "--wait", "0s"}, /*colors=*/true);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("\033[31;1m×\033[0;22m linkerd viz can talk to Prometheus\n"
                                    "    Error calling Prometheus: refused\n"
                                    "    see docs/CLI.md#check-prometheus for hints\n"));
  EXPECT_THAT(result.out, HasSubstr("    proxies are not ready in shop/web-1\n"));
  EXPECT_THAT(result.out, HasSubstr("Status check results are \033[31;1m×\033[0;22m\n"));
}

TEST_F(CheckTest, WaitsForWhatTimeMends) {
  httplib::Server admin;
  int asked = 0;
  admin.Get("/ready", [&](const httplib::Request&, httplib::Response& response) {
    response.status = ++asked < 2 ? 503 : 200;
  });
  const int port = admin.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { admin.listen_after_bind(); });
  while (!admin.is_running()) std::this_thread::yield();
  const Result result =
      Run({"check", "--wait", "30s", "--identity-admin-addr", absl::StrCat("127.0.0.1:", port)});
  admin.stop();
  thread.join();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(asked, 2);
  EXPECT_THAT(result.out, HasSubstr("gossamer-control-plane\n"
                                    "----------------------\n"
                                    "√ identity is ready\n"));
}

TEST_F(CheckTest, PrintsJson) {
  viz_.version = "0.0.1";
  EXPECT_THAT(Run({"check", "-o", "json"}).out, StartsWith(R"({
  "success": true,
  "categories": [
    {
      "categoryName": "gossamer-api",
      "checks": [
        {
          "description": "can query public-api",
          "result": "success"
        },
        {
          "description": "linkerd viz can talk to Prometheus",
          "result": "success"
        }
      ]
    },
    {
      "categoryName": "gossamer-version",
      "checks": [
        {
          "description": "cli and public-api versions match",
          "hint": "docs/CLI.md#check-version",
)"));
}

TEST_F(CheckTest, StopsWhereNothingAnswers) {
  const Result result = RunBare({"gossamer", "check", "--api-addr", "127.0.0.1:1",
                                 "--destination-admin-addr", "127.0.0.1:1", "--wait", "0s"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out,
            "gossamer-api\n"
            "------------\n"
            "× can query public-api\n"
            "    cannot connect to public-api at 127.0.0.1:1: is it running? Give its address with "
            "--api-addr\n"
            "    see docs/CLI.md#check-public-api for hints\n"
            "\n"
            "gossamer-control-plane\n"
            "----------------------\n"
            "× destination is ready\n"
            "    GET http://127.0.0.1:1: cannot connect\n"
            "    see docs/CLI.md#check-ready for hints\n"
            "\n"
            "Status check results are ×\n");
}

class EndpointsTest : public testing::AppFixture {
 protected:
  Result Ask(std::vector<std::string> args) {
    args.insert(args.begin(), {"diagnostics", "endpoints", "--destination-addr", address_});
    return Run(args);
  }
};

TEST_F(EndpointsTest, PrintsATableForEachNamespace) {
  destination_.updates = {
      Parsed<destination::Update>(R"(
        add { metric_labels { key: "namespace" value: "shop" }
              metric_labels { key: "service" value: "web" }
              addrs { addr { ip { ipv4: 167837954 } port: 8080 } weight: 10000
                      metric_labels { key: "pod" value: "web-1" }
                      tls_identity { dns_like_identity { name: "web.shop.id" } } } })"),
      Parsed<destination::Update>(R"(
        add { metric_labels { key: "namespace" value: "back" }
              metric_labels { key: "service" value: "cart" }
              addrs { addr { ip { ipv6 { first: 18230571291595767808 last: 18 } } port: 1 } } })"),
      Parsed<destination::Update>(R"(remove { addrs { port: 8080 } })"),
  };
  const Result result = Ask({"web.shop.svc.cluster.local:8080"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "NAMESPACE   IP         PORT   POD   SERVICE  \n"
            "back        fd00::12   1            cart.back\n"
            "\n"
            "NAMESPACE   IP         PORT   POD     SERVICE \n"
            "shop        10.1.1.2   8080   web-1   web.shop\n");
  EXPECT_THAT(Ask({"web:80", "-o", "json"}).out, HasSubstr(R"(  {
    "namespace": "shop",
    "ip": "10.1.1.2",
    "port": 8080,
    "pod": "web-1",
    "service": "web.shop",
    "weight": 10000,
    "identity": "web.shop.id",
    "labels": {
      "namespace": "shop",
      "pod": "web-1",
      "service": "web"
    }
  }
)"));
}

TEST_F(EndpointsTest, SaysWhenThereAreNoneOrNoAnswer) {
  destination_.updates = {Parsed<destination::Update>("no_endpoints { exists: true }")};
  const Result none = Ask({"web:80"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_EQ(none.err, "No endpoints found.\n");
  EXPECT_EQ(Ask({"web:80", "-o", "json"}).out, "[]\n");

  destination_.updates.clear();
  const Result silent = Ask({"web:80", "--wait", "100ms"});
  EXPECT_EQ(silent.exit_code, 1);
  EXPECT_THAT(silent.err, HasSubstr("said nothing about web:80 within 100ms"));

  const Result refused = Ask({"bad:80"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, StartsWith("Error: Destination API error: "));
  EXPECT_THAT(refused.err, HasSubstr("no such thing"));
}

class ProxyMetricsTest : public testing::AppFixture {};

TEST_F(ProxyMetricsTest, PrintsEachProxysOwn) {
  httplib::Server proxy;
  proxy.Get("/metrics", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("request_total 1\n", "text/plain");
  });
  const int port = proxy.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { proxy.listen_after_bind(); });
  while (!proxy.is_running()) std::this_thread::yield();
  const std::string address = absl::StrCat("127.0.0.1:", port);
  const Result result =
      Run({"dg", "proxy-metrics", "--proxy-addr", address, "--proxy-addr", "127.0.0.1:1"});
  proxy.stop();
  thread.join();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, absl::StrCat("#\n# POD ", address,
                                     " (1 of 2)\n#\nrequest_total 1\n"
                                     "#\n# POD 127.0.0.1:1 (2 of 2)\n#\n"
                                     "# ERROR: GET http://127.0.0.1:1: cannot connect\n"));
}

TEST_F(ProxyMetricsTest, FindsPodsThroughPublicApi) {
  viz_.pods = Parsed<viz::ListPodsResponse>(
      R"(pods { name: "shop/web-1" controllerNamespace: "linkerd" } pods { name: "shop/x" })");
  EXPECT_EQ(Run({"dg", "proxy-metrics", "deploy/web", "-n", "shop"}).out,
            "#\n# POD web-1 (1 of 1)\n#\n# ERROR: the pod has no address\n");
  EXPECT_THAT(
      viz_.requests,
      ElementsAre(R"(selector { resource { namespace: "shop" type: "deployment" name: "web" } })"));
  viz_.pods.Clear();
  EXPECT_THAT(Run({"dg", "proxy-metrics", "po/web-1"}).err,
              HasSubstr("no meshed pods found for po/web-1 in namespace default"));
}

}  // namespace
}  // namespace gossamer::cli
