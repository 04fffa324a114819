// Certificates that end because nobody renews them: what is open goes on, nothing new is trusted,
// and all is well again once they can be renewed. They last eight seconds here.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "httplib.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/shown_certificate.h"
#include "tests/mesh/socket.h"
#include "tests/mesh/trust_test.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = EchoServer::kPort;
constexpr absl::Duration kLong = absl::Seconds(40);  // For renewals and their failures.

class ExpiryTest : public TrustTest {
 protected:
  static void SetUpTestSuite() {
    harness::Mesh::Options options;
    options.certificate_lifetime = absl::Seconds(6);
    options.clock_skew_allowance = absl::Seconds(2);
    options.proxy_environment = {"LINKERD2_PROXY_IDENTITY_MIN_REFRESH=1s"};
    StartMesh(std::move(options));
  }

  harness::Pod* AddServer(const std::string& name) {
    harness::Workload workload = TestWorkload(name, {kPort, kOpaquePort});
    workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
    AddWorkload(workload);
    return cluster().pod(name);
  }
  static bool Expired(harness::Pod* pod) {
    return Metric(pod, {"control_identity_cert_expiration_timestamp_seconds", {}}) <
           absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  }
};

TEST_F(ExpiryTest, IdentityIsAwayUntilEverythingHasExpired) {
  harness::Pod* client = AddPod("client");
  harness::Pod* server = AddServer("server");
  EchoServer echo(server);
  harness::Pod* unvisited = AddServer("unvisited");
  EchoServer unvisited_echo(unvisited);
  Listener listener(server, kOpaquePort);
  const auto bytes = Connect(client, "server");
  const auto bytes_at_server = listener.Accept();
  ASSERT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  Load load(client, Target("server", kPort), absl::Milliseconds(20));
  ASSERT_TRUE(load.WaitForBody(server->name(), kLong));

  harness::Pod* identity = cluster().pod("linkerd-identity");
  identity->program()->Stop(absl::ZeroDuration());
  for (harness::Pod* pod : {client, server}) {
    ASSERT_TRUE(
        Eventually([&] { return Logged(*pod->proxy(), "The certificate has expired"); }, kLong));
    EXPECT_TRUE(Expired(pod));
    EXPECT_EQ(Admin(pod, "GET", "/ready").status, 200) << "that would end what still works";
  }
  EXPECT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  EXPECT_EQ(load.Current().failed, 0) << load.Current().first_failure;
  EXPECT_FALSE(ConnectsAnew(client, "server", &listener));
  EXPECT_TRUE(Logged(*client->proxy(), "this proxy's own certificate expired at"));
  // HTTP to a server that there is no connection to.
  client->net().Run([&] {
    httplib::Client http(cluster().service_ip("test", "unvisited"), kPort);
    http.set_read_timeout(std::chrono::seconds(10));
    const auto response = http.Get("/whoami");
    ASSERT_TRUE(response) << httplib::to_string(response.error());
    EXPECT_EQ(response->status, 504);
    EXPECT_EQ(response->get_header_value("l5d-proxy-error"), "service in fail-fast");
  });
  EXPECT_EQ(unvisited_echo.requests(), 0);

  // Its own proxy's certificate has expired, too, and so have all those that it is asked with.
  const double client_renewals = Renewals(client);
  const double server_renewals = Renewals(server);
  ASSERT_OK(identity->RestartProgram(absl::ZeroDuration()));
  EXPECT_TRUE(Eventually(
      [&] { return Renewals(client) > client_renewals && Renewals(server) > server_renewals; },
      kLong));
  EXPECT_TRUE(ConnectsAnew(client, "server", &listener));
  EXPECT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
}

TEST_F(ExpiryTest, APeerWhoseCertificateHasExpiredIsRefused) {
  harness::Pod* client = AddPod("judge");
  harness::Pod* server = AddServer("expired");
  Listener listener(server, kOpaquePort);
  ASSERT_TRUE(ConnectsAnew(client, "expired", &listener));
  // The identity service gives it no other one.
  ASSERT_OK(server->WriteToken("not.a.token"));
  ASSERT_TRUE(Eventually([&] { return Expired(server); }, kLong));
  const auto shown = ShownCertificate(server);
  ASSERT_OK(shown);
  EXPECT_LT(shown->not_after(), absl::Now());
  EXPECT_FALSE(Expired(client));
  EXPECT_FALSE(ConnectsAnew(client, "expired", &listener));
  EXPECT_TRUE(Logged(*client->proxy(), " ago; it is ")) << "the error tells both times";

  const auto token = mesh().MintToken("expired", "test");
  ASSERT_OK(token);
  ASSERT_OK(server->WriteToken(*token));
  EXPECT_TRUE(Eventually([&] { return !Expired(server); }, kLong));
  EXPECT_TRUE(Eventually([&] { return ConnectsAnew(client, "expired", &listener); }, kLong));
}

}  // namespace
}  // namespace gossamer::mesh_test
