// Who may speak: wrong identities are refused, right ones are renewed under load.

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = EchoServer::kPort;

using IdentityTest = MeshTest;

std::string LocalName(const std::string& account) {
  return "LINKERD2_PROXY_IDENTITY_LOCAL_NAME=" + harness::IdentityName(account, "test");
}

TEST_F(IdentityTest, ServerOfAnotherIdentityIsRefused) {
  harness::Pod* client = AddPod("client");
  // The control plane says "announced"; what runs there proves to be "impostor".
  harness::Workload workload = TestWorkload("announced", {kPort});
  workload.proxy_environment = {LocalName("impostor")};
  AddWorkload(workload, /*wait=*/false);
  harness::Pod* server = cluster().pod("announced");
  const auto token = mesh().MintToken("impostor", "test");
  ASSERT_OK(token);
  ASSERT_OK(server->WriteToken(*token));
  ASSERT_OK(cluster().WaitReady(server));
  EchoServer echo(server);

  Load load(client, Target("announced", kPort));
  absl::SleepFor(absl::Seconds(2));
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.ok, 0);
  EXPECT_GT(result.failed, 0);
  EXPECT_EQ(echo.requests(), 0);
}

TEST_F(IdentityTest, TokenOfAnotherAccountGetsNoCertificate) {
  harness::Workload workload = TestWorkload("ambitious");
  // The token is for "ambitious".
  workload.proxy_environment = {LocalName("somebody-else")};
  AddWorkload(workload, /*wait=*/false);
  EXPECT_THAT(cluster().pod("ambitious")->WaitReady(absl::Seconds(2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, ::testing::_));
  ASSERT_OK(cluster().RemovePod(cluster().pod("ambitious"), absl::ZeroDuration()));
}

TEST_F(IdentityTest, GarbageAsATokenGetsNoCertificate) {
  AddWorkload(TestWorkload("garbage"), /*wait=*/false);
  harness::Pod* pod = cluster().pod("garbage");
  ASSERT_OK(pod->WriteToken("not.a.token"));
  ASSERT_OK(pod->RestartProxy(absl::ZeroDuration()));
  EXPECT_THAT(pod->WaitReady(absl::Seconds(2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, ::testing::_));
  // The right token, without a restart.
  const auto token = mesh().MintToken("garbage", "test");
  ASSERT_OK(token);
  ASSERT_OK(pod->WriteToken(*token));
  EXPECT_OK(pod->WaitReady(absl::Seconds(15)));
}

TEST_F(IdentityTest, ControlPlaneOfAnotherTrustRootIsNotTrusted) {
  const auto other = harness::TrustRoot::Create("other.root");
  ASSERT_OK(other);
  harness::Workload workload = TestWorkload("stranger");
  workload.proxy_environment = {"LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS=" + other->Pem()};
  AddWorkload(workload, /*wait=*/false);
  EXPECT_THAT(cluster().pod("stranger")->WaitReady(absl::Seconds(2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, ::testing::_));
  ASSERT_OK(cluster().RemovePod(cluster().pod("stranger"), absl::ZeroDuration()));
}

TEST_F(IdentityTest, RotationUnderLoadFailsNothing) {
  // Renewed every second instead of once in 17 hours.
  const std::vector<std::string> often = {"LINKERD2_PROXY_IDENTITY_MIN_REFRESH=1s",
                                          "LINKERD2_PROXY_IDENTITY_MAX_REFRESH=1s"};
  harness::Workload client_workload = TestWorkload("rotating-client");
  client_workload.proxy_environment = often;
  AddWorkload(client_workload);
  harness::Workload server_workload = TestWorkload("rotating", {kPort});
  server_workload.proxy_environment = often;
  AddWorkload(server_workload);
  harness::Pod* client = cluster().pod("rotating-client");
  harness::Pod* server = cluster().pod("rotating");
  EchoServer echo(server);

  Load load(client, Target("rotating", kPort));
  ASSERT_TRUE(load.WaitForBody(server->name(), absl::Seconds(5)));
  absl::SleepFor(absl::Seconds(2));
  ASSERT_OK(mesh().RotateIssuer());
  absl::SleepFor(absl::Seconds(4));
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
  EXPECT_GT(result.ok, 500);
  for (harness::Pod* pod : {client, server}) {
    ExpectMetric(pod, {"control_identity_cert_refreshes_total", {{"result", "ok"}}}, 4);
    EXPECT_EQ(Metric(pod, {"control_identity_cert_refreshes_total", {{"result", "error"}}}), 0);
  }
}

}  // namespace
}  // namespace gossamer::mesh_test
