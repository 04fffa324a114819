// Requests as clients make them of a proxy: CONNECT and the absolute form, through two proxies that
// are none of the client's choosing.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kPort = 7071;

class ProxyRequestsTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (server_ != nullptr) return;
    client_ = AddPod("client");
    server_ = AddPod("server", {kPort});
    harness::Workload plain = TestWorkload("plain-client");
    plain.meshed = false;
    AddWorkload(plain);
    plain_client_ = cluster().pod("plain-client");
  }
  static void TearDownTestSuite() {
    server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  // From the mesh and from outside, through both proxies and through the server's alone.
  std::unique_ptr<Socket> Connect(bool meshed) {
    std::unique_ptr<Socket> socket;
    (meshed ? client_ : plain_client_)->net().Run([&] {
      socket = std::make_unique<Socket>(
          meshed ? cluster().service_ip("test", "server") : server_->ip(), kPort);
    });
    EXPECT_TRUE(socket->connected());
    return socket;
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static harness::Pod* plain_client_;
};

harness::Pod* ProxyRequestsTest::client_ = nullptr;
harness::Pod* ProxyRequestsTest::server_ = nullptr;
harness::Pod* ProxyRequestsTest::plain_client_ = nullptr;

TEST_F(ProxyRequestsTest, ConnectBecomesATunnel) {
  Listener listener(server_, kPort);
  for (const bool meshed : {true, false}) {
    const auto client = Connect(meshed);
    ASSERT_TRUE(client->Send("CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n"));
    const auto server = listener.Accept();
    EXPECT_THAT(server->ReadUntil("\r\n\r\n"), StartsWith("CONNECT db.example:5432 HTTP/1.1\r\n"))
        << meshed;
    ASSERT_TRUE(server->Send("HTTP/1.1 200 Connection established\r\n\r\nserver first"));
    EXPECT_THAT(client->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200")) << meshed;
    EXPECT_EQ(client->Read(12), "server first") << meshed;
    ASSERT_TRUE(client->Send(std::string("\0\x01GET / not HTTP\r\n\r\n", 20)));
    EXPECT_EQ(server->Read(20), std::string("\0\x01GET / not HTTP\r\n\r\n", 20)) << meshed;
    client->ShutdownWrite();
    EXPECT_EQ(server->ReadAll(), "") << meshed;
    ASSERT_TRUE(server->Send("last words"));
    server->ShutdownWrite();
    EXPECT_EQ(client->ReadAll(), "last words") << meshed;
  }
}

TEST_F(ProxyRequestsTest, ConnectThatIsRefusedStaysHttp) {
  Listener listener(server_, kPort);
  for (const bool meshed : {true, false}) {
    const auto client = Connect(meshed);
    ASSERT_TRUE(client->Send("CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n"));
    const auto server = listener.Accept();
    server->ReadUntil("\r\n\r\n");
    ASSERT_TRUE(server->Send("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 4\r\n\r\nno.\n"));
    EXPECT_THAT(client->ReadUntil("no.\n"), StartsWith("HTTP/1.1 405")) << meshed;
  }
}

TEST_F(ProxyRequestsTest, ConnectInAnotherFormIsRefused) {
  Listener listener(server_, kPort);
  for (const char* bad : {"CONNECT / HTTP/1.1\r\nHost: db.example\r\n\r\n",
                          "CONNECT http://db.example/ HTTP/1.1\r\nHost: db.example\r\n\r\n",
                          "GET db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n"}) {
    const auto client = Connect(/*meshed=*/true);
    ASSERT_TRUE(client->Send(bad));
    EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 400")) << bad;
  }
  EXPECT_FALSE(listener.HasConnection());
}

TEST_F(ProxyRequestsTest, TheAbsoluteFormArrivesAsItWas) {
  Listener listener(server_, kPort);
  for (const bool meshed : {true, false}) {
    const auto client = Connect(meshed);
    ASSERT_TRUE(
        client->Send("GET http://web.example/path?q=1 HTTP/1.1\r\nHost: web.example\r\n\r\n"));
    const auto server = listener.Accept();
    const std::string head = server->ReadUntil("\r\n\r\n");
    EXPECT_THAT(head, StartsWith("GET http://web.example/path?q=1 HTTP/1.1\r\n")) << meshed;
    EXPECT_THAT(head, HasSubstr("host: web.example\r\n")) << meshed;
    EXPECT_FALSE(absl::StrContains(head, "l5d-orig-proto")) << head;
    ASSERT_TRUE(server->Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    EXPECT_THAT(client->ReadUntil("ok"), StartsWith("HTTP/1.1 200 OK\r\n")) << meshed;
  }
}

}  // namespace
}  // namespace gossamer::mesh_test
