// Certificates are renewed and issuers rotated, and no connection notices.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/http2_client.h"
#include "tests/mesh/http2_server.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/shown_certificate.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kPort = EchoServer::kPort;
constexpr int kOpaquePort = 7070;
constexpr int kWebSocketPort = 8081;

class RotationTest : public MeshTest {
 protected:
  std::unique_ptr<Socket> Connect(harness::Pod* from, int port) {
    std::unique_ptr<Socket> socket;
    from->net().Run(
        [&] { socket = std::make_unique<Socket>(cluster().service_ip("test", "rotating"), port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  static bool Echoes(Socket* a, Socket* b, const std::string& text) {
    return a->Send(text) && b->Read(text.size()) == text && b->Send(text) &&
           a->Read(text.size()) == text;
  }
};

TEST_F(RotationTest, ConnectionsOutliveRenewalsAndANewIssuer) {
  // Renewed every second instead of once in 17 hours.
  const std::vector<std::string> often = {"LINKERD2_PROXY_IDENTITY_MIN_REFRESH=1s",
                                          "LINKERD2_PROXY_IDENTITY_MAX_REFRESH=1s"};
  harness::Workload client_workload = TestWorkload("rotating-client");
  client_workload.proxy_environment = often;
  AddWorkload(client_workload);
  harness::Workload server_workload =
      TestWorkload("rotating", {kPort, kOpaquePort, kWebSocketPort, Http2Server::kPort});
  server_workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
  server_workload.proxy_environment = often;
  AddWorkload(server_workload);
  harness::Pod* client = cluster().pod("rotating-client");
  harness::Pod* server = cluster().pod("rotating");
  EchoServer echo(server);
  Http2Server http2_server(server);

  // Bytes that nobody looks into.
  Listener opaque_listener(server, kOpaquePort);
  const auto opaque = Connect(client, kOpaquePort);
  const auto opaque_server = opaque_listener.Accept();
  ASSERT_TRUE(Echoes(opaque.get(), opaque_server.get(), "first"));
  // An upgraded connection, as WebSocket has it.
  Listener web_socket_listener(server, kWebSocketPort);
  const auto web_socket = Connect(client, kWebSocketPort);
  ASSERT_TRUE(
      web_socket->Send("GET / HTTP/1.1\r\nHost: rotating\r\nConnection: Upgrade\r\n"
                       "Upgrade: websocket\r\n\r\n"));
  const auto web_socket_server = web_socket_listener.Accept();
  web_socket_server->ReadUntil("\r\n\r\n");
  ASSERT_TRUE(
      web_socket_server->Send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                              "Upgrade: websocket\r\n\r\n"));
  ASSERT_THAT(web_socket->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
  ASSERT_TRUE(Echoes(web_socket.get(), web_socket_server.get(), "first"));
  // An HTTP/2 stream with a response without end.
  Http2Client http2(client, cluster().service_ip("test", "rotating"), Http2Server::kPort);
  const int stream = http2.Start("rotating", "/ticks");
  ASSERT_THAT(http2.WaitForBody(stream, "tick-1;").body, StartsWith("tick-1;"));
  // And requests, one after the other, on connections that are kept.
  Load load(client, Target("rotating", kPort));
  ASSERT_TRUE(load.WaitForBody(server->name(), absl::Seconds(15)));

  const harness::SampleFilter opened = {"tcp_open_total",
                                        {{"direction", "outbound"}, {"peer", "dst"}}};
  const double opened_before = Metric(client, opened);
  const auto shown_before = ShownCertificate(server);
  ASSERT_OK(shown_before);
  const absl::Time begin = absl::Now();
  bool rotated = false;
  int round = 0;
  const auto renewals = [&](harness::Pod* pod) {
    return Metric(pod, {"control_identity_cert_refreshes_total", {{"result", "ok"}}});
  };
  while ((renewals(client) < 6 || renewals(server) < 6) &&
         absl::Now() - begin < absl::Seconds(60)) {
    if (!rotated && absl::Now() - begin > absl::Seconds(2)) {
      rotated = true;
      ASSERT_OK(mesh().RotateIssuer());
    }
    const std::string text = absl::StrCat("round-", ++round, ";");
    ASSERT_TRUE(Echoes(opaque.get(), opaque_server.get(), text)) << text;
    ASSERT_TRUE(Echoes(web_socket.get(), web_socket_server.get(), text)) << text;
    // One tick a round comes at least; the connection may be slower than its server.
    const std::string tick = absl::StrCat("tick-", round, ";");
    ASSERT_THAT(http2.WaitForBody(stream, tick).body, HasSubstr(tick));
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_GE(renewals(client), 6);
  EXPECT_GE(renewals(server), 6);
  EXPECT_TRUE(rotated);
  EXPECT_EQ(Metric(client, opened), opened_before) << "no connection had to be made anew";
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;

  // Who connects now sees another certificate.
  const auto shown_after = ShownCertificate(server);
  ASSERT_OK(shown_after);
  EXPECT_NE(shown_after->serial(), shown_before->serial());
  EXPECT_GT(shown_after->not_after(), shown_before->not_after());
  const auto fresh = Connect(client, kOpaquePort);
  const auto fresh_server = opaque_listener.Accept();
  EXPECT_TRUE(Echoes(fresh.get(), fresh_server.get(), "fresh"));
  EXPECT_FALSE(http2.draining());
}

}  // namespace
}  // namespace gossamer::mesh_test
