// Replicas come, go and die under load.

#include <signal.h>

#include <memory>
#include <string>

#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = EchoServer::kPort;
// A terminating pod goes on serving for a while, as with Kubernetes' own preStop hooks.
constexpr absl::Duration kDrain = absl::Milliseconds(500);

using EndpointsTest = MeshTest;

TEST_F(EndpointsTest, EndpointAddedUnderLoadServesAndNothingFails) {
  harness::Pod* client = AddPod("client-add");
  harness::Pod* first = AddPod("add", {kPort});
  EchoServer first_echo(first);
  Load load(client, Target("add", kPort));
  ASSERT_TRUE(load.WaitForBody(first->name(), absl::Seconds(5)));

  const absl::StatusOr<harness::Pod*> second = cluster().AddPod("add");
  ASSERT_OK(second);
  EchoServer second_echo(*second);
  EXPECT_TRUE(load.WaitForBody((*second)->name(), absl::Seconds(5)));
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
}

TEST_F(EndpointsTest, EndpointRemovedUnderLoadDrainsAndNothingFails) {
  harness::Pod* client = AddPod("client-remove");
  harness::Workload workload = TestWorkload("remove", {kPort});
  workload.replicas = 2;
  AddWorkload(workload);
  harness::Pod* leaving = cluster().pods("remove")[0];
  harness::Pod* staying = cluster().pods("remove")[1];
  auto leaving_echo = std::make_unique<EchoServer>(leaving);
  EchoServer staying_echo(staying);
  Load load(client, Target("remove", kPort));
  ASSERT_TRUE(load.WaitForBody(leaving->name(), absl::Seconds(5)));
  ASSERT_TRUE(load.WaitForBody(staying->name(), absl::Seconds(5)));

  ASSERT_OK(cluster().SetAnnounced(leaving, false));
  absl::SleepFor(kDrain);
  const int requests_when_gone = leaving_echo->requests();
  leaving->proxy()->Signal(SIGTERM);
  EXPECT_OK(leaving->proxy()->Wait(absl::Seconds(5)));
  EXPECT_EQ(leaving_echo->requests(), requests_when_gone) << "requests after it was withdrawn";
  leaving_echo.reset();
  ASSERT_OK(cluster().RemovePod(leaving, absl::ZeroDuration()));
  absl::SleepFor(kDrain);
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
}

TEST_F(EndpointsTest, LongRequestOutlivesTheRemovalOfItsEndpoint) {
  harness::Pod* client = AddPod("client-long");
  harness::Pod* server = AddPod("long", {kPort});
  EchoServer echo(server);
  Load load(client, Target("long", kPort, "/slow/1500"));
  absl::SleepFor(absl::Milliseconds(500));
  ASSERT_OK(cluster().SetAnnounced(server, false));
  server->proxy()->Signal(SIGTERM);
  // Those of the first round are answered; later ones have nowhere to go.
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_EQ(load.Current().by_body[server->name()], Load::kThreads);
}

TEST_F(EndpointsTest, ReplicaThatDiesIsLeftAndTheOtherServesAll) {
  harness::Pod* client = AddPod("client-fail");
  harness::Workload workload = TestWorkload("fail", {kPort});
  workload.replicas = 2;
  AddWorkload(workload);
  harness::Pod* dying = cluster().pods("fail")[0];
  harness::Pod* living = cluster().pods("fail")[1];
  EchoServer dying_echo(dying);
  EchoServer living_echo(living);
  Load load(client, Target("fail", kPort));
  ASSERT_TRUE(load.WaitForBody(dying->name(), absl::Seconds(5)));
  ASSERT_TRUE(load.WaitForBody(living->name(), absl::Seconds(5)));

  // Without a word to the control plane, which goes on announcing it.
  dying->proxy()->Signal(SIGKILL);
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_LE(load.Current().failed, Load::kThreads) << "only requests under way may be lost";
  load.Reset();
  absl::SleepFor(absl::Seconds(2));
  Load::Result result = load.Current();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
  EXPECT_GT(result.by_body[living->name()], 100);

  // And it is taken back when it returns.
  ASSERT_OK(dying->RestartProxy(absl::ZeroDuration()));
  EXPECT_TRUE(load.WaitForBody(dying->name(), absl::Seconds(15)));
  result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
}

TEST_F(EndpointsTest, ReplicaWhoseMachineVanishesIsLeft) {
  harness::Workload client_workload = TestWorkload("client-vanish");
  // The injector's 30 s would make a slow test.
  client_workload.proxy_environment = {"LINKERD2_PROXY_OUTBOUND_CONNECT_USER_TIMEOUT=2s"};
  AddWorkload(client_workload);
  harness::Pod* client = cluster().pod("client-vanish");
  harness::Workload workload = TestWorkload("vanish", {kPort});
  workload.replicas = 2;
  AddWorkload(workload);
  harness::Pod* vanishing = cluster().pods("vanish")[0];
  EchoServer vanishing_echo(vanishing);
  EchoServer living_echo(cluster().pods("vanish")[1]);
  Load load(client, Target("vanish", kPort));
  ASSERT_TRUE(load.WaitForBody(vanishing->name(), absl::Seconds(5)));
  ASSERT_OK(vanishing->net().SetLink(false));
  // Requests that it has taken fail when its connection does; nothing is sent to it afterwards.
  absl::SleepFor(absl::Seconds(Socket::kTimeoutSeconds + 1));
  load.Reset();
  absl::SleepFor(absl::Seconds(3));
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
  EXPECT_GT(result.ok, 100);
}

}  // namespace
}  // namespace gossamer::mesh_test
