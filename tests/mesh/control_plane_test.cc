// The control plane dies and returns; traffic does not notice.

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = EchoServer::kPort;
constexpr const char* kParts[] = {"linkerd-identity", "linkerd-destination"};

using ControlPlaneTest = MeshTest;

TEST_F(ControlPlaneTest, KilledAndRestartedUnderLoadFailsNothing) {
  harness::Pod* client = AddPod("client");
  harness::Pod* server = AddPod("server", {kPort});
  EchoServer echo(server);
  Load load(client, Target("server", kPort));
  ASSERT_TRUE(load.WaitForBody(server->name(), absl::Seconds(5)));

  for (const char* part : kParts) cluster().pod(part)->Stop(absl::ZeroDuration());
  // Longer than idle discoveries are kept: what is in use must stay.
  absl::SleepFor(absl::Seconds(6));
  for (const char* part : kParts) {
    ASSERT_OK(cluster().pod(part)->RestartProxy(absl::ZeroDuration()));
    ASSERT_OK(cluster().pod(part)->RestartProgram(absl::ZeroDuration()));
  }
  for (const char* part : kParts) {
    ASSERT_OK(cluster().pod(part)->WaitReady(absl::Seconds(15)));
  }
  Load::Result result = load.Current();
  EXPECT_EQ(result.failed, 0) << result.first_failure;

  // The streams are taken up again: an endpoint that came since is used.
  const absl::StatusOr<harness::Pod*> second = cluster().AddPod("server");
  ASSERT_OK(second);
  EchoServer second_echo(*second);
  EXPECT_TRUE(load.WaitForBody((*second)->name(), absl::Seconds(20)));
  result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
}

TEST_F(ControlPlaneTest, GracefulRestartOfDestinationFailsNothing) {
  harness::Pod* client = AddPod("graceful-client");
  harness::Pod* server = AddPod("graceful", {kPort});
  EchoServer echo(server);
  Load load(client, Target("graceful", kPort));
  ASSERT_TRUE(load.WaitForBody(server->name(), absl::Seconds(5)));
  harness::Pod* destination = cluster().pod("linkerd-destination");
  ASSERT_OK(destination->RestartProgram(absl::Seconds(10)));
  ASSERT_OK(destination->WaitReady(absl::Seconds(15)));
  absl::SleepFor(absl::Seconds(1));
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
}

TEST_F(ControlPlaneTest, ProxyStartedWithoutAControlPlaneBecomesReadyWhenItReturns) {
  harness::Pod* identity = cluster().pod("linkerd-identity");
  identity->Stop(absl::ZeroDuration());
  AddWorkload(TestWorkload("early"), /*wait=*/false);
  EXPECT_THAT(cluster().pod("early")->WaitReady(absl::Seconds(2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, ::testing::_));
  ASSERT_OK(identity->RestartProxy(absl::ZeroDuration()));
  ASSERT_OK(identity->RestartProgram(absl::ZeroDuration()));
  EXPECT_OK(cluster().pod("early")->WaitReady(absl::Seconds(20)));
}

}  // namespace
}  // namespace gossamer::mesh_test
