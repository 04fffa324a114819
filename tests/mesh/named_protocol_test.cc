// Ports that policy or discovery names as HTTP are HTTP, whatever comes and however slowly: nothing
// is forwarded as it is.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::StartsWith;

constexpr int kHttp1Port = 7081;
constexpr int kHttp2Port = 7082;
constexpr int kGrpcPort = 7083;
// Several times what the proxies wait for a silent client.
constexpr absl::Duration kSilence = absl::Milliseconds(400);
constexpr char kGarbage[] = "\x01\x02neither HTTP nor anything else\r\n\r\n";
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: server\r\n\r\n";

std::string EmptySettings() { return std::string("\0\0\0\4\0\0\0\0\0", 9); }

// Of an HTTP/2 connection's frames, as they came.
std::vector<int> FrameTypes(absl::string_view bytes) {
  std::vector<int> types;
  while (bytes.size() >= 9) {
    const size_t length = static_cast<uint8_t>(bytes[0]) << 16 |
                          static_cast<uint8_t>(bytes[1]) << 8 | static_cast<uint8_t>(bytes[2]);
    types.push_back(bytes[3]);
    bytes.remove_prefix(std::min(bytes.size(), 9 + length));
  }
  return types;
}

class NamedProtocolTest : public MeshTest {
 protected:
  static void SetUpTestSuite() {
    // A client's proxy may say in a transport header that its bytes are opaque, which is believed.
    // Here none says anything: it is for the server's to find out.
    harness::Mesh::Options options;
    options.transparent_transport = true;
    StartMesh(std::move(options));
  }
  void SetUp() override {
    MeshTest::SetUp();
    if (server_ != nullptr) return;
    // Before any client: what an address means is asked when it is first connected to.
    AddNamedServer("named-http", "http");
    AddNamedServer("named-h2c", "kubernetes.io/h2c");
    client_ = AddPod("client");
    server_ = AddPod("server", {kHttp1Port, kHttp2Port, kGrpcPort});
    harness::Workload plain_client = TestWorkload("plain-client");
    plain_client.meshed = false;
    AddWorkload(plain_client);
    plain_client_ = cluster().pod("plain-client");
    NamePorts();
  }
  static void TearDownTestSuite() {
    server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  // Gives the server's ports their protocols, and waits until its proxy knows them.
  void NamePorts() {
    std::string yaml;
    for (const auto& [port, protocol] :
         {std::pair(kHttp1Port, "HTTP/1"), std::pair(kHttp2Port, "HTTP/2"),
          std::pair(kGrpcPort, "gRPC")}) {
      absl::StrAppend(&yaml, absl::Substitute(R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: port-$0, namespace: test}
spec:
  podSelector: {matchLabels: {app: server}}
  port: $0
  proxyProtocol: $1
  accessPolicy: all-unauthenticated
---
)",
                                              port, protocol));
    }
    ASSERT_OK(cluster().WriteManifest("named.yaml", yaml));
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    for (const int port : {kHttp1Port, kHttp2Port, kGrpcPort}) {
      bool named = false;
      while (!named && absl::Now() < deadline) {
        const auto probe = Connect(plain_client_, server_->ip(), port);
        probe->Send(port == kHttp1Port ? kGet : kPreface + EmptySettings());
        probe->Read(9);
        named = Metric(server_, {"tcp_open_total",
                                 {{"direction", "inbound"},
                                  {"peer", "src"},
                                  {"srv_name", absl::StrCat("port-", port)}}}) > 0;
      }
      ASSERT_TRUE(named) << port;
    }
  }

  // A server outside the mesh, whose Service says what its port speaks.
  void AddNamedServer(const std::string& name, const std::string& app_protocol) {
    harness::ServiceSpec service;
    service.ns = "test";
    service.name = name;
    service.selector = {{"app", name}};
    service.ports = {{"port", kHttp1Port, 0, app_protocol}};
    ASSERT_OK(cluster().AddService(service));
    harness::Workload workload = TestWorkload(name);
    workload.meshed = false;
    ASSERT_OK(cluster().AddWorkload(workload));
  }
  std::unique_ptr<Socket> ConnectToNamed(const std::string& name) {
    return Connect(client_, cluster().service_ip("test", name), kHttp1Port);
  }

  std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& ip, int port) {
    std::unique_ptr<Socket> socket;
    from->net().Run([&] { socket = std::make_unique<Socket>(ip, port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  // As a client of the mesh, or past it.
  std::unique_ptr<Socket> ConnectTo(int port, bool meshed) {
    return meshed ? Connect(client_, cluster().service_ip("test", "server"), port)
                  : Connect(plain_client_, server_->ip(), port);
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static harness::Pod* plain_client_;
};

harness::Pod* NamedProtocolTest::client_ = nullptr;
harness::Pod* NamedProtocolTest::server_ = nullptr;
harness::Pod* NamedProtocolTest::plain_client_ = nullptr;

TEST_F(NamedProtocolTest, InboundHttp1AnswersGarbageWith400AndCloses) {
  Listener listener(server_, kHttp1Port);
  for (const char* garbage : {kGarbage, "*1\r\n$4\r\nPING\r\n",
                              "\x16\x03\x01"
                              "\x05garbage\r\n\r\n"}) {
    const auto client = ConnectTo(kHttp1Port, /*meshed=*/false);
    ASSERT_TRUE(client->Send(garbage));
    EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 400 ")) << garbage;
    EXPECT_TRUE(client->AtEnd());
  }
  EXPECT_FALSE(listener.HasConnection(kSilence));
}

TEST_F(NamedProtocolTest, InboundHttp1WaitsForItsClientAndNotForTheWorkload) {
  Listener listener(server_, kHttp1Port);
  for (const bool meshed : {false, true}) {
    const auto client = ConnectTo(kHttp1Port, meshed);
    // The client's own proxy dials early and is then waited for, too: the workload is not dialled.
    EXPECT_EQ(listener.HasConnection(kSilence), false) << meshed;
    ASSERT_TRUE(client->Send("GET / HT"));
    EXPECT_EQ(listener.HasConnection(kSilence), false) << meshed;
    ASSERT_TRUE(client->Send("TP/1.1\r\nHost: server\r\n\r\n"));
    const auto server = listener.Accept();
    EXPECT_THAT(server->ReadUntil("\r\n\r\n"), StartsWith("GET / HTTP/1.1\r\n"));
    ASSERT_TRUE(server->Send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(client->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 204")) << meshed;
  }
}

TEST_F(NamedProtocolTest, InboundHttp2EndsWhatHasNoPreface) {
  for (const int port : {kHttp2Port, kGrpcPort}) {
    Listener listener(server_, port);
    for (const char* garbage : {kGarbage, kGet, "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"}) {
      const auto client = ConnectTo(port, /*meshed=*/false);
      ASSERT_TRUE(client->Send(garbage));
      for (const int type : FrameTypes(client->ReadAll())) {
        EXPECT_TRUE(type == 4 || type == 7 || type == 8)
            << "SETTINGS, GOAWAY, WINDOW_UPDATE: " << type;
      }
      EXPECT_TRUE(client->AtEnd());
    }
    EXPECT_FALSE(listener.HasConnection(kSilence)) << port;
  }
}

TEST_F(NamedProtocolTest, InboundHttp2WaitsForItsClient) {
  for (const int port : {kHttp2Port, kGrpcPort}) {
    Listener listener(server_, port);
    const auto client = ConnectTo(port, /*meshed=*/false);
    EXPECT_FALSE(listener.HasConnection(kSilence)) << port;
    for (const char byte : kPreface + EmptySettings()) {
      ASSERT_TRUE(client->Send(absl::string_view(&byte, 1)));
    }
    const std::vector<int> types = FrameTypes(client->Read(9));
    ASSERT_EQ(types.size(), 1u);
    EXPECT_EQ(types[0], 4) << "SETTINGS";
    EXPECT_FALSE(listener.HasConnection()) << port;
  }
}

// The client's proxy left the port to detection, and sends what it found to be no HTTP as it is;
// the server's proxy knows better.
TEST_F(NamedProtocolTest, InboundHttp1AnswersGarbageFromTheMeshToo) {
  Listener listener(server_, kHttp1Port);
  const auto client = ConnectTo(kHttp1Port, /*meshed=*/true);
  ASSERT_TRUE(client->Send(kGarbage));
  EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 400 "));
  EXPECT_FALSE(listener.HasConnection(kSilence));
}

TEST_F(NamedProtocolTest, OutboundHttp1AnswersGarbageWith400AndCloses) {
  Listener listener(cluster().pod("named-http"), kHttp1Port);
  for (const char* garbage : {kGarbage, "*1\r\n$4\r\nPING\r\n"}) {
    const auto client = ConnectToNamed("named-http");
    ASSERT_TRUE(client->Send(garbage));
    EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 400 ")) << garbage;
    EXPECT_TRUE(client->AtEnd());
  }
  const auto client = ConnectToNamed("named-http");
  EXPECT_FALSE(listener.HasConnection(kSilence)) << "dialled early";
  for (const char byte : absl::string_view(kGet)) {
    ASSERT_TRUE(client->Send(absl::string_view(&byte, 1)));
  }
  const auto server = listener.Accept();
  EXPECT_THAT(server->ReadUntil("\r\n\r\n"), StartsWith("GET / HTTP/1.1\r\n"));
  ASSERT_TRUE(server->Send("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_THAT(client->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 204"));
  ExpectMetric(client_, {"outbound_tcp_protocol_connections_total", {{"protocol", "http/1"}}}, 3);
}

TEST_F(NamedProtocolTest, OutboundHttp2EndsWhatHasNoPreface) {
  Listener listener(cluster().pod("named-h2c"), kHttp1Port);
  for (const char* garbage : {kGarbage, kGet}) {
    const auto client = ConnectToNamed("named-h2c");
    ASSERT_TRUE(client->Send(garbage));
    for (const int type : FrameTypes(client->ReadAll())) {
      EXPECT_TRUE(type == 4 || type == 7 || type == 8) << type;
    }
    EXPECT_TRUE(client->AtEnd());
  }
  const auto client = ConnectToNamed("named-h2c");
  EXPECT_FALSE(listener.HasConnection(kSilence)) << "dialled early";
  ASSERT_TRUE(client->Send(kPreface + EmptySettings()));
  const std::vector<int> types = FrameTypes(client->Read(9));
  ASSERT_EQ(types.size(), 1u);
  EXPECT_EQ(types[0], 4) << "SETTINGS";
  ExpectMetric(client_, {"outbound_tcp_protocol_connections_total", {{"protocol", "http/2"}}}, 3);
}

}  // namespace
}  // namespace gossamer::mesh_test
