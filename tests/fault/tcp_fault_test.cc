// Bytes that nobody looks into, on connections that end in every way.

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fault/fault_test.h"

namespace gossamer::fault_test {
namespace {

// Bytes that are the same nowhere within a few kilobytes.
std::string Pattern(size_t size) {
  std::string bytes;
  for (uint32_t i = 0; bytes.size() < size; ++i) {
    const uint32_t value = i * 2654435761u;
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  bytes.resize(size);
  return bytes;
}

class TcpFaultTest : public FaultTest {};

TEST_F(TcpFaultTest, AClientsResetReachesTheServer) {
  std::atomic<int> reset = 0;
  std::atomic<int> ended = 0;
  TcpServer server(this->server(), kOpaquePort, [&](Tcp* connection) {
    connection->ReadUntil("\n");
    connection->Send("hello\n");
    if (connection->AwaitEnd() == End::kReset) ++reset;
    ++ended;
  });
  constexpr int kClients = 30;
  for (int i = 0; i < kClients; ++i) {
    const auto client = Connect(kOpaquePort);
    ASSERT_TRUE(client->Send("hello\n"));
    ASSERT_EQ(client->ReadUntil("\n"), "hello\n");
    client->Reset();
  }
  EXPECT_TRUE(Eventually([&] { return ended == kClients; })) << ended;
  EXPECT_EQ(reset, kClients) << "the others saw an end in order";
}

TEST_F(TcpFaultTest, AServersResetReachesTheClientWhereverItComes) {
  const std::string whole = Pattern(100'000);
  TcpServer server(this->server(), kOpaquePort, [&](Tcp* connection) {
    const size_t bytes = static_cast<size_t>(atoi(connection->ReadUntil("\n").c_str()));
    connection->Send(whole.substr(0, bytes));
    connection->Reset();
  });
  std::vector<size_t> sizes;
  for (size_t size = 0; size < 40; ++size) sizes.push_back(size);
  for (size_t size = 40; size <= whole.size(); size = size * 3 / 2 + 1) sizes.push_back(size);
  for (const size_t size : sizes) {
    const auto client = Connect(kOpaquePort);
    ASSERT_TRUE(client->Send(absl::StrCat(size, "\n")));
    const std::string read = client->ReadAll();
    EXPECT_EQ(client->end(), End::kReset) << "after " << size;
    // What was on its way may be lost with a reset, and nothing else may.
    EXPECT_LE(read.size(), size);
    EXPECT_TRUE(absl::StartsWith(whole, read));
  }
}

TEST_F(TcpFaultTest, HalfClosedConnectionsCarryTheOtherDirection) {
  const std::string answer = Pattern(3 << 20);
  for (const bool client_ends_first : {true, false}) {
    TcpServer server(this->server(), kOpaquePort, [&](Tcp* connection) {
      if (client_ends_first) {
        EXPECT_EQ(connection->ReadAll(), "question");
        EXPECT_EQ(connection->end(), End::kFin);
        EXPECT_TRUE(connection->Send(answer));
        return;
      }
      EXPECT_TRUE(connection->Send("question"));
      connection->Fin();
      EXPECT_TRUE(connection->ReadAll() == answer);
      EXPECT_EQ(connection->end(), End::kFin);
    });
    for (int i = 0; i < 5; ++i) {
      const auto client = Connect(kOpaquePort);
      if (client_ends_first) {
        ASSERT_TRUE(client->Send("question"));
        client->Fin();
        EXPECT_TRUE(client->ReadAll() == answer);
        EXPECT_EQ(client->end(), End::kFin);
      } else {
        EXPECT_EQ(client->ReadAll(), "question");
        EXPECT_EQ(client->end(), End::kFin);
        ASSERT_TRUE(client->Send(answer));
        client->Fin();
        EXPECT_EQ(client->AwaitEnd(), End::kFin);
      }
    }
    EXPECT_TRUE(Eventually([&] { return server.open() == 0; }));
  }
}

TEST_F(TcpFaultTest, AResetAfterAHalfCloseIsStillTold) {
  TcpServer server(this->server(), kOpaquePort, [&](Tcp* connection) {
    connection->ReadAll();
    EXPECT_EQ(connection->end(), End::kFin);
    connection->Reset();
  });
  for (int i = 0; i < 10; ++i) {
    const auto client = Connect(kOpaquePort);
    ASSERT_TRUE(client->Send("question"));
    client->Fin();
    EXPECT_EQ(client->AwaitEnd(), End::kReset);
  }
}

TEST_F(TcpFaultTest, AReaderThatStopsStopsItsWriterAndNoMemoryGrows) {
  constexpr size_t kBytes = 256 << 20;
  // A proxy holds a read's bytes and a record's; the rest waits in the kernel's buffers.
  constexpr int64_t kGrowthMax = 4 << 20;
  const std::string block = Pattern(1 << 20);
  std::atomic<size_t> sent = 0;
  std::atomic<bool> blocked = false;
  TcpServer server(this->server(), kOpaquePort, [&](Tcp* connection) {
    sent = connection->SendUntilBlocked(block, kBytes, absl::Seconds(2));
    blocked = true;
    connection->AwaitEnd(absl::Minutes(1));
  });
  const int64_t before = Resident();
  const auto client = Connect(kOpaquePort, /*receive_buffer=*/4096);
  ASSERT_TRUE(Eventually([&] { return blocked.load(); }, absl::Minutes(1)));
  EXPECT_LT(sent, kBytes);
  EXPECT_LT(Resident() - before, kGrowthMax);
  client->Reset();
}

TEST_F(TcpFaultTest, NobodyListeningIsAnEndAtOnce) {
  for (int i = 0; i < 10; ++i) {
    const auto client = Connect(kOpaquePort);
    client->Send("anybody?");
    EXPECT_NE(client->AwaitEnd(), End::kOpen);
  }
}

TEST_F(TcpFaultTest, ConnectionsThatEndAnyhowLeaveNothingBehind) {
  TcpServer server(this->server(), kOpaquePort, [&](Tcp* connection) {
    const std::string how = connection->ReadUntil("\n");
    if (how == "echo\n") {
      connection->Send(connection->ReadAll());
    } else if (how == "fin\n") {
      connection->Fin();
      connection->AwaitEnd();
    } else if (how == "rst\n") {
      connection->Reset();
    } else if (how == "half\n") {
      connection->Send(Pattern(200'000));
      connection->AwaitEnd();
    }
  });
  const std::vector<std::string> ways = {"echo\n", "fin\n", "rst\n", "half\n", "nothing\n", ""};
  constexpr uint32_t kSeed = 11;
  std::mt19937 random(kSeed);
  std::vector<std::unique_ptr<Tcp>> open;
  for (int i = 0; i < 300; ++i) {
    open.push_back(Connect(kOpaquePort));
    open.back()->Send(ways[random() % ways.size()]);
    if (random() % 2 == 0) open.back()->Send(Pattern(random() % 5000));
    if (random() % 4 == 0) open.back()->Fin();
    // The oldest ends, one way or another, while others are at it.
    if (open.size() < 20) continue;
    if (random() % 2 == 0) open.front()->Reset();
    open.erase(open.begin());
  }
  open.clear();
  EXPECT_TRUE(Eventually([&] { return server.open() == 0; })) << server.open() << " are left";
}

}  // namespace
}  // namespace gossamer::fault_test
