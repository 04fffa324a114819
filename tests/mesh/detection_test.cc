// Who speaks first: servers are not kept waiting, and HTTP stays HTTP, however slow its client.

#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/mesh/client_hello.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kPort = 7071;         // Left to detection.
constexpr int kGuardedPort = 7072;  // Left to detection; lets HTTP in by its routes alone.
constexpr char kGreeting[] = "220 welcome\r\n";

// Several times what the proxies wait for a silent client, on both sides.
constexpr absl::Duration kSilence = absl::Milliseconds(300);
// Far less than the detection timeout of 10 s.
constexpr absl::Duration kAtOnce = absl::Seconds(2);

// How the client's proxy reaches the server's: to its inbound port with a header that says what
// follows, or to the port that the client meant, where it is to be found out once more.
enum class Transport { kHeader, kTransparent };

class DetectionTest : public MeshTest, public ::testing::WithParamInterface<Transport> {
 protected:
  static void SetUpTestSuite() {
    // Each instance of the suite has a mesh of its own, and is told by its name.
    const absl::string_view name = ::testing::UnitTest::GetInstance()->current_test_suite()->name();
    harness::Mesh::Options options;
    options.transparent_transport = absl::StartsWith(name, "Transparent");
    StartMesh(std::move(options));
  }
  void SetUp() override {
    MeshTest::SetUp();
    if (server_ != nullptr) return;
    client_ = AddPod("client");
    server_ = AddPod("server", {kPort, kGuardedPort, EchoServer::kPort});
    harness::Workload plain_client = TestWorkload("plain-client");
    plain_client.meshed = false;
    AddWorkload(plain_client);
    plain_client_ = cluster().pod("plain-client");
    harness::Workload plain_server = TestWorkload("plain-server", {kPort});
    plain_server.meshed = false;
    AddWorkload(plain_server);
    plain_server_ = cluster().pod("plain-server");
    harness::Workload hasty = TestWorkload("hasty-client");
    hasty.proxy_environment = {"LINKERD2_PROXY_OUTBOUND_DETECT_TIMEOUT=500ms"};
    AddWorkload(hasty);
    hasty_client_ = cluster().pod("hasty-client");
    echo_ = std::make_unique<EchoServer>(server_);
  }
  static void TearDownTestSuite() {
    echo_.reset();
    server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& ip, int port) {
    std::unique_ptr<Socket> socket;
    from->net().Run([&] { socket = std::make_unique<Socket>(ip, port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  // By way of a Service, as the mesh's own clients do.
  std::unique_ptr<Socket> Connect(harness::Pod* from, int port,
                                  const std::string& service = "server") {
    return Connect(from, cluster().service_ip("test", service), port);
  }

  // A server that greets: connects, and prints and checks how long the greeting took to arrive.
  void ExpectGreetingAtOnce(const char* what, harness::Pod* server,
                            const std::function<std::unique_ptr<Socket>()>& connect) {
    Listener listener(server, kPort);
    const absl::Time begin = absl::Now();
    const auto client = connect();
    const auto accepted = listener.Accept();
    ASSERT_TRUE(accepted->connected());
    ASSERT_TRUE(accepted->Send(kGreeting));
    EXPECT_EQ(client->ReadUntil("\n"), kGreeting);
    const absl::Duration took = absl::Now() - begin;
    std::cout << what << ": the greeting took " << absl::FormatDuration(took) << std::endl;
    EXPECT_LT(took, kAtOnce);
    ASSERT_TRUE(client->Send("EHLO\r\n"));
    EXPECT_EQ(accepted->ReadUntil("\n"), "EHLO\r\n");
    client->ShutdownWrite();
    EXPECT_EQ(accepted->ReadAll(), "");
    ASSERT_TRUE(accepted->Send("221 bye\r\n"));
    accepted->ShutdownWrite();
    EXPECT_EQ(client->ReadAll(), "221 bye\r\n");
  }

  static std::string Get(const std::string& path, const std::string& more_headers = "") {
    return absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: server\r\n", more_headers, "\r\n");
  }
  static harness::SampleFilter Detected(const std::string& direction, const std::string& result) {
    return {direction + "_tcp_detect_http_results_total", {{"result", result}}};
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static harness::Pod* plain_client_;
  static harness::Pod* plain_server_;
  static harness::Pod* hasty_client_;
  static std::unique_ptr<EchoServer> echo_;
};

harness::Pod* DetectionTest::client_ = nullptr;
harness::Pod* DetectionTest::server_ = nullptr;
harness::Pod* DetectionTest::plain_client_ = nullptr;
harness::Pod* DetectionTest::plain_server_ = nullptr;
harness::Pod* DetectionTest::hasty_client_ = nullptr;
std::unique_ptr<EchoServer> DetectionTest::echo_;

TEST_P(DetectionTest, AServerThatSpeaksFirstIsHeardAtOnceThroughTwoProxies) {
  const double out = Metric(client_, Detected("outbound", "not_http"));
  const double in = Metric(server_, Detected("inbound", "not_http"));
  ExpectGreetingAtOnce("two proxies", server_, [&] { return Connect(client_, kPort); });
  ExpectMetric(client_, Detected("outbound", "not_http"), out + 1);
  if (GetParam() == Transport::kTransparent) {
    ExpectMetric(server_, Detected("inbound", "not_http"), in + 1);
  } else {
    ExpectMetric(server_,
                 {"inbound_tcp_transport_header_connections_total", {{"session_protocol", ""}}}, 1);
  }
  ExpectMetric(server_,
               {"tcp_open_total", {{"direction", "inbound"}, {"peer", "src"}, {"tls", "true"}}}, 1);
}

TEST_P(DetectionTest, AServerThatSpeaksFirstIsHeardAtOnceByAClientOutsideTheMesh) {
  const double in = Metric(server_, Detected("inbound", "not_http"));
  ExpectGreetingAtOnce("inbound alone", server_,
                       [&] { return Connect(plain_client_, server_->ip(), kPort); });
  ExpectMetric(server_, Detected("inbound", "not_http"), in + 1);
}

TEST_P(DetectionTest, AServerOutsideTheMeshThatSpeaksFirstIsHeardAtOnce) {
  ExpectGreetingAtOnce("outbound alone", plain_server_,
                       [&] { return Connect(client_, kPort, "plain-server"); });
}

TEST_P(DetectionTest, AClientThatEndsItsSideInSilenceHearsTheServer) {
  for (harness::Pod* from : {client_, plain_client_}) {
    Listener listener(server_, kPort);
    const auto client =
        from == client_ ? Connect(from, kPort) : Connect(from, server_->ip(), kPort);
    client->ShutdownWrite();
    const auto server = listener.Accept();
    ASSERT_TRUE(server->connected()) << from->name();
    EXPECT_EQ(server->ReadAll(), "") << from->name();
    ASSERT_TRUE(server->Send("Thu Nov 26 16:27:53 2026\n"));
    server->ShutdownWrite();
    EXPECT_EQ(client->ReadAll(), "Thu Nov 26 16:27:53 2026\n") << from->name();
  }
}

TEST_P(DetectionTest, AClientThatSpeaksLateIsServedAsHttp) {
  for (harness::Pod* from : {client_, plain_client_}) {
    const double in = Metric(server_, Detected("inbound", "http/1")) +
                      Metric(server_, Detected("inbound", "http/2"));
    const auto client = from == client_ ? Connect(from, EchoServer::kPort)
                                        : Connect(from, server_->ip(), EchoServer::kPort);
    absl::SleepFor(kSilence);  // The silence is what is tested.
    ASSERT_TRUE(client->Send(Get("/whoami", "Connection: close\r\n")));
    const std::string answer = client->ReadAll();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << from->name();
    EXPECT_THAT(answer, HasSubstr(server_->name()));
    if (from == client_) continue;
    EXPECT_EQ(Metric(server_, Detected("inbound", "http/1")) +
                  Metric(server_, Detected("inbound", "http/2")),
              in + 1);
  }
  ExpectMetric(client_, Detected("outbound", "http/1"), 1);
  ExpectMetric(client_, {"request_total", {{"direction", "outbound"}}}, 1);
}

TEST_P(DetectionTest, WhatWasDialledEarlyIsClosedUnusedForHttp) {
  Listener listener(plain_server_, kPort);
  const auto client = Connect(client_, kPort, "plain-server");
  const auto early = listener.Accept();
  ASSERT_TRUE(early->connected());
  ASSERT_TRUE(client->Send(Get("/", "Connection: close\r\n")));
  EXPECT_FALSE(early->EndsInReset()) << "an end in order";
  const auto http = listener.Accept();
  ASSERT_TRUE(http->connected());
  EXPECT_THAT(http->ReadUntil("\r\n\r\n"), StartsWith("GET / HTTP/1.1\r\n"));
  ASSERT_TRUE(http->Send("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 204"));
  ExpectMetric(client_,
               {"tcp_close_total",
                {{"direction", "outbound"}, {"peer", "dst"}, {"target_ip", plain_server_->ip()}}},
               1);
}

// The workload's greeting must not meet a peer's proxy that is slow to begin TLS: in plaintext it
// would break the connection.
TEST_P(DetectionTest, ALateClientHelloIsAnsweredWithTls) {
  Listener listener(server_, kPort);
  const auto client = Connect(plain_client_, server_->ip(), kPort);
  const auto early = listener.Accept();
  ASSERT_TRUE(early->Send(kGreeting));
  absl::SleepFor(absl::Milliseconds(50));  // Several times what makes the proxy dial early.
  ASSERT_TRUE(client->Send(ClientHello(harness::IdentityName("server", "test"))));
  const std::string answer = client->Read(1);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_TRUE(answer[0] == '\x15' || answer[0] == '\x16') << "a TLS alert or handshake";
  early->ReadAll();
  EXPECT_TRUE(early->AtEnd()) << "what was dialled for a client without identity is closed";
}

// TLS for others is bytes like any: the workload's own words follow when it has begun.
TEST_P(DetectionTest, ALateClientHelloForOthersIsForwardedWithTheGreeting) {
  Listener listener(server_, kPort);
  const auto client = Connect(plain_client_, server_->ip(), kPort);
  const auto server = listener.Accept();
  ASSERT_TRUE(server->Send(kGreeting));
  const std::string hello = ClientHello("not.the.proxys.name");
  ASSERT_TRUE(client->Send(hello));
  EXPECT_TRUE(server->Read(hello.size()) == hello);
  EXPECT_EQ(client->ReadUntil("\n"), kGreeting);
  EXPECT_FALSE(listener.HasConnection());
}

// gRPC servers in several languages send their SETTINGS at once, and some servers a 408 to a client
// that asks nothing: neither makes the port opaque.
TEST_P(DetectionTest, AServerOfHttpThatSpeaksUnaskedIsServedAsHttp) {
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  for (const std::string& unasked :
       {settings, std::string("HTTP/1.1 408 Request Timeout\r\n\r\n")}) {
    const double opaque = Metric(client_, Detected("outbound", "not_http"));
    Listener listener(plain_server_, kPort);
    const auto client = Connect(client_, kPort, "plain-server");
    const auto early = listener.Accept();
    ASSERT_TRUE(early->Send(unasked));
    EXPECT_EQ(early->ReadAll(), "") << "closed unused";
    ASSERT_TRUE(client->Send(Get("/", "Connection: close\r\n")));
    const auto http = listener.Accept();
    EXPECT_THAT(http->ReadUntil("\r\n\r\n"), StartsWith("GET / HTTP/1.1\r\n"));
    ASSERT_TRUE(http->Send("HTTP/1.1 204 No Content\r\n\r\n"));
    EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 204"));
    EXPECT_EQ(Metric(client_, Detected("outbound", "not_http")), opaque);
  }
}

TEST_P(DetectionTest, WhatWasDialledEarlyServesAClientThatIsNotHttp) {
  Listener listener(server_, kPort);
  const auto client = Connect(client_, kPort);
  const auto server = listener.Accept();
  ASSERT_TRUE(server->connected());
  ASSERT_TRUE(client->Send("*1\r\n$4\r\nPING\r\n"));
  EXPECT_EQ(server->ReadUntil("PING\r\n"), "*1\r\n$4\r\nPING\r\n");
  ASSERT_TRUE(server->Send("+PONG\r\n"));
  EXPECT_EQ(client->ReadUntil("\n"), "+PONG\r\n");
  EXPECT_FALSE(listener.HasConnection()) << "a second connection for the same client";
}

TEST_P(DetectionTest, BytesThatComeOneByOneAreToldAllTheSame) {
  for (harness::Pod* from : {client_, plain_client_}) {
    const auto connect = [&] {
      return from == client_ ? Connect(from, EchoServer::kPort)
                             : Connect(from, server_->ip(), EchoServer::kPort);
    };
    const auto http1 = connect();
    for (const char byte : Get("/whoami", "Connection: close\r\n")) {
      ASSERT_TRUE(http1->Send(absl::string_view(&byte, 1)));
      absl::SleepFor(absl::Milliseconds(1));  // So that each is a segment.
    }
    EXPECT_THAT(http1->ReadAll(), StartsWith("HTTP/1.1 200")) << from->name();

    const auto http2 = connect();
    const std::string empty_settings("\0\0\0\4\0\0\0\0\0", 9);
    for (const char byte : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + empty_settings) {
      ASSERT_TRUE(http2->Send(absl::string_view(&byte, 1)));
      absl::SleepFor(absl::Milliseconds(1));
    }
    const std::string frame = http2->Read(9);
    ASSERT_EQ(frame.size(), 9u) << from->name();
    EXPECT_EQ(frame[3], 4) << "the server's preface is a SETTINGS frame";
  }
  ExpectMetric(client_, Detected("outbound", "http/2"), 1);
  ExpectMetric(server_, Detected("inbound", "http/2"), 1);
}

TEST_P(DetectionTest, AfterTheTimeoutAFewBytesAreForwarded) {
  for (const char* few : {"G", "GET /", "PRI * HTTP/2.", "\x16"}) {
    const double before = Metric(hasty_client_, Detected("outbound", "read_timeout"));
    Listener listener(plain_server_, kPort);
    const auto client = Connect(hasty_client_, kPort, "plain-server");
    ASSERT_TRUE(client->Send(few));
    const auto server = listener.Accept();
    ASSERT_TRUE(server->connected()) << few;
    EXPECT_EQ(server->Read(strlen(few)), few);
    ASSERT_TRUE(server->Send("go on\n"));
    EXPECT_EQ(client->ReadUntil("\n"), "go on\n");
    const bool told = few[0] == '\x16';  // No method begins so: nothing to wait for.
    EXPECT_EQ(Metric(hasty_client_, Detected("outbound", "read_timeout")), before + (told ? 0 : 1))
        << few;
  }
}

TEST_P(DetectionTest, AfterTheTimeoutSilenceIsForwarded) {
  const double before = Metric(hasty_client_, Detected("outbound", "read_timeout"));
  Listener listener(plain_server_, kPort);
  const auto client = Connect(hasty_client_, kPort, "plain-server");
  const auto server = listener.Accept();
  ASSERT_TRUE(server->connected());
  ExpectMetric(hasty_client_, Detected("outbound", "read_timeout"), before + 1);
  // A request comes too late to be one: it is bytes like others, on the connection at hand.
  ASSERT_TRUE(client->Send(Get("/")));
  EXPECT_THAT(server->ReadUntil("\r\n\r\n"), StartsWith("GET / HTTP/1.1\r\nHost: server"));
  EXPECT_FALSE(listener.HasConnection());
}

TEST_P(DetectionTest, PolicyThatLetsHttpInByRouteHasNobodyDialledEarly) {
  ASSERT_OK(cluster().WriteManifest("guarded.yaml", R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: guarded, namespace: test}
spec: {podSelector: {matchLabels: {app: server}}, port: 7072, proxyProtocol: unknown}
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: open, namespace: test}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: guarded}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /open}}]
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: shut, namespace: test}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: guarded}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /shut}}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: open, namespace: test}
spec:
  targetRef: {group: policy.linkerd.io, kind: HTTPRoute, name: open}
  requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: NetworkAuthentication, name: all}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: all, namespace: test}
