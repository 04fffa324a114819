// TLS that is not the mesh's own: routed by the server name of its ClientHello, and never touched.

#include <arpa/inet.h>
#include <fcntl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/net/tcp_stream.h"
#include "lib/tls/tls_stream.h"
#include "lib/x509/testing/test_pki.h"
#include "tests/mesh/client_hello.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/policy_stub.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

namespace outbound = io::linkerd::proxy::outbound;

constexpr int kPort = 7443;
constexpr char kService[] = "10.43.99.99";  // Known to the stub alone.
constexpr absl::Duration kSilence = absl::Milliseconds(300);

void AddForward(const std::string& ip, outbound::TlsRoute* route) {
  outbound::Backend* backend = route->add_rules()
                                   ->mutable_backends()
                                   ->mutable_first_available()
                                   ->add_backends()
                                   ->mutable_backend();
  backend->mutable_metadata()->set_default_("server");
  backend->mutable_queue()->mutable_failfast_timeout()->set_seconds(3);
  in_addr address;
  inet_pton(AF_INET, ip.c_str(), &address);
  backend->mutable_forward()->mutable_addr()->mutable_ip()->set_ipv4(ntohl(address.s_addr));
  backend->mutable_forward()->mutable_addr()->set_port(kPort);
}

class TlsPassthroughTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (stub_ != nullptr) return;
    plain_client_ = AddPlain("plain-client");
    first_ = AddPlain("first");
    second_ = AddPlain("second");
    server_ = AddPod("server", {kPort});
    harness::Workload client = TestWorkload("client");
    client.proxy_environment = PolicyStub::ProxyEnvironment();
    client.proxy_environment.push_back("LINKERD2_PROXY_OUTBOUND_DETECT_TIMEOUT=1s");
    AddWorkload(client, /*wait=*/false);
    client_ = cluster().pod("client");
    stub_ = std::make_unique<PolicyStub>(
        client_, [first = first_->ip(), second = second_->ip()](const outbound::TrafficSpec& target,
                                                                outbound::OutboundPolicy* policy) {
          return Answer(first, second, target, policy);
        });
    ASSERT_OK(cluster().WaitReady(client_));
  }
  static void TearDownTestSuite() {
    stub_.reset();
    MeshTest::TearDownTestSuite();
  }

  static grpc::Status Answer(const std::string& first, const std::string& second,
                             const outbound::TrafficSpec& target,
                             outbound::OutboundPolicy* policy) {
    if (target.addr().port() != kPort) return {grpc::StatusCode::NOT_FOUND, "not a service"};
    policy->mutable_metadata()->set_default_("tls");
    auto* tls = policy->mutable_protocol()->mutable_tls();
    outbound::TlsRoute* exact = tls->add_routes();
    exact->mutable_metadata()->set_default_("exact");
    exact->add_snis()->set_exact("web.example.com");
    AddForward(first, exact);
    outbound::TlsRoute* suffix = tls->add_routes();
    suffix->mutable_metadata()->set_default_("suffix");
    for (const char* label : {"com", "example"}) {
      if (suffix->snis().empty()) suffix->add_snis();
      suffix->mutable_snis(0)->mutable_suffix()->add_reverse_labels(label);
    }
    AddForward(second, suffix);
    outbound::TlsRoute* forbidden = tls->add_routes();
    forbidden->mutable_metadata()->set_default_("forbidden");
    forbidden->add_snis()->set_exact("forbidden.example.com");
    AddForward(second, forbidden);
    forbidden->mutable_rules(0)->add_filters()->mutable_forbidden();
    return grpc::Status::OK;
  }

  harness::Pod* AddPlain(const std::string& name) {
    harness::Workload workload = TestWorkload(name);
    workload.meshed = false;
    AddWorkload(workload);
    return cluster().pod(name);
  }
  static std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& ip) {
    std::unique_ptr<Socket> socket;
    from->net().Run([&] { socket = std::make_unique<Socket>(ip, kPort); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  // Sends a hello from the client's pod and expects it, as it is, at the server `to`.
  void ExpectRoute(const std::string& hello, harness::Pod* to, const char* what) {
    Listener listener(to, kPort);
    const auto client = Connect(client_, kService);
    ASSERT_TRUE(client->Send(hello));
    const auto server = listener.Accept();
    ASSERT_TRUE(server->connected()) << what;
    EXPECT_TRUE(server->Read(hello.size()) == hello) << what;
    ASSERT_TRUE(server->Send("ServerHello, so to speak"));
    server->ShutdownWrite();
    EXPECT_EQ(client->ReadAll(), "ServerHello, so to speak") << what;
  }
  void ExpectRefused(const std::string& hello, const char* what) {
    Listener first(first_, kPort);
    Listener second(second_, kPort);
    const auto client = Connect(client_, kService);
    ASSERT_TRUE(client->Send(hello));
    EXPECT_TRUE(client->EndsInReset()) << what;
    EXPECT_FALSE(first.HasConnection(kSilence) || second.HasConnection()) << what;
  }

  static std::unique_ptr<PolicyStub> stub_;
  static harness::Pod* client_;
  static harness::Pod* plain_client_;
  static harness::Pod* first_;
  static harness::Pod* second_;
  static harness::Pod* server_;
};

std::unique_ptr<PolicyStub> TlsPassthroughTest::stub_;
harness::Pod* TlsPassthroughTest::client_ = nullptr;
harness::Pod* TlsPassthroughTest::plain_client_ = nullptr;
harness::Pod* TlsPassthroughTest::first_ = nullptr;
harness::Pod* TlsPassthroughTest::second_ = nullptr;
harness::Pod* TlsPassthroughTest::server_ = nullptr;

TEST_F(TlsPassthroughTest, OutboundRoutesByServerName) {
  ExpectRoute(ClientHello("web.example.com"), first_, "exact");
  ExpectRoute(ClientHello("WEB.Example.COM"), first_, "exact, in capitals");
  ExpectRoute(ClientHello("api.example.com"), second_, "suffix");
  ExpectRoute(ClientHello("v1.api.example.com"), second_, "suffix, deeper");
  ExpectMetric(client_, {"outbound_tcp_protocol_connections_total", {{"protocol", "tls"}}}, 4);
}

TEST_F(TlsPassthroughTest, OutboundRefusesWhatNoRouteTakes) {
  ExpectRefused(ClientHello("example.com"), "a suffix needs a label before it");
  ExpectRefused(ClientHello("web.example.org"), "another domain");
  ExpectRefused(ClientHello("forbidden.example.com"), "a forbidden route");
  ExpectRefused(ClientHello(""), "no server name");
  ExpectRefused("GET / HTTP/1.1\r\nHost: web.example.com\r\n\r\n", "no TLS");
  ExpectRefused(ClientHello("web.example.com", 9000), "a hello beyond 8 KiB");
  ExpectMetric(client_, {"outbound_tcp_errors_total", {{"error", "unexpected"}}}, 5);
  ExpectMetric(client_, {"outbound_tcp_errors_total", {{"error", "forbidden"}}}, 1);
}

TEST_F(TlsPassthroughTest, OutboundReadsHellosOfAnyShape) {
  ExpectRoute(ClientHello("web.example.com", 600), first_, "beyond 512 bytes");
  ExpectRoute(ClientHello("web.example.com", 8000), first_, "almost 8 KiB");
  ExpectRoute(ClientHello("web.example.com", 100, 16), first_, "in many records");
  // In many segments: slower than a proxy reads.
  const std::string hello = ClientHello("web.example.com", 40, 50);
  Listener listener(first_, kPort);
  const auto client = Connect(client_, kService);
  for (const char byte : hello) {
    ASSERT_TRUE(client->Send(absl::string_view(&byte, 1)));
    absl::SleepFor(absl::Milliseconds(1));
  }
  const auto server = listener.Accept();
  ASSERT_TRUE(server->connected());
  EXPECT_TRUE(server->Read(hello.size()) == hello);
}

TEST_F(TlsPassthroughTest, OutboundGivesUpOnAClientThatNamesNobody) {
  for (const std::string& start : {std::string(), ClientHello("web.example.com").substr(0, 30)}) {
    const auto client = Connect(client_, kService);
    ASSERT_TRUE(client->Send(start));
    EXPECT_TRUE(client->EndsInReset());
  }
}

TEST_F(TlsPassthroughTest, OutboundDoesNotWaitForTheRestOfAHelloThatHasEnded) {
  const absl::Time begin = absl::Now();
  const auto client = Connect(client_, kService);
  ASSERT_TRUE(client->Send(ClientHello("web.example.com").substr(0, 30)));
  client->ShutdownWrite();
  EXPECT_TRUE(client->EndsInReset());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1)) << "the detection timeout";
}

