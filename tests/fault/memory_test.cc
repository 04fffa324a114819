// Running out of memory: peers that do not read, and requests that do not end.

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fault/fault_test.h"
#include "tests/fault/http1_text.h"

namespace gossamer::fault_test {
namespace {

constexpr absl::string_view kQuickRequest =
    "GET /a HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n";

// The most memory that a process has had since; looks a hundred times a second.
class ResidentPeak {
 public:
  explicit ResidentPeak(pid_t pid) : pid_(pid), watcher_([this] { Watch(); }) {}
  ~ResidentPeak() {
    stop_ = true;
    watcher_.join();
  }
  int64_t bytes() const { return bytes_; }

 private:
  void Watch() {
    while (!stop_) {
      bytes_ = std::max(bytes_.load(), harness::ResidentBytes(pid_));
      absl::SleepFor(absl::Milliseconds(10));
    }
  }

  const pid_t pid_;
  std::atomic<int64_t> bytes_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread watcher_;
};

class MemoryTest : public FaultTest {
 protected:
  // What a proxy may have beside its limit: its program's pages, and what comes between two looks.
  static constexpr int64_t kBeside = 16 << 20;

  // A workload whose proxy has so much memory; the test reaches it from outside the mesh.
  harness::Pod* AddSmall(const std::string& name, int64_t limit) {
    harness::Workload workload = TestWorkload(name, {kHttpPort, kOpaquePort});
    workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
    workload.proxy_environment = {absl::StrCat("LINKERD2_PROXY_MAX_MEMORY_BYTES=", limit)};
    AddWorkload(workload);
    return cluster().pod(name);
  }

  // The status of a quick request on a connection of its own; 0 without an answer.
  static int Quick(harness::Pod* pod) {
    const auto client = Tcp::Connect(pod->ip(), kHttpPort);
    if (!client->Send(kQuickRequest)) return 0;
    return ParseReply(client->ReadAll(), false).status;
  }

  // Far more slow readers than the limit has room for, on a port whose server `Serve`s each: the
  // proxy keeps within it, ends some of them, and serves others all the while.
  void OverwhelmWithSlowReaders(harness::Pod* pod, int64_t limit, int port,
                                absl::string_view request, const harness::SampleFilter& ended) {
    constexpr int kReaders = 1000;
    const ResidentPeak peak(pod->proxy()->pid());
    std::vector<std::unique_ptr<Tcp>> readers;
    int served = 0;
    int refused = 0;
    for (int i = 0; i < kReaders; ++i) {
      readers.push_back(Tcp::Connect(pod->ip(), port, /*receive_buffer=*/4096));
      readers.back()->Send(request);
      if (i % 50 != 0) continue;
      const int status = Quick(pod);
      served += status == 200;
      refused += status == 503;
    }
    EXPECT_TRUE(Eventually([&] { return Quick(pod) == 200; }));
    EXPECT_TRUE(Eventually([&] { return this->Metric(pod, ended) > 0; }));
    std::cerr << "peak " << peak.bytes() / 1024 << " KiB of a limit of " << limit / 1024
              << " KiB; ended " << this->Metric(pod, ended) << "; of others served " << served
              << ", refused " << refused << "\n";
    EXPECT_LT(peak.bytes(), limit + kBeside);
    EXPECT_GT(served, 0);
    EXPECT_TRUE(pod->proxy()->Running());
    for (const auto& reader : readers) reader->Reset();
  }
};

// Sends without end what is not read.
void SendForEver(Tcp* connection) {
  const std::string block(1 << 20, 'm');
  while (connection->Send(block)) {
  }
}

TEST_F(MemoryTest, AThousandSlowReadersAreHeldInBoundedMemory) {
  constexpr int kReaders = 1000;
  constexpr size_t kBytes = 64 << 20;
  // What a proxy may hold of a stream: what it has queued when its receiver stops, and a window of
  // what is under way; each in blocks, of which the first and the last are not full.
  constexpr int64_t kBlock = 16 << 10;
  constexpr int64_t kOfAStream = (64 << 10) + (64 << 10) + 2 * kBlock;
  constexpr int64_t kFixed = 32 << 20;
  constexpr int64_t kBound = int64_t{2} * kReaders * kOfAStream + kFixed;
  const std::string block(1 << 20, 'm');
  std::atomic<int> blocked = 0;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    // A proxy that waits for a client to speak dials its server, and may have no use for it.
    if (connection->ReadUntil("\r\n\r\n").empty()) return;
    connection->Send(absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", kBytes, "\r\n\r\n"));
    EXPECT_LT(connection->SendUntilBlocked(block, kBytes, absl::Seconds(3)), kBytes);
    ++blocked;
    connection->AwaitEnd(absl::Minutes(3));
  });
  const int64_t before = Resident();
  std::vector<std::unique_ptr<Tcp>> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.push_back(Connect(kHttpPort, /*receive_buffer=*/4096));
    ASSERT_TRUE(readers.back()->Send("GET /large HTTP/1.1\r\nHost: server\r\n\r\n"));
    ASSERT_EQ(readers.back()->Read(12), "HTTP/1.1 200");
  }
  ASSERT_TRUE(Eventually([&] { return blocked == kReaders; }, absl::Minutes(2))) << blocked;
  const int64_t with_readers = Resident();
  std::cerr << "resident: " << before / 1024 << " KiB, with " << kReaders << " slow readers "
            << with_readers / 1024 << " KiB, bound " << (before + kBound) / 1024 << " KiB\n";
  EXPECT_LT(with_readers - before, kBound);
  for (const auto& reader : readers) reader->Reset();
  EXPECT_TRUE(Eventually([&] { return server.open() == 0; }));
  // And it is given back within seconds, save what is kept at hand.
  const int64_t kept_max = before + (with_readers - before) / 10 + (4 << 20);
  EXPECT_TRUE(Eventually([&] { return Resident() < kept_max; }, absl::Minutes(1)))
      << "resident: " << Resident() / 1024 << " KiB";
  std::cerr << "resident afterwards: " << Resident() / 1024 << " KiB\n";
}

