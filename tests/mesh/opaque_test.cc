// TCP that nobody looks into, through two proxies.

#include <memory>
#include <string>
#include <thread>

#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kOpaquePort = 7070;    // Declared opaque.
constexpr int kDetectedPort = 7071;  // Left to detection.

class OpaqueTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (server_ == nullptr) {
      client_ = AddPod("client");
      harness::Workload server = TestWorkload("server", {kOpaquePort, kDetectedPort});
      server.annotations["config.linkerd.io/opaque-ports"] = "7070";
      AddWorkload(server);
      server_ = cluster().pod("server");
    }
  }
  static void TearDownTestSuite() {
    server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  std::unique_ptr<Socket> Connect(int port) {
    std::unique_ptr<Socket> socket;
    client_->net().Run(
        [&] { socket = std::make_unique<Socket>(cluster().service_ip("test", "server"), port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
};

harness::Pod* OpaqueTest::client_ = nullptr;
harness::Pod* OpaqueTest::server_ = nullptr;

TEST_F(OpaqueTest, ServerMaySpeakFirst) {
  Listener listener(server_, kOpaquePort);
  const absl::Time begin = absl::Now();
  const auto client = Connect(kOpaquePort);
  const auto server = listener.Accept();
  ASSERT_TRUE(server->connected());
  ASSERT_TRUE(server->Send("220 welcome\n"));
  EXPECT_EQ(client->ReadUntil("\n"), "220 welcome\n");
  ASSERT_TRUE(client->Send("HELO\n"));
  EXPECT_EQ(server->ReadUntil("\n"), "HELO\n");
  // Far less than the time after which detection gives up.
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  ExpectMetric(server_,
               {"tcp_open_total",
                {{"direction", "inbound"},
                 {"peer", "src"},
                 {"tls", "true"},
                 {"client_id", harness::IdentityName("client", "test")}}},
               1);
}

TEST_F(OpaqueTest, HalfClosedConnectionCarriesTheAnswer) {
  Listener listener(server_, kOpaquePort);
  const auto client = Connect(kOpaquePort);
  const auto server = listener.Accept();
  ASSERT_TRUE(client->Send("question"));
  client->ShutdownWrite();
  EXPECT_EQ(server->ReadAll(), "question");
  EXPECT_TRUE(server->AtEnd());
  ASSERT_TRUE(server->Send("answer"));
  server->ShutdownWrite();
  EXPECT_EQ(client->ReadAll(), "answer");
  EXPECT_TRUE(client->AtEnd());
}

TEST_F(OpaqueTest, ServerMayCloseItsHalfFirst) {
  Listener listener(server_, kOpaquePort);
  const auto client = Connect(kOpaquePort);
  const auto server = listener.Accept();
  ASSERT_TRUE(server->Send("all I have"));
  server->ShutdownWrite();
  EXPECT_EQ(client->ReadAll(), "all I have");
  ASSERT_TRUE(client->Send("thanks"));
  client->ShutdownWrite();
  EXPECT_EQ(server->ReadAll(), "thanks");
}

TEST_F(OpaqueTest, MegabytesArriveInOrder) {
  Listener listener(server_, kOpaquePort);
  const auto client = Connect(kOpaquePort);
  const auto server = listener.Accept();
  std::string sent;
  for (uint32_t i = 0; i < 2 * 1024 * 1024; ++i) {
    const uint32_t value = i * 2654435761u;
    sent.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  std::thread sender([&] {
    EXPECT_TRUE(client->Send(sent));
    client->ShutdownWrite();
  });
  EXPECT_TRUE(server->ReadAll() == sent);
  sender.join();
}

TEST_F(OpaqueTest, UnknownProtocolOnADetectedPortIsCarried) {
  Listener listener(server_, kDetectedPort);
  const auto client = Connect(kDetectedPort);
  ASSERT_TRUE(client->Send("neither HTTP nor TLS\n"));
  const auto server = listener.Accept();
  ASSERT_TRUE(server->connected());
  EXPECT_EQ(server->ReadUntil("\n"), "neither HTTP nor TLS\n");
  ASSERT_TRUE(server->Send("understood\n"));
  EXPECT_EQ(client->ReadUntil("\n"), "understood\n");
}

TEST_F(OpaqueTest, NobodyListeningClosesTheConnection) {
  const auto client = Connect(kOpaquePort);
  client->Send("anyone?\n");
  EXPECT_EQ(client->ReadAll(), "");
  EXPECT_TRUE(client->AtEnd());
}

}  // namespace
}  // namespace gossamer::mesh_test