spec: {networks: [{cidr: 0.0.0.0/0}]}
)"));
  const auto connect = [&] { return Connect(plain_client_, server_->ip(), kGuardedPort); };
  // The policy takes a moment to arrive. Until then nobody listens, so that a request is answered.
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  std::string answer;
  do {
    const auto probe = connect();
    probe->Send(Get("/shut", "Connection: close\r\n"));
    answer = probe->ReadUntil("\r\n");
  } while (!absl::StartsWith(answer, "HTTP/1.1 403") && absl::Now() < deadline);
  ASSERT_THAT(answer, StartsWith("HTTP/1.1 403"));
  Listener listener(server_, kGuardedPort);

  const auto silent = connect();
  EXPECT_FALSE(listener.HasConnection(kSilence)) << "dialled for whom its bytes are not let in";
  ASSERT_TRUE(silent->Send(Get("/shut")));
  EXPECT_THAT(silent->ReadUntil("\r\n"), StartsWith("HTTP/1.1 403")) << "an answer, not a cut";

  const auto allowed = connect();
  EXPECT_FALSE(listener.HasConnection(kSilence));
  ASSERT_TRUE(allowed->Send(Get("/open")));
  const auto server = listener.Accept();
  EXPECT_THAT(server->ReadUntil("\r\n\r\n"), StartsWith("GET /open HTTP/1.1\r\n"));
  ASSERT_TRUE(server->Send("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_THAT(allowed->ReadUntil("\r\n"), StartsWith("HTTP/1.1 204"));

  // Bytes that are no HTTP have no route, and are cut off.
  const auto other = connect();
  ASSERT_TRUE(other->Send("*1\r\n$4\r\nPING\r\n"));
  EXPECT_EQ(other->ReadAll(), "");
  EXPECT_FALSE(listener.HasConnection());
  ExpectMetric(server_, {"inbound_tcp_authz_deny_total", {{"srv_name", "guarded"}}}, 1);
}

INSTANTIATE_TEST_SUITE_P(Header, DetectionTest, ::testing::Values(Transport::kHeader));
INSTANTIATE_TEST_SUITE_P(Transparent, DetectionTest, ::testing::Values(Transport::kTransparent));

}  // namespace
}  // namespace gossamer::mesh_test
