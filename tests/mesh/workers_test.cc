// Proxies with several workers: each thread serves, they share what they have learned, and what the
// proxy tells of itself is of all of them. With --config=tsan, ThreadSanitizer looks on.

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = EchoServer::kPort;
constexpr int kWorkers = 2;

class WorkersTest : public MeshTest {
 protected:
  static void SetUpTestSuite() {
    harness::Mesh::Options options;
    options.certificate_lifetime = absl::Seconds(20);
    options.clock_skew_allowance = absl::Seconds(2);
    options.proxy_environment = {"LINKERD2_PROXY_IDENTITY_MIN_REFRESH=1s"};
    StartMesh(std::move(options));
  }
  void SetUp() override {
    if (sysconf(_SC_NPROCESSORS_ONLN) < kWorkers) GTEST_SKIP() << "a worker needs a core";
    MeshTest::SetUp();
  }

  harness::Pod* AddParallel(const std::string& name, std::vector<int> ports, int replicas = 1) {
    harness::Workload workload = TestWorkload(name, std::move(ports));
    workload.replicas = replicas;
    workload.proxy_environment = {absl::StrCat("LINKERD2_PROXY_CORES_MIN=", kWorkers)};
    AddWorkload(workload);
    return cluster().pods(name)[0];
  }

  // How often each of a proxy's workers has slept, as it does with each turn of its loop.
  static std::map<std::string, int> Sleeps(pid_t pid) {
    std::map<std::string, int> sleeps;
    for (const auto& task :
         std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"))) {
      if (task.path().filename() == absl::StrCat(pid)) continue;  // The control thread.
      std::ifstream status(task.path() / "status");
      for (std::string word; status >> word;) {
        if (word == "voluntary_ctxt_switches:") {
          status >> sleeps[task.path().filename().string()];
        }
      }
    }
    return sleeps;
  }
  static int WorkersThatWorked(pid_t pid, const std::map<std::string, int>& before) {
    constexpr int kTurns = 5;  // One that is not used has none.
    int count = 0;
    for (const auto& [thread, sleeps] : Sleeps(pid)) {
      const auto found = before.find(thread);
      count += sleeps - (found == before.end() ? 0 : found->second) >= kTurns;
    }
    return count;
  }
};

TEST_F(WorkersTest, AllServeAndAreCountedTogether) {
  harness::Pod* client = AddParallel("client", {});
  harness::Pod* server = AddParallel("server", {kPort});
  EchoServer echo(server);
  ASSERT_GE(Metric(client, {"process_threads", {}}), 1 + kWorkers);
  const auto client_before = Sleeps(client->proxy()->pid());
  const auto server_before = Sleeps(server->proxy()->pid());
  constexpr int kConnections = 64;
  constexpr int kRequests = 10;
  constexpr int kAtATime = 4;  // The server has a thread for each of so many.
  int answered = 0;
  client->net().Run([&] {
    std::vector<std::unique_ptr<Socket>> sockets(kConnections);
    const auto socket = [&](int i) {
      std::unique_ptr<Socket>& socket = sockets[i % kConnections];
      if (socket == nullptr) {
        socket = std::make_unique<Socket>(cluster().service_ip("test", "server"), kPort);
      }
      return socket.get();
    };
    const std::string request =
        absl::StrCat("GET /whoami HTTP/1.1\r\nHost: server.test.svc.cluster.local\r\n\r\n");
    for (int i = 0; i < kConnections * kRequests; i += kAtATime) {
      const auto now = [&](int j) { return socket(i + j); };
      for (int j = 0; j < kAtATime; ++j) ASSERT_TRUE(now(j)->Send(request));
      for (int j = 0; j < kAtATime; ++j) {
        answered += absl::StartsWith(now(j)->ReadUntil("\r\n\r\n"), "HTTP/1.1 200");
        ASSERT_EQ(now(j)->Read(server->name().size()), server->name());
      }
    }
  });
  EXPECT_EQ(answered, kConnections * kRequests);
  EXPECT_EQ(WorkersThatWorked(client->proxy()->pid(), client_before), kWorkers);
  // Each of the client's workers has a connection of its own, which one of the server's has taken.
  EXPECT_GE(WorkersThatWorked(server->proxy()->pid(), server_before), 1);
  ExpectMetric(client, {"response_total", {{"direction", "outbound"}}}, answered);
  ExpectMetric(server, {"response_total", {{"direction", "inbound"}, {"target_port", "8080"}}},
               answered);
}

TEST_F(WorkersTest, NothingFailsWhileEverythingChanges) {
  harness::Pod* client = AddParallel("busy-client", {});
  harness::Pod* first = AddParallel("busy", {kPort}, /*replicas=*/2);
  harness::Pod* second = cluster().pods("busy")[1];
  EchoServer first_echo(first);
  auto second_echo = std::make_unique<EchoServer>(second);
  std::vector<std::unique_ptr<Load>> loads;
  for (int i = 0; i < 2; ++i) {
    loads.push_back(std::make_unique<Load>(client, Target("busy", kPort), absl::Milliseconds(1)));
  }
  ASSERT_TRUE(loads[0]->WaitForBody(first->name(), absl::Seconds(10)));
  const harness::SampleFilter renewed = {"control_identity_cert_refreshes_total",
                                         {{"result", "ok"}}};
  const double renewals = Metric(client, renewed);

  // Replicas come and go, connections are drained, metrics are read, certificates renewed.
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(cluster().SetAnnounced(second, false));
    EXPECT_EQ(Admin(client, "POST", "/drain").status, 200);
    absl::SleepFor(absl::Milliseconds(300));
    ASSERT_OK(cluster().SetAnnounced(second, true));
    EXPECT_EQ(Admin(first, "POST", "/drain").status, 200);
    ASSERT_TRUE(loads[0]->WaitForBody(second->name(), absl::Seconds(10)));
    EXPECT_GT(Metric(client, {"request_total", {}}), 0);
  }
  ExpectMetric(client, renewed, renewals + 1, absl::Seconds(30));
  for (const auto& load : loads) {
    const Load::Result result = load->Stop();
    EXPECT_EQ(result.failed, 0) << result.first_failure;
    EXPECT_GT(result.ok, 0);
  }

  // The end is every worker's, and in order.
  for (harness::Pod* pod : {client, first}) {
    pod->proxy()->Signal(SIGTERM);
    const absl::StatusOr<int> code = pod->proxy()->Wait(absl::Seconds(15));
    ASSERT_OK(code);
    EXPECT_EQ(*code, 0);
  }
}

}  // namespace
}  // namespace gossamer::mesh_test
