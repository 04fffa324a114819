// The whole program, run in this process against a fake public-api and a fake destination that
// answer what the test says.

#include "cli/app.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "api/viz/v1/viz.grpc.pb.h"
#include "cli/version.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "httplib.h"

namespace gossamer::cli {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace viz = linkerd2::viz;
using testing::HasSubstr;
using testing::StartsWith;

template <typename Message>
Message Parsed(const std::string& text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) ADD_FAILURE() << text;
  return message;
}

// A fake of public-api; nothing is computed.
class FakeViz final : public viz::Api::Service {
 public:
  grpc::Status StatSummary(grpc::ServerContext*, const viz::StatSummaryRequest* request,
                           viz::StatSummaryResponse* response) override {
    requests.push_back(request->ShortDebugString());
    *response = stat;
    return status;
  }
  grpc::Status SelfCheck(grpc::ServerContext* context, const viz::SelfCheckRequest*,
                         viz::SelfCheckResponse* response) override {
    context->AddInitialMetadata("gossamer-version", version);
    *response = checks;
    return status;
  }
  grpc::Status ListPods(grpc::ServerContext*, const viz::ListPodsRequest* request,
                        viz::ListPodsResponse* response) override {
    requests.push_back(request->ShortDebugString());
    *response = pods;
    return status;
  }

  viz::StatSummaryResponse stat;
  viz::SelfCheckResponse checks;
  viz::ListPodsResponse pods;
  std::string version = kVersion;
  grpc::Status status;
  std::vector<std::string> requests;
};

// A fake of destination.
class FakeDestination final : public destination::Destination::Service {
 public:
  grpc::Status Get(grpc::ServerContext* context, const destination::GetDestination* request,
                   grpc::ServerWriter<destination::Update>* writer) override {
    if (request->path() == "bad:80") return {grpc::StatusCode::INVALID_ARGUMENT, "no such thing"};
    for (const destination::Update& update : updates) writer->Write(update);
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return grpc::Status::OK;
  }

  std::vector<destination::Update> updates;
};

struct Result {
  int exit_code = 0;
  std::string out;
  std::string err;
};

class AppTest : public testing::Test {
 protected:
  AppTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&viz_);
    builder.RegisterService(&destination_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~AppTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  Result Run(std::vector<std::string> args, bool colors = false) {
    args.insert(args.begin(), {"gossamer", "--api-addr", address_});
    return RunBare(args, colors);
  }

  static Result RunBare(const std::vector<std::string>& args, bool colors = false) {
    std::vector<const char*> argv;
    for (const std::string& arg : args) argv.push_back(arg.c_str());
    std::ostringstream out;
    std::ostringstream err;
    Result result;
    result.exit_code =
        RunApp(static_cast<int>(argv.size()), argv.data(), Console{&out, &err, colors});
    result.out = out.str();
    result.err = err.str();
    return result;
  }

  FakeViz viz_;
  FakeDestination destination_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

constexpr char kTwoDeployments[] = R"(
  ok { stat_tables { pod_group {
    rows { resource { namespace: "shop" type: "deployment" name: "queue" }
           meshed_pod_count: 1 running_pod_count: 2 }
    rows { resource { namespace: "shop" type: "deployment" name: "cart" }
           meshed_pod_count: 3 running_pod_count: 3
           stats { success_count: 199 failure_count: 1
                   latency_ms_p50: 3 latency_ms_p95: 12 latency_ms_p99: 40 }
           tcp_stats { open_connections: 6 read_bytes_total: 18684 write_bytes_total: 307200 } }
    rows { resource { namespace: "shop" type: "deployment" name: "outside" }
           running_pod_count: 1 }
  } } })";

