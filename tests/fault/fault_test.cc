#include "tests/fault/fault_test.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace gossamer::fault_test {

harness::Pod* FaultTest::client_ = nullptr;
harness::Pod* FaultTest::server_ = nullptr;
FaultTest::Descriptors FaultTest::at_rest_;
pid_t FaultTest::client_pid_ = -1;
pid_t FaultTest::server_pid_ = -1;

void FaultTest::SetUp() {
  MeshTest::SetUp();
  if (server_ != nullptr) return;
  harness::Workload client = TestWorkload("client");
  harness::Workload server = TestWorkload("server", {kHttpPort, kOpaquePort});
  server.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
  for (harness::Workload* workload : {&client, &server}) {
    // So that what a test leaves behind is not mistaken for what is only kept for a while.
    workload->proxy_environment = {
        "LINKERD2_PROXY_INBOUND_HTTP1_CONNECTION_POOL_IDLE_TIMEOUT=200ms",
        "LINKERD2_PROXY_OUTBOUND_HTTP1_CONNECTION_POOL_IDLE_TIMEOUT=200ms",
    };
    AddWorkload(*workload);
  }
  client_ = cluster().pod("client");
  server_ = cluster().pod("server");
  client_pid_ = client_->proxy()->pid();
  server_pid_ = server_->proxy()->pid();
  ServeGoodRequest();
  at_rest_ = Settled();
}

void FaultTest::TearDownTestSuite() {
  server_ = nullptr;
  MeshTest::TearDownTestSuite();
}

void FaultTest::TearDown() {
  ASSERT_NE(server_, nullptr);
  ServeGoodRequest();
  EXPECT_EQ(client_->proxy()->pid(), client_pid_);
  EXPECT_EQ(server_->proxy()->pid(), server_pid_);
  EXPECT_TRUE(client_->proxy()->Running() && server_->proxy()->Running());
  const auto as_before = [&] {
    const Descriptors now = Now();
    return now.client <= at_rest_.client && now.server <= at_rest_.server;
  };
  EXPECT_TRUE(Eventually(as_before))
      << "descriptors of the client's proxy: " << at_rest_.client << ", then " << Now().client
      << "; of the server's: " << at_rest_.server << ", then " << Now().server;
  MeshTest::TearDown();
}

std::unique_ptr<Tcp> FaultTest::Connect(int port, int receive_buffer) {
  auto tcp = Tcp::Connect(client_, cluster().service_ip("test", "server"), port, receive_buffer);
  EXPECT_TRUE(tcp->connected());
  return tcp;
}

void FaultTest::ServeIds(Tcp* connection) {
  while (true) {
    const std::string head = connection->ReadUntil("\r\n\r\n");
    if (!absl::EndsWith(head, "\r\n\r\n")) return;
    if (!connection->Send(ResponseTo(PathOf(head).substr(1), "length"))) return;
  }
}

Reply FaultTest::NextReply(Tcp* connection) {
  const std::string head = connection->ReadUntil("\r\n\r\n");
  Reply parsed = ParseReply(head, false);
  if (parsed.complete) return parsed;
  return ParseReply(head + connection->Read(BodyOf("a").size()), false);
}

int64_t FaultTest::Resident() const {
  return harness::ResidentBytes(client_pid_) + harness::ResidentBytes(server_pid_);
}

void FaultTest::ServeGoodRequest() {
  TcpServer good(server_, kHttpPort, [](Tcp* connection) {
    while (!connection->ReadUntil("\r\n\r\n").empty()) {
      if (!connection->Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")) return;
    }
  });
  // The program has just come: a connection to the one before it may still be there.
  std::string answer;
  const bool served = Eventually([&] {
    const auto connection = Connect(kHttpPort);
    connection->Send("GET /good HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n");
    answer = connection->ReadAll();
    return answer.substr(0, 12) == "HTTP/1.1 200";
  });
  EXPECT_TRUE(served) << answer;
  EXPECT_EQ(answer.substr(answer.size() - std::min<size_t>(4, answer.size())), "good");
}

FaultTest::Descriptors FaultTest::Now() const {
  return {harness::OpenDescriptors(client_pid_), harness::OpenDescriptors(server_pid_)};
}

FaultTest::Descriptors FaultTest::Settled() {
  constexpr absl::Duration kStill = absl::Seconds(2);
  const auto read = [] {
    return Descriptors{harness::OpenDescriptors(client_pid_),
                       harness::OpenDescriptors(server_pid_)};
  };
  const absl::Time deadline = absl::Now() + kPatience;
  Descriptors last = read();
  absl::Time since = absl::Now();
  while (absl::Now() - since < kStill && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(50));
    const Descriptors now = read();
    if (now.client == last.client && now.server == last.server) continue;
    last = now;
    since = absl::Now();
  }
  return last;
}

}  // namespace gossamer::fault_test
