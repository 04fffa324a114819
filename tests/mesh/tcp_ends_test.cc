// How TCP connections end through two proxies: in order, by reset, because nobody is there, and
// because nothing has been heard for long.

#include <sys/socket.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = 7070;        // Declared opaque.
constexpr int kClosedPort = 7074;  // Declared opaque; nobody listens there.
// What ends at once must be over long before any timeout of the proxies.
constexpr absl::Duration kAtOnce = absl::Seconds(2);

class TcpEndsTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (server_ != nullptr) return;
    client_ = AddPod("client");
    server_ = AddServer("server", /*meshed=*/true);
    plain_server_ = AddServer("plain-server", /*meshed=*/false);
    harness::Workload impatient = TestWorkload("impatient");
    impatient.proxy_environment = {"LINKERD2_PROXY_TCP_HALF_CLOSED_TIMEOUT=2s",
                                   "LINKERD2_PROXY_TCP_IDLE_TIMEOUT=3s"};
    AddWorkload(impatient);
    impatient_ = cluster().pod("impatient");
  }
  static void TearDownTestSuite() {
    server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  harness::Pod* AddServer(const std::string& name, bool meshed) {
    harness::Workload server = TestWorkload(name, {kPort, kClosedPort});
    server.annotations["config.linkerd.io/opaque-ports"] = "7070,7074";
    server.meshed = meshed;
    AddWorkload(server);
    return cluster().pod(name);
  }
  std::unique_ptr<Socket> Connect(harness::Pod* from, int port = kPort,
                                  const std::string& service = "server") {
    std::unique_ptr<Socket> socket;
    from->net().Run(
        [&] { socket = std::make_unique<Socket>(cluster().service_ip("test", service), port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static harness::Pod* plain_server_;
  static harness::Pod* impatient_;
};

harness::Pod* TcpEndsTest::client_ = nullptr;
harness::Pod* TcpEndsTest::server_ = nullptr;
harness::Pod* TcpEndsTest::plain_server_ = nullptr;
harness::Pod* TcpEndsTest::impatient_ = nullptr;

TEST_F(TcpEndsTest, AResetArrivesAsAReset) {
  Listener listener(server_, kPort);
  for (const bool by_client : {true, false}) {
    const auto client = Connect(client_);
    const auto server = listener.Accept();
    ASSERT_TRUE(client->Send("hello"));
    EXPECT_EQ(server->Read(5), "hello");
    Socket* from = by_client ? client.get() : server.get();
    Socket* to = by_client ? server.get() : client.get();
    from->Reset();
    EXPECT_TRUE(to->EndsInReset()) << (by_client ? "from the client" : "from the server");
  }
}

TEST_F(TcpEndsTest, AResetAfterAHalfCloseArrivesAsAReset) {
  Listener listener(server_, kPort);
  const auto client = Connect(client_);
  const auto server = listener.Accept();
  ASSERT_TRUE(client->Send("question"));
  client->ShutdownWrite();
  EXPECT_EQ(server->ReadAll(), "question");
  EXPECT_TRUE(server->AtEnd());
  client->Reset();
  // Nothing is left to read: writing tells.
  const absl::Time deadline = absl::Now() + absl::Seconds(5);
  while (server->Send("answer") && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_LT(absl::Now(), deadline);
}

TEST_F(TcpEndsTest, AResetIsNotHeldUpByASlowReceiver) {
  Listener listener(server_, kPort);
  const auto client = Connect(client_);
  const auto server = listener.Accept();
  // Until nothing is taken any more: the server does not read.
  const std::string chunk(256 * 1024, 'x');
  const timeval patience = {0, 200'000};
  setsockopt(client->fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  while (client->Send(chunk)) {
  }
  client->Reset();
  EXPECT_TRUE(server->EndsInReset());
}

TEST_F(TcpEndsTest, AConnectionWithoutAByteEndsInOrder) {
  Listener listener(server_, kPort);
  auto client = Connect(client_);
  const auto server = listener.Accept();
  ASSERT_TRUE(server->connected());
  client.reset();
  EXPECT_EQ(server->ReadAll(), "");
  EXPECT_FALSE(server->EndsInReset());
}

TEST_F(TcpEndsTest, ARefusedConnectionIsResetAtOnce) {
  for (const char* service : {"server", "plain-server"}) {
    for (const char* data : {"", "sent before anybody knew"}) {
      const absl::Time begin = absl::Now();
      const auto client = Connect(client_, kClosedPort, service);
      client->Send(data);
      EXPECT_TRUE(client->EndsInReset()) << service << " " << data;
      EXPECT_LT(absl::Now() - begin, kAtOnce) << service;
    }
  }
  ExpectMetric(server_, {"inbound_tcp_errors_total", {{"error", "i/o"}}}, 2);
  ExpectMetric(client_, {"outbound_tcp_errors_total", {{"error", "i/o"}}}, 2);
}

TEST_F(TcpEndsTest, AServerThatDoesNotAnswerIsGivenUp) {
  ASSERT_OK(plain_server_->net().SetLink(false));
  const auto client = Connect(client_, kPort, "plain-server");
  ASSERT_TRUE(client->Send("anyone?"));
  EXPECT_TRUE(client->EndsInReset());  // After LINKERD2_PROXY_OUTBOUND_CONNECT_TIMEOUT, 1 s here.
  ASSERT_OK(plain_server_->net().SetLink(true));
}

TEST_F(TcpEndsTest, AHalfClosedConnectionLastsAsLongAsBytesMove) {
  Listener listener(server_, kPort);
  const auto client = Connect(impatient_);
  const auto server = listener.Accept();
  client->ShutdownWrite();
  EXPECT_EQ(server->ReadAll(), "");
  // Longer than the limit of 2 s.
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(server->Send("."));
    EXPECT_EQ(client->Read(1), ".") << i;
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_TRUE(client->EndsInReset());
}

TEST_F(TcpEndsTest, AnIdleConnectionIsResetOnBothSides) {
  Listener listener(server_, kPort);
  const auto client = Connect(impatient_);
  const auto server = listener.Accept();
  ASSERT_TRUE(client->Send("hello"));
  EXPECT_EQ(server->Read(5), "hello");
  EXPECT_TRUE(client->EndsInReset());
  EXPECT_TRUE(server->EndsInReset());
}

}  // namespace
}  // namespace gossamer::mesh_test
