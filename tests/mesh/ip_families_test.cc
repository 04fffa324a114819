// IPv6 and dual stack: whichever address of a server a client connects to, HTTP and opaque TCP go
// through both proxies.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using harness::IpFamilies;
using ::testing::HasSubstr;

constexpr int kOpaquePort = 7070;
constexpr char kOpaqueAnnotation[] = "config.linkerd.io/opaque-ports";

class IpFamiliesTest : public MeshTest {
 protected:
  static void SetUpTestSuite() {
    harness::Mesh::Options options;
    options.ipv6 = true;
    StartMesh(std::move(options));
  }
  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = AddPod("client");
    harness::Workload outside = TestWorkload("outside");
    outside.meshed = false;
    AddWorkload(outside);

    AddServices("server");
    harness::Workload server = TestWorkload("server");
    server.ports = {{"http", EchoServer::kPort}, {"opaque", kOpaquePort}};
    server.annotations[kOpaqueAnnotation] = absl::StrCat(kOpaquePort);
    ASSERT_OK(cluster().AddWorkload(server));
    server_ = cluster().pod("server");
    echo_ = std::make_unique<EchoServer>(server_);
    listener_ = std::make_unique<Listener>(server_, kOpaquePort);
  }
  static void TearDownTestSuite() {
    echo_.reset();
    listener_.reset();
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  // Services NAME-four, NAME-six and NAME-dual of a workload.
  void AddServices(const std::string& workload) {
    for (const auto& [suffix, families] : {std::pair("-four", IpFamilies::kIpv4),
                                           {"-six", IpFamilies::kIpv6},
                                           {"-dual", IpFamilies::kDual}}) {
      harness::ServiceSpec service;
      service.ns = "test";
      service.name = workload + suffix;
      service.selector = {{"app", workload}};
      service.annotations[kOpaqueAnnotation] = absl::StrCat(kOpaquePort);
      service.ports = {{"http", EchoServer::kPort}, {"opaque", kOpaquePort}};
      service.families = families;
      ASSERT_OK(cluster().AddService(service));
    }
  }

  // Every address that leads to the server.
  static std::vector<std::string> Addresses(harness::Cluster& cluster) {
    return {cluster.service_ip("test", "server-four"),
            cluster.service_ip6("test", "server-six"),
            cluster.service_ip("test", "server-dual"),
            cluster.service_ip6("test", "server-dual"),
            server_->ip(),
            server_->ip6()};
  }

  static std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& ip, int port) {
    std::unique_ptr<Socket> socket;
    from->net().Run([&] { socket = std::make_unique<Socket>(ip, port); });
    EXPECT_TRUE(socket->connected()) << ip;
    return socket;
  }

  static std::string Get(harness::Pod* from, const std::string& ip) {
    const auto socket = Connect(from, ip, EchoServer::kPort);
    socket->Send("GET /whoami HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n");
    return socket->ReadAll();
  }

  static double Count(harness::Pod* pod, const std::string& metric, const std::string& direction,
                      const std::string& tls) {
    return Metric(pod, {metric, {{"direction", direction}, {"tls", tls}}});
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static std::unique_ptr<EchoServer> echo_;
  static std::unique_ptr<Listener> listener_;
};

harness::Pod* IpFamiliesTest::client_ = nullptr;
harness::Pod* IpFamiliesTest::server_ = nullptr;
std::unique_ptr<EchoServer> IpFamiliesTest::echo_;
std::unique_ptr<Listener> IpFamiliesTest::listener_;

TEST_F(IpFamiliesTest, HttpTravelsWithMutualTlsToEveryAddress) {
  for (const std::string& ip : Addresses(cluster())) {
    SCOPED_TRACE(ip);
    const double sent = Count(client_, "request_total", "outbound", "true");
    const double received = Count(server_, "request_total", "inbound", "true");
    EXPECT_THAT(Get(client_, ip), HasSubstr(server_->name()));
    EXPECT_EQ(Count(client_, "request_total", "outbound", "true"), sent + 1);
    EXPECT_EQ(Count(server_, "request_total", "inbound", "true"), received + 1);
  }
}

// The server speaks first, and each side ends its direction by itself.
TEST_F(IpFamiliesTest, OpaqueTcpTravelsWithMutualTlsToEveryAddress) {
  for (const std::string& ip : Addresses(cluster())) {
    SCOPED_TRACE(ip);
    const double opened = Count(server_, "tcp_open_total", "inbound", "true");
    const auto client = Connect(client_, ip, kOpaquePort);
    const auto server = listener_->Accept();
    ASSERT_TRUE(server->connected());
    ASSERT_TRUE(server->Send("welcome\n"));
    EXPECT_EQ(client->ReadUntil("\n"), "welcome\n");
    ASSERT_TRUE(client->Send("thanks"));
    client->ShutdownWrite();
    EXPECT_EQ(server->ReadAll(), "thanks");
    ASSERT_TRUE(server->Send("bye"));
    server->ShutdownWrite();
    EXPECT_EQ(client->ReadAll(), "bye");
    EXPECT_GE(Count(server_, "tcp_open_total", "inbound", "true"), opened + 1);
  }
}

TEST_F(IpFamiliesTest, ServiceOfIpv6AloneLeadsToIpv6) {
  EXPECT_THAT(Get(client_, cluster().service_ip6("test", "server-six")),
              HasSubstr(server_->name()));
  ExpectMetric(client_,
               {"tcp_open_total",
                {{"direction", "outbound"},
                 {"peer", "dst"},
                 {"tls", "true"},
                 {"target_ip", server_->ip6()}}},
               1);
}

TEST_F(IpFamiliesTest, ServiceOfIpv4AloneLeadsToIpv4) {
  EXPECT_THAT(Get(client_, cluster().service_ip("test", "server-four")),
              HasSubstr(server_->name()));
  ExpectMetric(
      client_,
      {"tcp_open_total",
       {{"direction", "outbound"}, {"peer", "dst"}, {"tls", "true"}, {"target_ip", server_->ip()}}},
      1);
}

TEST_F(IpFamiliesTest, ClientOutsideTheMeshIsServedOnBothAddresses) {
  for (const std::string& ip : {server_->ip(), server_->ip6()}) {
    SCOPED_TRACE(ip);
    const double received = Count(server_, "request_total", "inbound", "no_identity");
    EXPECT_THAT(Get(cluster().pod("outside"), ip), HasSubstr(server_->name()));
    EXPECT_EQ(Count(server_, "request_total", "inbound", "no_identity"), received + 1);
    ExpectMetric(
        server_,
        {"tcp_open_total",
         {{"direction", "inbound"}, {"peer", "src"}, {"target_ip", ip}, {"tls", "no_identity"}}},
        1);
  }
}

TEST_F(IpFamiliesTest, ServerOutsideTheMeshIsReachedThroughEitherAddress) {
  AddServices("plain");
  harness::Workload plain = TestWorkload("plain");
  plain.ports = {{"http", EchoServer::kPort}};
  plain.meshed = false;
  ASSERT_OK(cluster().AddWorkload(plain));
  EchoServer echo(cluster().pod("plain"));
  for (const std::string& ip :
       {cluster().service_ip("test", "plain-dual"), cluster().service_ip6("test", "plain-dual"),
        cluster().service_ip("test", "plain-four"), cluster().service_ip6("test", "plain-six")}) {
    EXPECT_THAT(Get(client_, ip), HasSubstr(cluster().pod("plain")->name())) << ip;
  }
}

}  // namespace
}  // namespace gossamer::mesh_test