TEST_F(AppTest, StatPrintsATable) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  const Result result = Run({"stat", "deploy", "-n", "shop"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(
      result.out,
      "NAME    MESHED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN\n"
      "cart       3/3    99.50%   3.3rps           3ms          12ms          40ms          6\n"
      "queue      1/2         -        -             -             -             -          -\n");
  EXPECT_THAT(
      viz_.requests,
      testing::ElementsAre(R"(selector { resource { namespace: "shop" type: "deployment" } } )"
                           R"(time_window: "1m" none { } tcp_stats: true)"));
}

TEST_F(AppTest, StatPrintsAWideTable) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  EXPECT_EQ(
      Run({"stat", "deploy", "-n", "shop", "-o", "wide"}).out,
      "NAME    MESHED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN   "
      "READ_BYTES/SEC   WRITE_BYTES/SEC\n"
      "cart       3/3    99.50%   3.3rps           3ms          12ms          40ms          6   "
      "      311.4B/s         5120.0B/s\n"
      "queue      1/2         -        -             -             -             -          -   "
      "             -                 -\n");
}

TEST_F(AppTest, StatPrintsJson) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  EXPECT_EQ(Run({"stat", "deploy", "-n", "shop", "-o", "json", "-t", "100s"}).out, R"([
  {
    "namespace": "shop",
    "kind": "deployment",
    "name": "cart",
    "meshed": "3/3",
    "success": 0.995,
    "rps": 2.0,
    "latency_ms_p50": 3,
    "latency_ms_p95": 12,
    "latency_ms_p99": 40,
    "tcp_open_connections": 6,
    "tcp_read_bytes_rate": 186.84,
    "tcp_write_bytes_rate": 3072.0
  },
  {
    "namespace": "shop",
    "kind": "deployment",
    "name": "queue",
    "meshed": "1/2",
    "success": null,
    "rps": null,
    "latency_ms_p50": null,
    "latency_ms_p95": null,
    "latency_ms_p99": null
  }
]
)");
}

TEST_F(AppTest, StatPrintsATableForEachTypeWithPrefixedNames) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(R"(
    ok {
      stat_tables { pod_group { rows {
        resource { namespace: "shop" type: "service" name: "web" }
        stats { success_count: 60 latency_ms_p50: 1 latency_ms_p95: 1 latency_ms_p99: 1 } } } }
      stat_tables { pod_group { rows {
        resource { namespace: "shop" type: "pod" name: "web-1" } status: "Running"
        meshed_pod_count: 1 running_pod_count: 1
        tcp_stats { open_connections: 2 } } } }
    })");
  EXPECT_EQ(Run({"stat", "all", "-A"}).out,
            "NAMESPACE   NAME        STATUS   MESHED   SUCCESS   RPS   LATENCY_P50   LATENCY_P95   "
            "LATENCY_P99   TCP_CONN\n"
            "shop        po/web-1   Running      1/1         -     -             -             -   "
            "          -          2\n"
            "\n"
            "NAMESPACE   NAME      MESHED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   "
            "LATENCY_P99   TCP_CONN\n"
            "shop        svc/web        -   100.00%   1.0rps           1ms           1ms   "
            "        1ms          -\n");
}

TEST_F(AppTest, StatPrintsDeniedRequestsOfServers) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(R"(
    ok { stat_tables { pod_group { rows {
      resource { namespace: "shop" type: "server" name: "web-http" }
      stats { success_count: 60 latency_ms_p50: 1 latency_ms_p95: 2 latency_ms_p99: 3 }
      srv_stats { allowed_count: 60 denied_count: 30 } } } } })");
  EXPECT_EQ(
      Run({"stat", "srv", "-n", "shop"}).out,
      "NAME       UNAUTHORIZED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   "
      "TCP_CONN\n"
      "web-http         0.5rps   100.00%   1.0rps           1ms           2ms           3ms   "
      "       -\n");
}