TEST_F(TlsPassthroughTest, InboundLeavesTlsForOthersAlone) {
  Listener listener(server_, kPort);
  for (const std::string& hello :
       {ClientHello("not.the.proxys.name"), ClientHello("not.the.proxys.name", 7000, 64)}) {
    const auto client = Connect(plain_client_, server_->ip());
    ASSERT_TRUE(client->Send(hello.substr(0, 40)));
    absl::SleepFor(absl::Milliseconds(30));  // Longer than a client may be silent: this one is not.
    ASSERT_TRUE(client->Send(hello.substr(40)));
    const auto server = listener.Accept();
    ASSERT_TRUE(server->connected());
    EXPECT_TRUE(server->Read(hello.size()) == hello);
  }
  ExpectMetric(server_,
               {"tcp_open_total",
                {{"direction", "inbound"},
                 {"peer", "src"},
                 {"tls", "opaque"},
                 {"sni", "not.the.proxys.name"}}},
               2);
}

// A party of a real handshake on a socket of the harness.
std::unique_ptr<tls::TlsStream> Party(event::Loop* loop, int fd, const tls::ContextOptions& options,
                                      const std::string& name, bool* done) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  auto tcp = *net::TcpStream::Create(loop, net::UniqueFd(dup(fd)));
  auto context = *tls::Context::Create(options);
  return *tls::TlsStream::Create(loop, std::move(tcp), std::move(context), {name, ""},
                                 [done](absl::Status status) {
                                   EXPECT_OK(status);
                                   *done = true;
                                 });
}