TEST_F(MemoryTest, SlowHttpReadersAreEndedBeforeMemoryIs) {
  constexpr int64_t kLimit = 24 << 20;
  harness::Pod* pod = AddSmall("smallhttp", kLimit);
  TcpServer server(pod, kHttpPort, [](Tcp* connection) {
    const std::string head = connection->ReadUntil("\r\n\r\n");
    if (!absl::EndsWith(head, "\r\n\r\n")) return;
    if (PathOf(head) == "/a") {
      connection->Send(ResponseTo("a", "length"));
      return;
    }
    connection->Send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    SendForEver(connection);
  });
  OverwhelmWithSlowReaders(pod, kLimit, kHttpPort, "GET /large HTTP/1.1\r\nHost: server\r\n\r\n",
                           {"inbound_http_refused_messages_total", {{"reason", "memory_short"}}});
  EXPECT_TRUE(Logged(*pod->proxy(), "want of memory"));
  ASSERT_OK(cluster().RemovePod(pod, absl::ZeroDuration()));
}

TEST_F(MemoryTest, SlowTcpReadersAreEndedBeforeMemoryIs) {
  constexpr int64_t kLimit = 24 << 20;
  harness::Pod* pod = AddSmall("smalltcp", kLimit);
  TcpServer http(pod, kHttpPort, [](Tcp* connection) {
    connection->ReadUntil("\r\n\r\n");
    connection->Send(ResponseTo("a", "length"));
  });
  TcpServer server(pod, kOpaquePort, SendForEver);
  OverwhelmWithSlowReaders(pod, kLimit, kOpaquePort, "x",
                           {"inbound_tcp_errors_total", {{"error", "loadshed"}}});
  ASSERT_OK(cluster().RemovePod(pod, absl::ZeroDuration()));
}

// Each holds less than is worth to end, and together they hold all there is: who comes now waits or
// is refused, and nobody's end is the proxy's.
TEST_F(MemoryTest, WithoutMemoryNewWorkIsRefused) {
  constexpr int64_t kLimit = 8 << 20;
  constexpr int kHolders = 1500;
  harness::Pod* pod = AddSmall("full", kLimit);
  TcpServer server(pod, kHttpPort, ServeIds);
  const auto early = Tcp::Connect(pod->ip(), kHttpPort);
  const auto status = [&early] {
    early->Send("GET /a HTTP/1.1\r\nHost: server\r\n\r\n");
    return NextReply(early.get()).status;
  };
  ASSERT_EQ(status(), 200);
  const ResidentPeak peak(pod->proxy()->pid());
  const std::string unfinished =
      absl::StrCat("GET /a HTTP/1.1\r\nHost: server\r\nX: ", std::string(12'000, 'x'));
  std::vector<std::unique_ptr<Tcp>> holders;
  for (int i = 0; i < kHolders; ++i) {
    holders.push_back(Tcp::Connect(pod->ip(), kHttpPort));
    ASSERT_TRUE(holders.back()->Send(unfinished));
  }
  ASSERT_TRUE(Eventually([&] { return status() == 503; }));
  this->ExpectMetric(pod, {"inbound_http_errors_total", {{"error", "loadshed"}}}, 1);
  // It waits, and is served in the end.
  const auto late = Tcp::Connect(pod->ip(), kHttpPort);
  ASSERT_TRUE(late->Send(kQuickRequest));
  EXPECT_EQ(late->AwaitEnd(absl::Milliseconds(300)), End::kOpen);
  EXPECT_LT(peak.bytes(), kLimit + kBeside);
  holders.clear();
  EXPECT_THAT(late->ReadAll(), ::testing::StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(Quick(pod), 200);
  ASSERT_OK(cluster().RemovePod(pod, absl::ZeroDuration()));
}

}  // namespace
}  // namespace gossamer::fault_test