TEST_F(AppTest, StatSaysWhenThereIsNothing) {
  const Result table = Run({"stat", "deploy"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_EQ(table.out, "");
  EXPECT_EQ(table.err, "No traffic found.\n");
  EXPECT_EQ(Run({"stat", "deploy", "-o", "json"}).out, "[]\n");
}

TEST_F(AppTest, StatAsksForWhatItsFlagsSay) {
  Run({"stat", "deploy/web", "--to", "svc/cart", "--to-namespace", "back", "-l", "a=b"});
  Run({"stat", "ns", "--from", "po/x"});
  EXPECT_THAT(
      viz_.requests,
      testing::ElementsAre(
          R"(selector { resource { namespace: "default" type: "deployment" name: "web" } )"
          R"(label_selector: "a=b" } time_window: "1m" )"
          R"(to_resource { namespace: "back" type: "service" name: "cart" } tcp_stats: true)",
          R"(selector { resource { type: "namespace" } } time_window: "1m" )"
          R"(from_resource { type: "pod" name: "x" } tcp_stats: true)"));
}

TEST_F(AppTest, WrongCommandLinesEndWithTwoAndSayWhy) {
  const struct {
    std::vector<std::string> args;
    const char* message;
  } kBad[] = {
      {{}, "Error: A subcommand is required"},
      {{"stats"}, "unknown command or flag \"stats\""},
      {{"--nope"}, "unknown command or flag \"--nope\""},
      {{"stat"}, "Error: No resource arguments provided"},
      {{"stat", "deplo"}, "cannot find Kubernetes canonical name from friendly name [deplo]"},
      {{"stat", "deploy", "--nope"}, "--nope"},
      {{"stat", "deploy", "-o", "yaml"}, "--output"},
      {{"stat", "deploy", "--to", "po/a", "--from", "po/b"},
       "--to and --from flags are mutually exclusive"},
      {{"stat", "deploy", "--to-namespace", "a", "--from-namespace", "b"},
       "--to-namespace and --from-namespace flags are mutually exclusive"},
      {{"stat", "deploy", "-A", "-n", "x"},
       "--all-namespaces and --namespace flags are mutually exclusive"},
      {{"stat", "ns", "-n", "x"}, "--namespace flag is incompatible with namespace resource type"},
      {{"stat", "ns", "--to", "po", "--to-namespace", "x"},
       "--to-namespace flag is incompatible with namespace resource type"},
      {{"stat", "deploy/web", "-A"},
       "stats for a resource cannot be retrieved by name across all namespaces"},
      {{"stat", "deploy", "-t", "10s"}, "metrics time window needs to be at least 15s"},
      {{"stat", "deploy", "-t", "soon"}, "invalid time window \"soon\""},
      {{"check", "-o", "yaml"}, "--output"},
      {{"check", "--wait", "soon"}, "--wait soon: expected a duration"},
      {{"completion"}, "SHELL"},
      {{"completion", "tcsh"}, "tcsh"},
      {{"diagnostics"}, "A subcommand is required"},
      {{"diagnostics", "endpoints"}, "AUTHORITY"},
      {{"diagnostics", "endpoints", "web"}, "authority \"web\": expected HOST:PORT"},
      {{"diagnostics", "endpoints", "web:0"}, "expected HOST:PORT"},
      {{"diagnostics", "proxy-metrics"}, "--proxy-addr HOST:PORT"},
      {{"diagnostics", "proxy-metrics", "x"}, "friendly name [x]"},
  };
  for (const auto& bad : kBad) {
    const Result result = Run(bad.args);
    EXPECT_EQ(result.exit_code, 2) << bad.message << result.err;
    EXPECT_THAT(result.err, StartsWith("Error: "));
    EXPECT_THAT(result.err, HasSubstr(bad.message));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(AppTest, ErrorsOfTheServerAreShownWithItsAddress) {
  viz_.status = {grpc::StatusCode::UNAVAILABLE, "Prometheus at http://p:9090: cannot connect"};
  const Result failed = Run({"stat", "deploy"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, HasSubstr("Prometheus at http://p:9090"));

  viz_.status = grpc::Status::OK;
  viz_.stat = Parsed<viz::StatSummaryResponse>(R"(error { error: "not like this" })");
  EXPECT_EQ(Run({"stat", "deploy"}).err, "Error: not like this\n");

  const Result unreachable = RunBare({"gossamer", "--api-addr", "127.0.0.1:1", "stat", "deploy"});
  EXPECT_EQ(unreachable.exit_code, 1);
  EXPECT_EQ(unreachable.err,
            "Error: cannot connect to public-api at 127.0.0.1:1: is it running? Give its address "
            "with --api-addr\n");
}

TEST_F(AppTest, TakesTheAddressFromTheEnvironmentAndAfterTheCommand) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  EXPECT_EQ(RunBare({"gossamer", "stat", "deploy", "--api-addr", address_}).exit_code, 0);
  setenv("GOSSAMER_API_ADDR", address_.c_str(), 1);
  EXPECT_EQ(RunBare({"gossamer", "stat", "deploy"}).exit_code, 0);
  unsetenv("GOSSAMER_API_ADDR");
}

TEST_F(AppTest, VersionTellsBothSides) {
  viz_.version = "9.9.9";
  const std::string version = kVersion;
  EXPECT_EQ(Run({"version"}).out, "Client version: " + version + "\nServer version: 9.9.9\n");
  EXPECT_EQ(Run({"version", "--short"}).out, version + "\n9.9.9\n");
  EXPECT_EQ(Run({"version", "--client", "--short"}).out, version + "\n");
  const Result away = RunBare({"gossamer", "version", "--api-addr", "127.0.0.1:1"});
  EXPECT_EQ(away.exit_code, 0);
  EXPECT_EQ(away.out, "Client version: " + version + "\nServer version: unavailable\n");
  EXPECT_EQ(RunBare({"gossamer", "--version"}).out, "gossamer " + version + "\n");
}

class CheckTest : public AppTest {
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

class EndpointsTest : public AppTest {
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

TEST_F(AppTest, ProxyMetricsPrintsEachProxysOwn) {
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

TEST_F(AppTest, ProxyMetricsFindsPodsThroughPublicApi) {
  viz_.pods = Parsed<viz::ListPodsResponse>(
      R"(pods { name: "shop/web-1" controllerNamespace: "linkerd" } pods { name: "shop/x" })");
  EXPECT_EQ(Run({"dg", "proxy-metrics", "deploy/web", "-n", "shop"}).out,
            "#\n# POD web-1 (1 of 1)\n#\n# ERROR: the pod has no address\n");
  EXPECT_THAT(viz_.requests,
              testing::ElementsAre(
                  R"(selector { resource { namespace: "shop" type: "deployment" name: "web" } })"));
  viz_.pods.Clear();
  EXPECT_THAT(Run({"dg", "proxy-metrics", "po/web-1"}).err,
              HasSubstr("no meshed pods found for po/web-1 in namespace default"));
}

TEST_F(AppTest, EveryCommandHasHelpWithExamples) {
  const std::vector<std::vector<std::string>> kCommands = {{},
                                                           {"stat"},
                                                           {"check"},
                                                           {"version"},
                                                           {"diagnostics"},
                                                           {"diagnostics", "endpoints"},
                                                           {"completion"},
                                                           {"diagnostics", "proxy-metrics"}};
  for (std::vector<std::string> command : kCommands) {
    command.push_back("--help");
    const Result result = Run(command);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  ")) << command.front();
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(AppTest, CompletionScriptsNameCommandsFlagsAndTypes) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = Run({"completion", shell}).out;
    for (const char* word :
         {"diagnostics", "proxy-metrics", "time-window", "statefulset", "wide"}) {
      EXPECT_THAT(script, HasSubstr(word)) << shell;
    }
  }
}

TEST_F(AppTest, TheBashScriptCompletes) {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/completion.bash";
  std::ofstream(path) << Run({"completion", "bash"}).out;
  const auto complete = [&](const std::string& words) {
    const std::string out = path + ".out";
    const std::string command = absl::StrCat(
        "bash -c 'source ", path, " && COMP_WORDS=(", words,
        ") && COMP_CWORD=$((${#COMP_WORDS[@]}-1)) && _gossamer && echo ${COMPREPLY[@]}' > ", out);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::stringstream text;
    text << std::ifstream(out).rdbuf();
    return text.str();
  };
  EXPECT_EQ(complete("gossamer st"), "stat\n");
  EXPECT_EQ(complete("gossamer stat deplo"), "deployment deploy\n");
  EXPECT_EQ(complete("gossamer stat -o w"), "wide\n");
  EXPECT_EQ(complete("gossamer dg p"), "proxy-metrics\n");
  EXPECT_EQ(complete("gossamer dg ep --dest"), "--destination-addr\n");
}

}  // namespace
}  // namespace gossamer::cli
