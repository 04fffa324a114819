// The cases through live proxies: a pair of them, and either side alone.

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/http1/cases.h"
#include "tests/conformance/http1/run_case.h"
#include "tests/conformance/http1/scripted_server.h"
#include "tests/conformance/http1/sockets.h"
#include "tests/mesh/fixture.h"

namespace gossamer::conformance {
namespace {

using harness::Pod;
using harness::Workload;

constexpr uint16_t kPort = 8080;
constexpr int kTimeoutMs = 10'000;

class LiveHttp1Test : public mesh_test::MeshTest {
 protected:
  // A server in a pod of its own.
  struct Server {
    Pod* pod = nullptr;
    std::unique_ptr<ScriptedServer> server;
  };

  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = Client("client", /*meshed=*/true);
    outsider_ = Client("outsider", /*meshed=*/false);
    meshed_ = Serve("meshed", /*meshed=*/true);
    unmeshed_ = Serve("unmeshed", /*meshed=*/false);
  }
  static void TearDownTestSuite() {
    meshed_.server.reset();
    unmeshed_.server.reset();
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  Pod* Client(const std::string& name, bool meshed, std::vector<std::string> environment = {}) {
    Workload workload = TestWorkload(name);
    workload.meshed = meshed;
    workload.proxy_environment = std::move(environment);
    AddWorkload(workload);
    return cluster().pod(name);
  }
  Server Serve(const std::string& name, bool meshed, std::vector<std::string> environment = {}) {
    Workload workload = TestWorkload(name, {kPort});
    workload.meshed = meshed;
    workload.proxy_environment = std::move(environment);
    AddWorkload(workload);
    Server server;
    server.pod = cluster().pod(name);
    int listener = -1;
    server.pod->net().Run([&] { listener = ListenAt(kPort); });
    server.server = std::make_unique<ScriptedServer>(listener);
    return server;
  }

  static int Dial(Pod* from, const std::string& ip) {
    int fd = -1;
    from->net().Run([&] { fd = ConnectTo(ip, kPort); });
    EXPECT_GE(fd, 0) << "connecting from " << from->name();
    return fd;
  }

  // client -> its proxy -> mTLS, HTTP/2 -> the server's proxy -> server.
  Path WholeWay() {
    return {[this] { return Dial(client_, cluster().service_ip("test", "meshed")); }, true,
            absl::StrCat("meshed.test.svc.cluster.local:", kPort)};
  }
  // A client without a proxy -> the server's proxy -> server.
  Path InboundAlone() {
    return {[] { return Dial(outsider_, meshed_.pod->ip()); }};
  }
  // client -> its proxy -> a server without one.
  Path OutboundAlone() {
    return {[this] { return Dial(client_, cluster().service_ip("test", "unmeshed")); }};
  }

  static void RunAll(const Path& path, ScriptedServer* server) {
    for (const std::vector<Http1Case>* cases :
         {&ForwardedCases(), &RefusedCases(), &BadResponseCases(), &CutOffCases()}) {
      for (const Http1Case& c : *cases) EXPECT_EQ(RunCase(c, path, server), "") << c.name;
    }
  }

  // What comes on a connection until the proxy ends it; fails the test where it does not.
  static std::string ReadToEnd(int fd) {
    std::string bytes;
    int result = 1;
    while (result == 1) result = Receive(fd, kTimeoutMs, &bytes);
    EXPECT_EQ(result, 0) << "the connection stays open";
    close(fd);
    return bytes;
  }

  static Pod* client_;
  static Pod* outsider_;
  static Server meshed_;
  static Server unmeshed_;
};

Pod* LiveHttp1Test::client_ = nullptr;
Pod* LiveHttp1Test::outsider_ = nullptr;
LiveHttp1Test::Server LiveHttp1Test::meshed_;
LiveHttp1Test::Server LiveHttp1Test::unmeshed_;

TEST_F(LiveHttp1Test, CasesAreMetTheWholeWay) { RunAll(WholeWay(), meshed_.server.get()); }

TEST_F(LiveHttp1Test, CasesAreMetByTheInboundSide) { RunAll(InboundAlone(), meshed_.server.get()); }

TEST_F(LiveHttp1Test, CasesAreMetByTheOutboundSide) {
  RunAll(OutboundAlone(), unmeshed_.server.get());
}

const Http1Case& Find(const std::vector<Http1Case>& cases, const std::string& name) {
  for (const Http1Case& c : cases) {
    if (c.name == name) return c;
  }
  ADD_FAILURE() << "no case " << name;
  return cases[0];
}

TEST_F(LiveHttp1Test, MetricsSayWhyAMessageWasRefused) {
  struct Reason {
    const std::vector<Http1Case>& cases;
    const char* name;
    const char* message;
    const char* reason;
  };
  for (const Reason& r : std::vector<Reason>{
           {RefusedCases(), "Rfc9112_2_2_BareLf", "request", "bad_line_end"},
           {RefusedCases(), "Rfc9112_6_1_LengthAndCoding", "request",
            "length_and_transfer_encoding"},
           {RefusedCases(), "Rfc9112_7_1_SizeIsNoNumber", "request", "bad_chunk_size"},
           {RefusedCases(), "Rfc6585_5_FieldTooLarge", "request", "head_too_large"},
           {BadResponseCases(), "Rfc9112_5_2_Fold", "response", "obsolete_fold"},
           {BadResponseCases(), "FieldTooLarge", "response", "head_too_large"},
           {CutOffCases(), "Rfc9112_7_1_BadChunkSize", "response", "bad_chunk_size"},
       }) {
    SCOPED_TRACE(absl::StrCat(r.name, " of a ", r.message));
    const harness::SampleFilter inbound = {
        "inbound_http_refused_messages_total",
        {{"message", r.message}, {"reason", r.reason}, {"target_port", absl::StrCat(kPort)}}};
    const harness::SampleFilter outbound = {"outbound_http_refused_messages_total",
                                            {{"message", r.message}, {"reason", r.reason}}};
    const Http1Case& c = Find(r.cases, r.name);
    const double inbound_before = Metric(meshed_.pod, inbound);
    const double outbound_before = Metric(client_, outbound);
    EXPECT_EQ(RunCase(c, InboundAlone(), meshed_.server.get()), "");
    EXPECT_EQ(RunCase(c, OutboundAlone(), unmeshed_.server.get()), "");
    ExpectMetric(meshed_.pod, inbound, inbound_before + 1);
    ExpectMetric(client_, outbound, outbound_before + 1);
  }
}

// Heads that do not come, and clients that ask for nothing, do not hold a connection for ever.
TEST_F(LiveHttp1Test, SlowHeadsAndIdleConnectionsMeetTheirDeadlines) {
  const std::string inbound = "LINKERD2_PROXY_INBOUND_SERVER_HTTP_";
  const std::string outbound = "LINKERD2_PROXY_OUTBOUND_SERVER_HTTP_";
  const Server server = Serve("hurried", /*meshed=*/true,
                              {inbound + "HEAD_TIMEOUT=700ms", inbound + "IDLE_TIMEOUT=700ms"});
  Pod* client = Client("hurried-client", /*meshed=*/true,
                       {outbound + "HEAD_TIMEOUT=700ms", outbound + "IDLE_TIMEOUT=700ms"});
  const std::string probe =
      absl::StrCat("GET ", ScriptedServer::kProbePath, " HTTP/1.1\r\nHost: a\r\n");
  for (const auto& [pod, ip] : {std::pair(outsider_, server.pod->ip()),
                                std::pair(client, cluster().service_ip("test", "hurried"))}) {
    SCOPED_TRACE(pod->name());
    const int slow = Dial(pod, ip);
    SendAll(slow, probe);
    EXPECT_TRUE(absl::StartsWith(ReadToEnd(slow), "HTTP/1.1 408 "));
    const int idle = Dial(pod, ip);
    SendAll(idle, probe + "\r\n");
    const std::string answer = ReadToEnd(idle);
    EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200 ")) << answer;
    EXPECT_TRUE(absl::EndsWith(answer, ScriptedServer::kProbeBody)) << answer;
  }
  ExpectMetric(
      server.pod,
      {"inbound_http_refused_messages_total", {{"message", "request"}, {"reason", "head_timeout"}}},
      1);
  ExpectMetric(client,
               {"outbound_http_refused_messages_total",
                {{"message", "request"}, {"reason", "head_timeout"}}},
               1);
}

}  // namespace
}  // namespace gossamer::conformance