TEST_F(TlsPassthroughTest, ClientAndServerShakeHandsThroughTheProxy) {
  const x509::testing::TestCa ca;
  const auto leaf = ca.Issue("db.internal");
  const auto anyone = [](absl::Span<const absl::string_view> chain, absl::string_view) {
    return absl::StatusOr<std::string>(chain.empty() ? "" : "db.internal");
  };
  tls::ContextOptions server_options;
  server_options.role = tls::Role::kServer;
  server_options.chain = {std::string(leaf.certificate.der())};
  server_options.key = leaf.key.get();
  server_options.verify = anyone;
  tls::ContextOptions client_options;
  client_options.role = tls::Role::kClient;
  client_options.verify = anyone;

  Listener listener(server_, kPort);
  const auto client_socket = Connect(plain_client_, server_->ip());
  auto loop = *event::Loop::Create();
  bool client_done = false;
  bool server_done = false;
  auto client = Party(loop.get(), client_socket->fd(), client_options, "db.internal", &client_done);
  loop->RunOnce(absl::ZeroDuration());  // Its hello is what makes the proxy connect.
  const auto server_socket = listener.Accept();
  ASSERT_TRUE(server_socket->connected());
  auto server = Party(loop.get(), server_socket->fd(), server_options, "", &server_done);
  const absl::Time deadline = absl::Now() + absl::Seconds(5);
  while (!(client_done && server_done) && absl::Now() < deadline) {
    loop->RunOnce(absl::Milliseconds(10));
  }
  ASSERT_TRUE(client_done && server_done);
  EXPECT_EQ(client->peer_id(), "db.internal");
  ASSERT_EQ(client->Write("secret").status, net::IoStatus::kOk);
  std::string received;
  while (received.size() < 6 && absl::Now() < deadline) {
    loop->RunOnce(absl::Milliseconds(10));
    char buffer[64];
    const net::IoResult read = server->Read(buffer, sizeof(buffer));
    received.append(buffer, read.bytes);
  }
  EXPECT_EQ(received, "secret");
}

}  // namespace
}  // namespace gossamer::mesh_test
