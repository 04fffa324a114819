// POST /drain: long connections are rebalanced without an end of anything else.

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/http2_client.h"
#include "tests/mesh/http2_server.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kPort = EchoServer::kPort;
constexpr int kOpaquePort = 7070;

class DrainTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = AddPod("client");
    harness::Workload server = TestWorkload("server", {kPort, kOpaquePort, Http2Server::kPort});
    server.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
    AddWorkload(server);
    server_ = cluster().pod("server");
    echo_ = std::make_unique<EchoServer>(server_);
    http2_ = std::make_unique<Http2Server>(server_);
  }
  static void TearDownTestSuite() {
    echo_.reset();
    http2_.reset();
    client_ = server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  std::string ip() { return cluster().service_ip("test", "server"); }
  std::unique_ptr<Socket> Connect(int port = kPort) {
    std::unique_ptr<Socket> socket;
    client_->net().Run([&] { socket = std::make_unique<Socket>(ip(), port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  static bool SendRequest(Socket* socket, const std::string& path) {
    return socket->Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: server\r\n\r\n"));
  }
  // A response, in lower case.
  static std::string ReadResponse(Socket* socket) {
    const std::string head = absl::AsciiStrToLower(socket->ReadUntil("\r\n\r\n"));
    const size_t at = head.find("content-length: ");
    if (at == std::string::npos) return head;
    return head + socket->Read(static_cast<size_t>(atoll(head.c_str() + at + 16)));
  }
  bool NothingDraining(harness::Pod* pod) {
    return Eventually([&] { return Admin(pod, "GET", "/drain").body == "{\"draining\":0}\n"; });
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static std::unique_ptr<EchoServer> echo_;
  static std::unique_ptr<Http2Server> http2_;
};

harness::Pod* DrainTest::client_ = nullptr;
harness::Pod* DrainTest::server_ = nullptr;
std::unique_ptr<EchoServer> DrainTest::echo_;
std::unique_ptr<Http2Server> DrainTest::http2_;

TEST_F(DrainTest, Http1FinishesWhatIsInFlightAndCloses) {
  const auto idle = Connect();
  ASSERT_TRUE(SendRequest(idle.get(), "/whoami"));
  EXPECT_THAT(ReadResponse(idle.get()), HasSubstr(server_->name()));
  const auto busy = Connect();
  const int before = echo_->requests();
  ASSERT_TRUE(SendRequest(busy.get(), "/slow/1500"));
  ASSERT_TRUE(Eventually([&] { return echo_->requests() > before; }));

  const Answer answer = Admin(client_, "POST", "/drain");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"draining\":2}\n");
  EXPECT_TRUE(idle->AtEnd());
  const std::string response = ReadResponse(busy.get());
  EXPECT_THAT(response, StartsWith("http/1.1 200"));
  EXPECT_THAT(response, HasSubstr("connection: close"));
  EXPECT_THAT(response, HasSubstr(server_->name()));
  EXPECT_TRUE(busy->AtEnd());
  EXPECT_TRUE(NothingDraining(client_));

  // The proxy goes on as before.
  EXPECT_EQ(Admin(client_, "GET", "/ready").status, 200);
  const auto fresh = Connect();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(SendRequest(fresh.get(), "/whoami"));
    EXPECT_THAT(ReadResponse(fresh.get()), Not(HasSubstr("connection: close")));
  }
}

TEST_F(DrainTest, Http2SaysGoawayAndFinishesItsStreams) {
  Http2Client http2(client_, ip(), Http2Server::kPort);
  EXPECT_EQ(http2.Get("server", "/whoami").body, server_->name());
  const int before = http2_->requests();
  const int slow = http2.Start("server", "/slow/1500");
  // The response may take its time; the request is on its way once the server has it.
  std::thread drain([&] {
    EXPECT_TRUE(Eventually([&] { return http2_->requests() > before; }));
    EXPECT_EQ(Admin(client_, "POST", "/drain").status, 200);
  });
  EXPECT_TRUE(http2.WaitForGoaway());
  drain.join();
  EXPECT_FALSE(http2.closed());
  EXPECT_EQ(http2.Start("server", "/whoami"), 0) << "the client is told to go elsewhere";
  const Http2Client::Response& response = http2.Wait(slow);
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body, server_->name());
  EXPECT_TRUE(http2.WaitForClose());
  EXPECT_TRUE(NothingDraining(client_));
  EXPECT_EQ(Http2Client(client_, ip(), Http2Server::kPort).Get("server", "/whoami").body,
            server_->name());
}

TEST_F(DrainTest, WhatIsLeftAtTheDeadlineIsClosed) {
  Http2Client http2(client_, ip(), Http2Server::kPort);
  const auto http1 = Connect();
  const int before = echo_->requests() + http2_->requests();
  ASSERT_TRUE(SendRequest(http1.get(), "/slow/6000"));
  const int slow = http2.Start("server", "/slow/60000");
  std::thread drain([&] {
    EXPECT_TRUE(Eventually([&] { return echo_->requests() + http2_->requests() >= before + 2; }));
    EXPECT_EQ(Admin(client_, "POST", "/drain?deadline=1s").status, 200);
  });
  EXPECT_TRUE(http2.WaitForClose());
  drain.join();
  EXPECT_TRUE(http2.Wait(slow).reset);
  EXPECT_EQ(http1->ReadAll(), "");
  EXPECT_TRUE(NothingDraining(client_));
}

TEST_F(DrainTest, BytesThatNobodyLooksIntoAreLeftAlone) {
  Listener listener(server_, kOpaquePort);
  const auto client = Connect(kOpaquePort);
  const auto server = listener.Accept();
  for (harness::Pod* pod : {client_, server_}) {
    EXPECT_EQ(Admin(pod, "POST", "/drain?deadline=0").status, 200);
  }
  absl::SleepFor(absl::Milliseconds(200));
  ASSERT_TRUE(client->Send("over"));
  EXPECT_EQ(server->Read(4), "over");
  ASSERT_TRUE(server->Send("back"));
  EXPECT_EQ(client->Read(4), "back");
}

TEST_F(DrainTest, UnderLoadNothingFails) {
  Load load(client_, Target("server", kPort));
  ASSERT_TRUE(load.WaitForBody(server_->name(), absl::Seconds(15)));
  for (int i = 0; i < 4; ++i) {
    absl::SleepFor(absl::Milliseconds(500));
    // The server's side: its clients are proxies, which change over to a new connection.
    EXPECT_EQ(Admin(server_, "POST", "/drain").status, 200);
  }
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
  EXPECT_GT(result.ok, 100);
}

TEST_F(DrainTest, RefusesWhatItDoesNotUnderstand) {
  const Answer unit = Admin(client_, "POST", "/drain?deadline=30");
  EXPECT_EQ(unit.status, 400);
  EXPECT_THAT(unit.body, HasSubstr("deadline '30'"));
  const Answer unknown = Admin(client_, "POST", "/drain?timeout=30s");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("timeout=30s"));
  EXPECT_EQ(Admin(client_, "DELETE", "/drain").status, 405);
  EXPECT_THAT(harness::HttpPost(client_->ip(), harness::kAdminPort, "/drain").status().message(),
              HasSubstr(" 403 "));
}

}  // namespace
}  // namespace gossamer::mesh_test
