// The cases through live proxies: either side alone, and a pair of them.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/http1/sockets.h"
#include "tests/conformance/http2/cases.h"
#include "tests/conformance/http2/flow_control.h"
#include "tests/conformance/http2/raw_server.h"
#include "tests/conformance/http2/reflect_server.h"
#include "tests/conformance/http2/run_case.h"
#include "tests/conformance/http2/server_cases.h"
#include "tests/mesh/fixture.h"

namespace gossamer::conformance {
namespace {

using harness::Pod;
using harness::Workload;

constexpr uint16_t kHttp2Port = 8080;
constexpr uint16_t kHttp1Port = 8081;
constexpr uint16_t kRawPort = 8082;

// A pod with a server of each kind.
struct Servers {
  explicit Servers(Pod* pod) : pod(pod) {
    http2 = std::make_unique<ReflectServer>(ListenIn(kHttp2Port), ReflectServer::Protocol::kHttp2);
    http1 = std::make_unique<ReflectServer>(ListenIn(kHttp1Port), ReflectServer::Protocol::kHttp1);
    raw = std::make_unique<RawServer>(ListenIn(kRawPort));
  }

  int ListenIn(uint16_t port) const {
    int listener = -1;
    pod->net().Run([&] { listener = ListenAt(port); });
    return listener;
  }

