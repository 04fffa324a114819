// HTTP/1.1 through two proxies, as its bytes look to a client.

#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/socket.h"
#include "tests/support/runfiles.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Http1Test : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (server_ != nullptr) return;
    client_ = AddPod("client");
    server_ = AddPod("server", {EchoServer::kPort});
    echo_ = std::make_unique<EchoServer>(server_);
  }
  static void TearDownTestSuite() {
    echo_.reset();
    server_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  // A connection to the server's Service, from the client's pod.
  std::unique_ptr<Socket> Connect() {
    std::unique_ptr<Socket> socket;
    client_->net().Run([&] {
      socket = std::make_unique<Socket>(cluster().service_ip("test", "server"), EchoServer::kPort);
    });
    EXPECT_TRUE(socket->connected());
    return socket;
  }

  static std::string Request(const std::string& method, const std::string& path,
                             const std::string& more_headers = "") {
    return absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: server.test.svc.cluster.local\r\n",
                        more_headers, "\r\n");
  }

  // The value of Content-Length in a head.
  static size_t LengthIn(const std::string& head) {
    const std::string lower = absl::AsciiStrToLower(head);
    const size_t at = lower.find("content-length: ");
    return at == std::string::npos ? 0 : static_cast<size_t>(atoll(lower.c_str() + at + 16));
  }

  static harness::Pod* client_;
  static harness::Pod* server_;
  static std::unique_ptr<EchoServer> echo_;
};

harness::Pod* Http1Test::client_ = nullptr;
harness::Pod* Http1Test::server_ = nullptr;
std::unique_ptr<EchoServer> Http1Test::echo_;

TEST_F(Http1Test, KeepsAConnectionForManyRequests) {
  const auto socket = Connect();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(socket->Send(Request("GET", "/whoami")));
    const std::string head = socket->ReadUntil("\r\n\r\n");
    ASSERT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
    ASSERT_EQ(socket->Read(LengthIn(head)), server_->name());
  }
}

TEST_F(Http1Test, TravelsWithMutualTls) {
  const auto socket = Connect();
  ASSERT_TRUE(socket->Send(Request("GET", "/whoami", "Connection: close\r\n")));
  EXPECT_THAT(socket->ReadAll(), HasSubstr(server_->name()));
  ExpectMetric(client_, {"request_total", {{"direction", "outbound"}, {"tls", "true"}}}, 1);
  ExpectMetric(server_,
               {"request_total",
                {{"direction", "inbound"},
                 {"tls", "true"},
                 {"client_id", harness::IdentityName("client", "test")}}},
               1);
  EXPECT_EQ(Metric(server_, {"request_total",
                             {{"direction", "inbound"}},
                             {{"tls", "true"}, {"target_port", "4191"}}}),
            0);
}

