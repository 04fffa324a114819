// How a proxy begins and ends: ready once certificate and policy are there; told to end, it serves
// what is open and what its workload still begins, and leaves when that is done.

#include <signal.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

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
using ::testing::StartsWith;

constexpr int kPort = EchoServer::kPort;
constexpr int kOpaquePort = 7070;
constexpr absl::Duration kEnd = absl::Seconds(15);  // Plenty for what takes a second or two.

class LifecycleTest : public MeshTest {
 protected:
  static harness::Workload ServerWorkload(const std::string& name) {
    harness::Workload workload = TestWorkload(name, {kPort, kOpaquePort, Http2Server::kPort});
    workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
    return workload;
  }
  harness::Pod* AddServer(const std::string& name,
                          const std::vector<std::string>& environment = {}) {
    harness::Workload workload = ServerWorkload(name);
    workload.proxy_environment = environment;
    AddWorkload(workload);
    return cluster().pod(name);
  }

  std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& service, int port) {
    std::unique_ptr<Socket> socket;
    from->net().Run(
        [&] { socket = std::make_unique<Socket>(cluster().service_ip("test", service), port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  // Asks over a connection and returns the response, its head in lower case.
  std::string Ask(Socket* socket, const std::string& service) {
    EXPECT_TRUE(socket->Send(absl::StrCat("GET /whoami HTTP/1.1\r\nHost: ", service,
                                          ".test.svc.cluster.local:", kPort, "\r\n\r\n")));
    const std::string head = absl::AsciiStrToLower(socket->ReadUntil("\r\n\r\n"));
    const size_t at = head.find("content-length: ");
    if (at == std::string::npos) return head;
    return head + socket->Read(static_cast<size_t>(atoll(head.c_str() + at + 16)));
  }
  static bool Echoes(Socket* a, Socket* b) {
    return a->Send("over") && b->Read(4) == "over" && b->Send("back") && a->Read(4) == "back";
  }
  // Sends the signal and waits until the proxy has taken note.
  void TellToEnd(harness::Pod* pod) {
    pod->proxy()->Signal(SIGTERM);
    EXPECT_TRUE(Eventually([&] { return Admin(pod, "GET", "/ready").status == 503; }));
  }
  static void ExpectEnds(harness::Pod* pod) {
    const absl::StatusOr<int> code = pod->proxy()->Wait(kEnd);
    ASSERT_OK(code);
    EXPECT_EQ(*code, 0);
  }
};

using ReadinessTest = LifecycleTest;

TEST_F(ReadinessTest, WaitsForThePolicyOfThePortsAndNotForEver) {
  harness::Pod* destination = cluster().pod("linkerd-destination");
  destination->program()->Stop(absl::ZeroDuration());
  harness::Workload workload = TestWorkload("early", {kPort});
  workload.proxy_environment = {"LINKERD2_PROXY_INBOUND_DEFAULT_POLICY=deny"};
  AddWorkload(workload, /*wait=*/false);
  harness::Pod* pod = cluster().pod("early");
  EchoServer echo(pod);
  const harness::SampleFilter certified = {"control_identity_cert_refreshes_total",
                                           {{"result", "ok"}}};
  ASSERT_TRUE(Eventually([&] {
    const auto samples = pod->ProxyMetrics();
    return samples.ok() && Sum(*samples, certified) > 0;
  }));
  EXPECT_EQ(Admin(pod, "GET", "/ready").status, 503) << "certified, and that is not enough";
  EXPECT_EQ(Admin(pod, "GET", "/live").status, 200);
  // The admin port is one of those that are asked about.
  EXPECT_EQ(Metric(pod, {"control_policy_pending_ports", {}}), 2);
  EXPECT_FALSE(harness::HttpGet(pod->ip(), kPort, "/whoami").ok()) << "the default policy holds";

  // A cluster that starts cold would wait for itself.
  EXPECT_OK(pod->WaitReady(absl::Seconds(60)));
  EXPECT_TRUE(Logged(*pod->proxy(), "the policy service does not answer"));
  EXPECT_EQ(Metric(pod, {"control_policy_pending_ports", {}}), 2);
  EXPECT_FALSE(harness::HttpGet(pod->ip(), kPort, "/whoami").ok());
  EXPECT_EQ(echo.requests(), 0);

  ASSERT_OK(destination->RestartProgram(absl::ZeroDuration()));
  ASSERT_OK(cluster().WaitReady(destination));
  EXPECT_TRUE(Eventually([&] { return Metric(pod, {"control_policy_pending_ports", {}}) == 0; },
                         absl::Seconds(60)));
  EXPECT_OK(harness::HttpGet(pod->ip(), kPort, "/whoami"));
}

TEST_F(ReadinessTest, ComesWithThePolicy) {
  harness::Pod* pod = AddPod("prompt", {kPort});
  EXPECT_EQ(Metric(pod, {"control_policy_pending_ports", {}}), 0);
  EXPECT_FALSE(Logged(*pod->proxy(), "the policy service does not answer"));
}

TEST_F(ReadinessTest, DoesNotWaitForItselfInTheControlPlane) {
  for (const char* part : {"linkerd-identity", "linkerd-destination"}) {
    EXPECT_FALSE(Logged(*cluster().pod(part)->proxy(), "the policy service does not answer"));
  }
}

TEST_F(LifecycleTest, ToldToEndItServesWhatIsOpenAndWhatComes) {
  harness::Pod* client = AddPod("client");
  harness::Pod* peer = AddServer("peer");
  harness::Pod* ending = AddServer("ending");
  EchoServer peer_echo(peer);
  Http2Server peer_http2(peer);
  EchoServer echo(ending);
  Http2Server http2(ending);
  Listener listener(ending, kOpaquePort);
  const auto bytes = Connect(client, "ending", kOpaquePort);
  const auto bytes_at_server = listener.Accept();
  ASSERT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  const auto idle = Connect(ending, "peer", kPort);
  EXPECT_THAT(Ask(idle.get(), "peer"), HasSubstr(peer->name()));
  Http2Client idle_http2(ending, cluster().service_ip("test", "peer"), Http2Server::kPort);
  EXPECT_EQ(idle_http2.Get("peer", "/whoami").body, peer->name());
  Load load(client, Target("ending", kPort));
  ASSERT_TRUE(load.WaitForBody(ending->name(), absl::Seconds(15)));

  TellToEnd(ending);
  EXPECT_EQ(Admin(ending, "GET", "/live").status, 200);
  EXPECT_TRUE(idle->AtEnd()) << "an idle connection is closed";
  EXPECT_TRUE(idle_http2.WaitForClose());
  EXPECT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));

  // What the workload begins now: its last calls.
  const auto late = Connect(ending, "peer", kPort);
  const std::string answer = Ask(late.get(), "peer");
  EXPECT_THAT(answer, StartsWith("http/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("connection: close"));
  EXPECT_TRUE(late->AtEnd());
  Http2Client late_http2(ending, cluster().service_ip("test", "peer"), Http2Server::kPort);
  EXPECT_EQ(late_http2.Get("peer", "/whoami").body, peer->name());
  EXPECT_TRUE(late_http2.WaitForClose()) << "it does not last";
  Http2Client silent_http2(ending, cluster().service_ip("test", "peer"), Http2Server::kPort);
  EXPECT_TRUE(silent_http2.WaitForClose()) << "nor does one without a request";
  // What clients begin that have not heard of it.
  EXPECT_EQ(Http2Client(client, cluster().service_ip("test", "ending"), Http2Server::kPort)
                .Get("ending", "/whoami")
                .body,
            ending->name());

  EXPECT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  EXPECT_TRUE(ending->proxy()->Running());
  const Load::Result result = load.Stop();
  EXPECT_EQ(result.failed, 0) << result.first_failure;
  ASSERT_OK(cluster().SetAnnounced(ending, false));
  bytes->ShutdownWrite();
  bytes_at_server->ShutdownWrite();
  ExpectEnds(ending);
}

TEST_F(LifecycleTest, AWorkloadMayEndOneCallAndBeginTheNext) {
  harness::Pod* pod = AddPod("flushing");
  harness::Pod* sink = AddPod("sink", {kPort});
  EchoServer echo(sink);
  EXPECT_THAT(Ask(Connect(pod, "sink", kPort).get(), "sink"), HasSubstr(sink->name()));
  TellToEnd(pod);
  for (int i = 0; i < 8; ++i) {
    // Without a connection in between.
    absl::SleepFor(absl::Milliseconds(300));
    EXPECT_THAT(Ask(Connect(pod, "sink", kPort).get(), "sink"), StartsWith("http/1.1 200")) << i;
  }
  ExpectEnds(pod);
}

TEST_F(LifecycleTest, BytesOfLongLifeLastUntilTheDeadline) {
  harness::Pod* client = AddPod("bytes-client");
  harness::Pod* ending = AddServer("bytes", {"LINKERD2_PROXY_SHUTDOWN_GRACE_PERIOD=3s"});
  Listener listener(ending, kOpaquePort);
  const auto bytes = Connect(client, "bytes", kOpaquePort);
  const auto at_server = listener.Accept();
  ASSERT_TRUE(Echoes(bytes.get(), at_server.get()));
  const absl::Time begin = absl::Now();
  ending->proxy()->Signal(SIGTERM);
  while (absl::Now() - begin < absl::Seconds(2)) {
    ASSERT_TRUE(Echoes(bytes.get(), at_server.get()));
    absl::SleepFor(absl::Milliseconds(100));
  }
  ExpectEnds(ending);
  EXPECT_GE(absl::Now() - begin, absl::Seconds(3));
  EXPECT_TRUE(Logged(*ending->proxy(), "Graceful shutdown took too long"));
  EXPECT_EQ(at_server->ReadAll(), "");
}

TEST_F(LifecycleTest, ASecondSignalEndsAtOnce) {
  harness::Pod* client = AddPod("twice-client");
  harness::Pod* ending = AddServer("twice");
  Listener listener(ending, kOpaquePort);
  const auto bytes = Connect(client, "twice", kOpaquePort);
  const auto at_server = listener.Accept();
  ASSERT_TRUE(Echoes(bytes.get(), at_server.get()));
  TellToEnd(ending);
  EXPECT_TRUE(ending->proxy()->Running());
  ending->proxy()->Signal(SIGINT);
  ExpectEnds(ending);
}

TEST_F(LifecycleTest, ShutdownByRequestIsLocalAndHasToBeEnabled) {
  harness::Pod* off = AddPod("off");
  EXPECT_EQ(Admin(off, "POST", "/shutdown").status, 404);
  harness::Workload workload = TestWorkload("on");
  workload.proxy_environment = {"LINKERD2_PROXY_SHUTDOWN_ENDPOINT_ENABLED=true"};
  AddWorkload(workload);
  harness::Pod* on = cluster().pod("on");
  EXPECT_EQ(Admin(on, "GET", "/shutdown").status, 405);
  EXPECT_THAT(harness::HttpPost(on->ip(), harness::kAdminPort, "/shutdown").status().message(),
              HasSubstr(" 403 "));
  const Answer answer = Admin(on, "POST", "/shutdown");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "shutdown\n");
  ExpectEnds(on);
}

TEST_F(LifecycleTest, WithoutACertificateThereIsNothingToWaitFor) {
  AddWorkload(TestWorkload("uncertified"), /*wait=*/false);
  harness::Pod* pod = cluster().pod("uncertified");
  ASSERT_OK(pod->WriteToken("not.a.token"));
  ASSERT_OK(pod->RestartProxy(absl::ZeroDuration()));
  ASSERT_TRUE(Eventually([&] { return Admin(pod, "GET", "/live").status == 200; }));
  pod->proxy()->Signal(SIGTERM);
  ExpectEnds(pod);
}

TEST_F(LifecycleTest, RollingRestartUnderLoadFailsNothing) {
  harness::Pod* client = AddPod("rolling-client");
  harness::Workload workload = TestWorkload("rolling", {kPort});
  workload.replicas = 2;
  AddWorkload(workload);
  std::map<harness::Pod*, std::unique_ptr<EchoServer>> echoes;
  for (harness::Pod* pod : cluster().pods("rolling")) {
    echoes[pod] = std::make_unique<EchoServer>(pod);
  }
  Load load(client, Target("rolling", kPort));
  Load slow(client, Target("rolling", kPort, "/slow/150"));
  ASSERT_TRUE(load.WaitForBody(cluster().pods("rolling")[0]->name(), absl::Seconds(15)));
  for (harness::Pod* old : cluster().pods("rolling")) {
    const absl::StatusOr<harness::Pod*> fresh = cluster().AddPod("rolling");
    ASSERT_OK(fresh);
    echoes[*fresh] = std::make_unique<EchoServer>(*fresh);
    // As Kubernetes does it: the pod is told to end before everybody knows that it is withdrawn.
    old->proxy()->Signal(SIGTERM);
    absl::SleepFor(absl::Milliseconds(500));
    ASSERT_OK(cluster().SetAnnounced(old, false));
    ExpectEnds(old);
    echoes.erase(old);
    ASSERT_OK(cluster().RemovePod(old, absl::ZeroDuration()));
  }
  for (Load* each : {&load, &slow}) {
    const Load::Result result = each->Stop();
    EXPECT_EQ(result.failed, 0) << result.first_failure;
    EXPECT_GT(result.ok, 50);
  }
}

}  // namespace
}  // namespace gossamer::mesh_test