  Pod* const pod;
  std::unique_ptr<ReflectServer> http2;
  std::unique_ptr<ReflectServer> http1;
  std::unique_ptr<RawServer> raw;
};

class LiveHttp2Test : public mesh_test::MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = Start("client", {}, /*meshed=*/true);
    outsider_ = Start("outsider", {}, /*meshed=*/false);
    const std::vector<int> ports = {kHttp2Port, kHttp1Port, kRawPort};
    meshed_ = std::make_unique<Servers>(Start("meshed", ports, /*meshed=*/true));
    unmeshed_ = std::make_unique<Servers>(Start("unmeshed", ports, /*meshed=*/false));
  }
  static void TearDownTestSuite() {
    meshed_.reset();
    unmeshed_.reset();
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  Pod* Start(const std::string& name, std::vector<int> ports, bool meshed,
             std::vector<std::string> environment = {}) {
    Workload workload = TestWorkload(name, std::move(ports));
    workload.meshed = meshed;
    workload.proxy_environment = std::move(environment);
    AddWorkload(workload);
    return cluster().pod(name);
  }

  // Connections from a client's pod.
  static std::function<int()> Dialler(Pod* from, const std::string& ip, uint16_t port) {
    return [from, ip, port] {
      int fd = -1;
      from->net().Run([&] { fd = ConnectTo(ip, port); });
      EXPECT_GE(fd, 0) << "connecting from " << from->name();
      return fd;
    };
  }
  std::string ServiceIp(const std::string& name) { return cluster().service_ip("test", name); }

  static void RunAll(const Http2Target& target) {
    for (const std::vector<Http2Case>& cases :
         {FrameCases(target.more), MessageCases(target.more)}) {
      for (const Http2Case& c : cases) EXPECT_EQ(RunHttp2Case(c, target), "") << c.name;
    }
    for (const FlowControlCase& c : FlowControlCases()) EXPECT_EQ(c.run(target), "") << c.name;
  }
  static void RunServers(const std::function<int()>& connect, RawServer* server) {
    for (const ServerCase& c : ServerCases()) {
      EXPECT_EQ(RunServerCase(c, connect, server), "") << c.name;
    }
  }

  static Pod* client_;
  static Pod* outsider_;
  static std::unique_ptr<Servers> meshed_;
  static std::unique_ptr<Servers> unmeshed_;
};

Pod* LiveHttp2Test::client_ = nullptr;
Pod* LiveHttp2Test::outsider_ = nullptr;
std::unique_ptr<Servers> LiveHttp2Test::meshed_;
std::unique_ptr<Servers> LiveHttp2Test::unmeshed_;

TEST_F(LiveHttp2Test, CasesAreMetByTheInboundSide) {
  RunAll({Dialler(outsider_, meshed_->pod->ip(), kHttp2Port), meshed_->http2.get()});
}

// As a peer's proxy sends requests that it has upgraded: what is in them must not become something
// else in HTTP/1.
TEST_F(LiveHttp2Test, CasesAreMetByTheInboundSideTowardsHttp1) {
  RunAll({Dialler(outsider_, meshed_->pod->ip(), kHttp1Port),
          meshed_->http1.get(),
          {{"l5d-orig-proto", "HTTP/1.1"}}});
}

TEST_F(LiveHttp2Test, CasesAreMetByTheOutboundSide) {
  RunAll({Dialler(client_, ServiceIp("unmeshed"), kHttp2Port), unmeshed_->http2.get()});
}

TEST_F(LiveHttp2Test, CasesAreMetTheWholeWay) {
  RunAll({Dialler(client_, ServiceIp("meshed"), kHttp2Port), meshed_->http2.get()});
}

TEST_F(LiveHttp2Test, BadServersAreNoHarmToTheInboundSide) {
  RunServers(Dialler(outsider_, meshed_->pod->ip(), kRawPort), meshed_->raw.get());
}

TEST_F(LiveHttp2Test, BadServersAreNoHarmToTheOutboundSide) {
  RunServers(Dialler(client_, ServiceIp("unmeshed"), kRawPort), unmeshed_->raw.get());
}

TEST_F(LiveHttp2Test, MetricsSayWhyAMessageWasRefused) {
  struct Reason {
    std::string frames;
    const char* reason;
  };
  const Fields get = RequestFields();
  for (const Reason& r : std::vector<Reason>{
           {HeadersFrame(1, {{":method", "GET"}}), "malformed_message"},
           {HeadersFrame(1, RequestFields("GET", "/#")), "bad_target"},
           {HeadersFrames(1, Block(Fields(2000, {"x", "y"}))), "malformed_message"},
           {DataFrame(1, "x"), "h2_protocol_error"},
           {WindowUpdateFrame(0, 0x7fffffff), "h2_flow_control_error"},
       }) {
    SCOPED_TRACE(r.reason);
    for (const auto& [pod, family, connect] :
         {std::tuple(meshed_->pod, "inbound_http_refused_messages_total",
                     Dialler(outsider_, meshed_->pod->ip(), kHttp2Port)),
          std::tuple(client_, "outbound_http_refused_messages_total",
                     Dialler(client_, ServiceIp("unmeshed"), kHttp2Port))}) {
      const harness::SampleFilter filter = {family, {{"message", "request"}, {"reason", r.reason}}};
      const double before = Metric(pod, filter);
      RawClient client(connect());
      ASSERT_TRUE(client.Handshake());
      client.Send(r.frames);
      ExpectMetric(pod, filter, before + 1);
    }
  }
}

// Heads that do not end, and clients that ask for nothing, do not hold a connection for ever.
TEST_F(LiveHttp2Test, SlowHeadsAndIdleConnectionsMeetTheirDeadlines) {
  const auto hurried = [](const std::string& side) {
    const std::string name = absl::StrCat("LINKERD2_PROXY_", side, "_SERVER_HTTP_");
    return std::vector<std::string>{name + "HEAD_TIMEOUT=700ms", name + "IDLE_TIMEOUT=700ms"};
  };
  const Servers server(Start("hurried", {kHttp2Port}, /*meshed=*/true, hurried("INBOUND")));
  Pod* client = Start("hurried-client", {}, /*meshed=*/true, hurried("OUTBOUND"));
  for (const auto& [pod, family, connect] :
       {std::tuple(server.pod, "inbound_http_refused_messages_total",
                   Dialler(outsider_, server.pod->ip(), kHttp2Port)),
        std::tuple(client, "outbound_http_refused_messages_total",
                   Dialler(client, ServiceIp("unmeshed"), kHttp2Port))}) {
    SCOPED_TRACE(family);
    RawClient slow(connect());
    ASSERT_TRUE(slow.Handshake());
    slow.Send(Encode(kHeaders, kEndStream, 1, Block(RequestFields())));
    EXPECT_TRUE(slow.ReadUntil([] { return false; }));
    EXPECT_EQ(slow.goaway_code(), kEnhanceYourCalm);
    ExpectMetric(pod, {family, {{"message", "request"}, {"reason", "head_timeout"}}}, 1);
    RawClient idle(connect());
    ASSERT_TRUE(idle.Handshake());
    idle.StartRequest(1, RequestFields());
    EXPECT_EQ(idle.Await(1).status, 200);
    EXPECT_TRUE(idle.ReadUntil([] { return false; }));
    EXPECT_TRUE(idle.goaway());
    EXPECT_EQ(idle.goaway_code(), kNoError);
  }
}

}  // namespace
}  // namespace gossamer::conformance