TEST_F(Http1Test, ConnectionCloseIsHonoured) {
  const auto socket = Connect();
  ASSERT_TRUE(socket->Send(Request("GET", "/whoami", "Connection: close\r\n")));
  EXPECT_THAT(socket->ReadAll(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(socket->AtEnd());
}

TEST_F(Http1Test, ChunkedResponseArrivesWhole) {
  const auto socket = Connect();
  ASSERT_TRUE(socket->Send(Request("GET", "/chunks/20", "Connection: close\r\n")));
  const std::string head = socket->ReadUntil("\r\n\r\n");
  ASSERT_THAT(absl::AsciiStrToLower(head), HasSubstr("transfer-encoding: chunked"));
  size_t total = 0;
  for (;;) {
    const size_t size = strtoul(socket->ReadUntil("\r\n").c_str(), nullptr, 16);
    if (size == 0) break;
    total += socket->Read(size).size();
    ASSERT_EQ(socket->Read(2), "\r\n");
  }
  EXPECT_EQ(total, 20 * EchoServer::kChunk);
}

TEST_F(Http1Test, ChunkedRequestArrivesWhole) {
  const auto socket = Connect();
  ASSERT_TRUE(socket->Send(Request("POST", "/echo", "Transfer-Encoding: chunked\r\n")));
  ASSERT_TRUE(socket->Send("5\r\nhello\r\n"));
  ASSERT_TRUE(socket->Send("7\r\n, world\r\n0\r\n\r\n"));
  const std::string head = socket->ReadUntil("\r\n\r\n");
  ASSERT_THAT(head, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(socket->Read(LengthIn(head)), "hello, world");
}

TEST_F(Http1Test, LargeBodiesGoBothWays) {
  const std::string body(3 * 1024 * 1024 + 17, 'b');
  const auto socket = Connect();
  ASSERT_TRUE(
      socket->Send(Request("PUT", "/echo", absl::StrCat("Content-Length: ", body.size(), "\r\n"))));
  ASSERT_TRUE(socket->Send(body));
  const std::string head = socket->ReadUntil("\r\n\r\n");
  ASSERT_EQ(LengthIn(head), body.size());
  EXPECT_TRUE(socket->Read(body.size()) == body);
}

TEST_F(Http1Test, HeadHasNoBodyAndTheConnectionGoesOn) {
  const auto socket = Connect();
  ASSERT_TRUE(socket->Send(Request("HEAD", "/whoami")));
  EXPECT_EQ(LengthIn(socket->ReadUntil("\r\n\r\n")), server_->name().size());
  ASSERT_TRUE(socket->Send(Request("GET", "/status/204")));
  EXPECT_THAT(socket->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 204"));
  ASSERT_TRUE(socket->Send(Request("GET", "/whoami")));
  EXPECT_THAT(socket->ReadUntil(server_->name()), HasSubstr(server_->name()));
}

TEST_F(Http1Test, StatusIsTheServersOwn) {
  for (const int status : {201, 302, 404, 418, 500, 503}) {
    const auto socket = Connect();
    ASSERT_TRUE(socket->Send(Request("GET", absl::StrCat("/status/", status))));
    EXPECT_THAT(socket->ReadUntil("\r\n\r\n"), StartsWith(absl::StrCat("HTTP/1.1 ", status)));
  }
  ExpectMetric(server_,
               {"response_total",
                {{"direction", "inbound"}, {"status_code", "503"}, {"classification", "failure"}}},
               1);
}

TEST_F(Http1Test, MalformedRequestIsRefusedAndTheServerSeesNothing) {
  const int before = echo_->requests();
  for (const char* bad :
       {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const auto socket = Connect();
    socket->Send(bad);
    const std::string answer = socket->ReadUntil("\r\n");
    EXPECT_TRUE(answer.empty() || absl::StartsWith(answer, "HTTP/1.1 4")) << bad << ": " << answer;
  }
  EXPECT_EQ(echo_->requests(), before);
}

TEST_F(Http1Test, UpgradeBecomesAWebSocket) {
  harness::Workload feed = TestWorkload("feed", {7080});
  feed.command = {harness::Runfile("examples/feed/feed")};
  AddWorkload(feed);
  std::unique_ptr<Socket> socket;
  client_->net().Run(
      [&] { socket = std::make_unique<Socket>(cluster().service_ip("test", "feed"), 7080); });
  // Key and answer are the example of RFC 6455, section 1.3.
  ASSERT_TRUE(socket->Send(
      "GET /feed HTTP/1.1\r\nHost: feed.test.svc.cluster.local:7080\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n"));
  const std::string head = socket->ReadUntil("\r\n\r\n");
  ASSERT_THAT(head, StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(head, HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  // The server speaks first; then it returns what the client says ("hello", masked with zeros).
  EXPECT_THAT(socket->ReadUntil("}"), HasSubstr("{\"tick\": 0}"));
  ASSERT_TRUE(socket->Send(std::string("\x81\x85\x00\x00\x00\x00hello", 11)));
  EXPECT_THAT(socket->ReadUntil("hello"), HasSubstr("\x81\x05hello"));
  ExpectMetric(cluster().pod("feed"),
               {"tcp_open_total", {{"direction", "inbound"}, {"peer", "src"}, {"tls", "true"}}}, 1);
}

}  // namespace
}  // namespace gossamer::mesh_test
