// Running out of descriptors.

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fault/fault_test.h"
#include "tests/fault/http1_text.h"
#include "tests/support/proxy_environment.h"

namespace gossamer::fault_test {
namespace {

constexpr absl::string_view kGet = "GET /a HTTP/1.1\r\nHost: server\r\n\r\n";

// Sets a running proxy's soft limit of open files; 0 for what its hard one is. As the proxy's own
// user: root may change others' limits only with a capability that containers lack.
bool SetOpenFilesLimit(pid_t pid, int limit) {
  const pid_t child = fork();
  if (child == 0) {
    rlimit now = {};
    const bool done =
        syscall(SYS_setresgid, harness::kProxyUid, harness::kProxyUid, harness::kProxyUid) == 0 &&
        syscall(SYS_setresuid, harness::kProxyUid, harness::kProxyUid, harness::kProxyUid) == 0 &&
        prlimit(pid, RLIMIT_NOFILE, nullptr, &now) == 0;
    now.rlim_cur = limit == 0 ? now.rlim_max : static_cast<rlim_t>(limit);
    _exit(done && prlimit(pid, RLIMIT_NOFILE, &now, nullptr) == 0 ? 0 : 1);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

// Leaves a running proxy so many descriptors while it lives.
class FewDescriptors {
 public:
  FewDescriptors(pid_t pid, int spare) : pid_(pid) {
    EXPECT_TRUE(SetOpenFilesLimit(pid, harness::OpenDescriptors(pid) + spare));
  }
  ~FewDescriptors() { EXPECT_TRUE(SetOpenFilesLimit(pid_, 0)); }

 private:
  const pid_t pid_;
};

using DescriptorsTest = FaultTest;

TEST_F(DescriptorsTest, WithoutDescriptorsToDialTheServerRequestsAreAnswered) {
  // Each request holds a connection of the proxy's to the server.
  std::atomic<bool> answer = false;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    while (absl::EndsWith(connection->ReadUntil("\r\n\r\n"), "\r\n\r\n")) {
      Eventually([&] { return answer.load(); });
      if (!connection->Send(ResponseTo("a", "length"))) return;
    }
  });
  const pid_t pid = this->server()->proxy()->pid();
  constexpr int kSpare = 10;
  constexpr int kClients = 30;
  std::vector<std::unique_ptr<Tcp>> clients;
  int served = 0;
  int refused = 0;
  {
    FewDescriptors few(pid, kSpare);
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(Connect(kHttpPort));
      ASSERT_TRUE(clients.back()->Send(kGet));
    }
    ASSERT_TRUE(Eventually([&] { return server.open() >= kSpare / 2; }));
    // Those that are refused know at once.
    ASSERT_TRUE(Eventually([&] {
      return this->Metric(this->server(), {"response_total", {{"status_code", "503"}}}) > 0;
    }));
    answer = true;
    for (const auto& client : clients) {
      const Reply reply = NextReply(client.get());
      EXPECT_TRUE(reply.complete) << reply.text;
      if (reply.status == 200) {
        EXPECT_EQ(reply.body, BodyOf("a"));
        ++served;
      } else {
        EXPECT_EQ(reply.status, 503) << reply.text;
        ++refused;
      }
    }
  }
  EXPECT_GE(served, kSpare / 2);
  EXPECT_GT(refused, 0) << "the limit was not met";
  // With descriptors there again, the same connections are served.
  for (const auto& client : clients) {
    ASSERT_TRUE(client->Send(kGet));
    EXPECT_EQ(NextReply(client.get()).status, 200);
  }
}

TEST_F(DescriptorsTest, WithoutDescriptorsToAcceptConnectionsWait) {
  TcpServer server(this->server(), kHttpPort, ServeIds);
  const pid_t pid = this->client()->proxy()->pid();
  // What is in flight before goes on all the while.
  const auto early = Connect(kHttpPort);
  ASSERT_TRUE(early->Send(kGet));
  ASSERT_EQ(NextReply(early.get()).status, 200);
  std::vector<std::unique_ptr<Tcp>> late;
  {
    FewDescriptors few(pid, /*spare=*/2);
    for (int i = 0; i < 20; ++i) {
      late.push_back(Connect(kHttpPort));
      ASSERT_TRUE(late.back()->Send(kGet));
    }
    const int64_t cpu_before = harness::CpuTicks(pid);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(early->Send(kGet));
      ASSERT_EQ(NextReply(early.get()).status, 200);
      absl::SleepFor(absl::Milliseconds(10));
    }
    // A second has passed, in which nobody spun.
    const int64_t ticks = sysconf(_SC_CLK_TCK);
    EXPECT_LT(harness::CpuTicks(pid) - cpu_before, ticks / 2);
  }
  for (const auto& client : late) EXPECT_EQ(NextReply(client.get()).status, 200);
}

TEST_F(DescriptorsTest, AProxyWithFewDescriptorsServesManyClientsInTurn) {
  // Started under this hard limit: it takes half as many clients, less what it needs itself.
  constexpr int kDescriptors = 128;
  constexpr int kAtATime = (kDescriptors - 64) / 2;
  harness::Workload workload = TestWorkload("frugal", {kHttpPort});
  workload.proxy_open_files_max = kDescriptors;
  AddWorkload(workload);
  harness::Pod* pod = cluster().pod("frugal");
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;
  TcpServer server(pod, kHttpPort, [&](Tcp* connection) {
    const int now = ++at_once;
    for (int most = most_at_once; now > most && !most_at_once.compare_exchange_weak(most, now);) {
    }
    ServeIds(connection);
    --at_once;
  });
  // From outside the mesh, where no proxy puts them all on one connection.
  std::vector<std::unique_ptr<Tcp>> clients;
  constexpr int kClients = 4 * kAtATime;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(Tcp::Connect(pod->ip(), kHttpPort));
    ASSERT_TRUE(clients.back()->connected());
    ASSERT_TRUE(clients.back()->Send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }
  for (const auto& client : clients) {
    const std::string answer = client->ReadAll();
    EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 200")) << answer;
  }
  EXPECT_TRUE(pod->proxy()->Running());
  EXPECT_GT(most_at_once, 0);
  EXPECT_LE(harness::OpenDescriptors(pod->proxy()->pid()), kDescriptors);
  ASSERT_OK(cluster().RemovePod(pod, absl::ZeroDuration()));
}

}  // namespace
}  // namespace gossamer::fault_test
