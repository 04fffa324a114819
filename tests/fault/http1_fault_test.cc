// HTTP/1 with everything that can end, stall or lie at any byte of an exchange.

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/fault/fault_test.h"
#include "tests/fault/http1_text.h"

namespace gossamer::fault_test {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string Get(const std::string& path) {
  return absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: server\r\n\r\n");
}

class Http1FaultTest : public FaultTest {
 protected:
  // Sends one request on a connection of its own and takes all that comes back.
  Reply Ask(const std::string& request) {
    const auto connection = Connect(kHttpPort);
    EXPECT_TRUE(connection->Send(request));
    // A whole response is enough: the connection need not end.
    std::string text;
    while (!ParseReply(text, /*ended_in_order=*/false).complete) {
      const std::string more = connection->ReadSome();
      if (more.empty()) break;
      text += more;
    }
    EXPECT_NE(text.empty() && connection->end() == End::kOpen, true) << "no answer at all";
    return ParseReply(text, connection->end() == End::kFin);
  }
};

// ---- The server ends the connection.

// A server that does as the path says: /ID/FRAMING/BYTES/END sends so many bytes of the response to
// ID, framed so, and ends the connection so.
void ServePart(Tcp* connection) {
  const std::string head = connection->ReadUntil("\r\n\r\n");
  if (!absl::EndsWith(head, "\r\n\r\n")) return;
  const std::vector<std::string> words = absl::StrSplit(PathOf(head), '/');
  ASSERT_EQ(words.size(), 5u) << head;
  size_t bytes = 0;
  ASSERT_TRUE(absl::SimpleAtoi(words[3], &bytes));
  connection->Send(ResponseTo(words[1], words[2]).substr(0, bytes));
  if (words[4] == "rst") connection->Reset();
}

TEST_F(Http1FaultTest, ServerEndsAtAnyByteOfItsResponse) {
  TcpServer server(this->server(), kHttpPort, ServePart);
  int id = 100'000;
  for (const std::string framing : {"length", "chunked", "close"}) {
    const std::string whole = ResponseTo("100000", framing);
    const size_t head_bytes = whole.find("\r\n\r\n") + 4;
    for (const std::string end : {"fin", "rst"}) {
      for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        const std::string own_id = absl::StrCat(++id);
        const std::string what = absl::StrCat(framing, " ", bytes, " ", end);
        const Reply reply = Ask(Get(absl::StrCat("/", own_id, "/", framing, "/", bytes, "/", end)));
        // Where the head has an end, so may the response; where a connection's end is the body's,
        // any end in order will do.
        const bool may_be_whole =
            bytes == whole.size() || (framing == "close" && end == "fin" && bytes >= head_bytes);
        const bool must_be_whole = may_be_whole && end == "fin";
        if (reply.complete && reply.status == 200) {
          EXPECT_TRUE(may_be_whole) << what << ": " << reply.text;
          EXPECT_EQ(reply.id, own_id) << what;
          EXPECT_TRUE(absl::StartsWith(BodyOf(own_id), reply.body)) << what << ": " << reply.text;
        } else if (reply.complete) {
          EXPECT_FALSE(must_be_whole) << what << ": " << reply.text;
          EXPECT_EQ(reply.status, 502) << what << ": " << reply.text;
        } else {
          EXPECT_FALSE(must_be_whole) << what << ": " << reply.text;
          // Before the response's head there is always an answer of the proxy's.
          EXPECT_GE(bytes, head_bytes) << what << ": " << reply.text;
        }
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(Http1FaultTest, ServerSaysWhatIsNoResponse) {
  const std::vector<std::string> garbage = {
      "\r\n\r\n",
      "hello\r\n\r\n",
      "220 mail.test ESMTP\r\n",
      "HTTP/1.1\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/1.1 99 Low\r\n\r\n",
      "HTTP/3.0 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      absl::StrCat("HTTP/1.1 200 OK\r\nLong: ", std::string(200'000, 'x'), "\r\n\r\n"),
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
      std::string("\0\0\0\0\0\0\0\0", 8),
      std::string("\0\0\x12\x04\0\0\0\0\0", 9),  // The head of an HTTP/2 SETTINGS frame.
      std::string(100'000, 'z'),
  };
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    const std::string path = PathOf(connection->ReadUntil("\r\n\r\n"));
    size_t index = 0;
    if (absl::SimpleAtoi(path.substr(std::min<size_t>(1, path.size())), &index)) {
      connection->Send(garbage[index]);
    }
  });
  for (size_t i = 0; i < garbage.size() && !HasFailure(); ++i) {
    const Reply reply = Ask(Get(absl::StrCat("/", i)));
    EXPECT_EQ(reply.status, 502) << i << ": " << garbage[i].substr(0, 60) << "\n" << reply.text;
    EXPECT_TRUE(reply.complete) << i;
  }
}

TEST_F(Http1FaultTest, ServerSaysMoreThanOneResponse) {
  // The second response, were it taken for another request's, would name an id that is not its own.
  std::atomic<int> cut_off = 0;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    while (true) {
      const std::string head = connection->ReadUntil("\r\n\r\n");
      if (!absl::EndsWith(head, "\r\n\r\n")) break;
      const std::vector<std::string> words = absl::StrSplit(PathOf(head), '/');
      if (words[2] == "plain") {
        connection->Send(ResponseTo(words[1], "length"));
      } else if (words[2] == "twice") {
        connection->Send(ResponseTo(words[1], "length") + ResponseTo("666666", "length"));
      } else if (words[2] == "longer") {
        connection->Send(ResponseTo(words[1], "length") + "and more than was said");
      } else if (words[2] == "later") {
        connection->Send(ResponseTo(words[1], "length"));
        absl::SleepFor(absl::Milliseconds(100));
        connection->Send(ResponseTo("666666", "length"));
      }
      if (words[2] != "plain") {
        EXPECT_NE(connection->AwaitEnd(), End::kOpen) << "the proxy keeps the connection";
        ++cut_off;
        return;
      }
    }
  });
  int id = 200'000;
  int faults = 0;
  for (int round = 0; round < 10; ++round) {
    for (const std::string how : {"twice", "longer", "later"}) {
      const std::string own_id = absl::StrCat(++id);
      const Reply reply = Ask(Get(absl::StrCat("/", own_id, "/", how)));
      EXPECT_EQ(reply.status, 200) << reply.text;
      EXPECT_EQ(reply.id, own_id) << how;
      EXPECT_EQ(reply.body, BodyOf(own_id)) << how;
      ++faults;
      ASSERT_TRUE(Eventually([&] { return cut_off == faults; })) << how;
      for (int i = 0; i < 3; ++i) {
        const std::string next_id = absl::StrCat(++id);
        const Reply next = Ask(Get(absl::StrCat("/", next_id, "/plain")));
        EXPECT_EQ(next.id, next_id) << "after " << how << ": " << next.text;
      }
    }
  }
}

TEST_F(Http1FaultTest, ServerAnswersBeforeItHasReadTheRequest) {
  // To whom is not to be known: but nobody waits for ever, and the connection is not used again.
  TcpServer server(this->server(), kHttpPort, [](Tcp* connection) {
    connection->Send(ResponseTo("300000", "length"));
    connection->ReadUntil("\r\n\r\n");
  });
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    const Reply reply = Ask(Get("/early"));
    EXPECT_TRUE(reply.complete) << reply.text;
    EXPECT_THAT(reply.status, AnyOf(200, 502)) << reply.text;
  }
}

TEST_F(Http1FaultTest, ServerAnswersWithoutReadingTheBodyAndCloses) {
  TcpServer server(this->server(), kHttpPort, [](Tcp* connection) {
    const std::string head = connection->ReadUntil("\r\n\r\n");
    const std::vector<std::string> words = absl::StrSplit(PathOf(head), '/');
    if (words.size() > 1) connection->Send(ResponseTo(words[1], "length"));
  });
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    const std::string id = absl::StrCat(310'000 + i);
    const auto connection = Connect(kHttpPort);
    connection->Send(absl::StrCat(
        "POST /", id, "/x HTTP/1.1\r\nHost: server\r\nContent-Length: 4000000\r\n\r\n"));
    const std::string block(size_t{64} * 1024, 'b');
    for (int sent = 0; sent < 10 && connection->Send(block); ++sent) {
    }
    const Reply reply = ParseReply(connection->ReadAll(), true);
    // The server's close may overtake its answer: then it is the proxy's.
    EXPECT_THAT(reply.status, AnyOf(200, 502)) << reply.text;
    if (reply.status == 200) EXPECT_EQ(reply.id, id);
  }
}

// ---- Stalls.

TEST_F(Http1FaultTest, AClientThatGivesUpOnAStalledServerFreesIt) {
  const std::string whole = ResponseTo("400000", "length");
  for (const size_t bytes : {size_t{0}, size_t{10}, whole.size() - 5}) {
    std::atomic<int> ended = 0;
    TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
      connection->ReadUntil("\r\n\r\n");
      connection->Send(whole.substr(0, bytes));
      if (connection->AwaitEnd() != End::kOpen) ++ended;
    });
    constexpr int kClients = 20;
    std::vector<std::unique_ptr<Tcp>> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(Connect(kHttpPort));
      ASSERT_TRUE(clients.back()->Send(Get("/stall")));
    }
    ASSERT_TRUE(Eventually([&] { return server.open() == kClients; }));
    EXPECT_EQ(ended, 0);
    for (const auto& client : clients) client->Reset();
    EXPECT_TRUE(Eventually([&] { return ended == kClients; }))
        << "after " << bytes << " bytes: " << ended;
  }
}

TEST_F(Http1FaultTest, StalledDownloadsHoldNobodyElseUp) {
  // More than fit into any window that they share.
  constexpr int kStalled = 60;
  const std::string block(1 << 20, 'd');
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    while (true) {
      const std::string head = connection->ReadUntil("\r\n\r\n");
      if (!absl::EndsWith(head, "\r\n\r\n")) return;
      const std::vector<std::string> words = absl::StrSplit(PathOf(head), '/');
      if (words[2] == "plain") {
        connection->Send(ResponseTo(words[1], "length"));
        continue;
      }
      connection->Send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
      connection->SendUntilBlocked(block, 64 << 20, absl::Seconds(1));
      connection->AwaitEnd(absl::Minutes(2));
      return;
    }
  });
  std::vector<std::unique_ptr<Tcp>> stalled;
  for (int i = 0; i < kStalled; ++i) {
    stalled.push_back(Connect(kHttpPort, /*receive_buffer=*/4096));
    ASSERT_TRUE(stalled.back()->Send(Get("/410000/download")));
    ASSERT_THAT(stalled.back()->Read(12), StartsWith("HTTP/1.1 200"));
  }
  for (int i = 0; i < 20; ++i) {
    const std::string id = absl::StrCat(411'000 + i);
    const absl::Time begin = absl::Now();
    const Reply reply = Ask(Get(absl::StrCat("/", id, "/plain")));
    EXPECT_EQ(reply.id, id) << reply.text;
    EXPECT_LT(absl::Now() - begin, kPatience);
    if (HasFailure()) break;
  }
  for (const auto& client : stalled) client->Reset();
}

TEST_F(Http1FaultTest, StalledUploadsHoldNobodyElseUp) {
  constexpr int kStalled = 60;
  std::atomic<bool> over = false;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    while (true) {
      const std::string head = connection->ReadUntil("\r\n\r\n");
      if (!absl::EndsWith(head, "\r\n\r\n")) return;
      const std::vector<std::string> words = absl::StrSplit(PathOf(head), '/');
      if (words[2] == "plain") {
        connection->Send(ResponseTo(words[1], "length"));
        continue;
      }
      Eventually([&] { return over.load(); }, absl::Minutes(2));  // Reading nothing of it.
      return;
    }
  });
  const std::string block(1 << 20, 'u');
  std::vector<std::unique_ptr<Tcp>> stalled;
  for (int i = 0; i < kStalled; ++i) {
    stalled.push_back(Connect(kHttpPort));
    ASSERT_TRUE(stalled.back()->Send(
        "POST /420000/upload HTTP/1.1\r\nHost: server\r\nContent-Length: 67108864\r\n\r\n"));
  }
  for (const auto& client : stalled) {
    EXPECT_LT(client->SendUntilBlocked(block, 64 << 20, absl::Milliseconds(50)), size_t{64 << 20});
  }
  for (int i = 0; i < 20; ++i) {
    const std::string id = absl::StrCat(421'000 + i);
    const Reply reply = Ask(Get(absl::StrCat("/", id, "/plain")));
    EXPECT_EQ(reply.id, id) << reply.text;
    if (HasFailure()) break;
  }
  over = true;
  for (const auto& client : stalled) client->Reset();
}

// ---- The client ends the connection.

TEST_F(Http1FaultTest, ClientEndsAtAnyByteOfItsRequest) {
  absl::Mutex mutex;
  std::set<std::string> whole_requests;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    while (true) {
      const std::string head = connection->ReadUntil("\r\n\r\n");
      if (!absl::EndsWith(head, "\r\n\r\n")) return;
      const std::vector<std::string> words = absl::StrSplit(PathOf(head), '/');
      if (words.size() < 3) return;
      const bool chunked = words[2] == "chunked";
      const std::string body =
          chunked ? connection->ReadUntil("0\r\n\r\n") : connection->Read(BodyOf(words[1]).size());
      if (chunked ? !absl::EndsWith(body, "0\r\n\r\n") : body != BodyOf(words[1])) return;
      {
        absl::MutexLock lock(&mutex);
        whole_requests.insert(words[1]);
      }
      connection->Send(ResponseTo(words[1], "length"));
    }
  });
  int id = 500'000;
  for (const std::string framing : {"length", "chunked"}) {
    const size_t size = RequestWithBody("500000", framing).size();
    for (const bool reset : {false, true}) {
      for (size_t bytes = 0; bytes <= size; ++bytes) {
        const std::string own_id = absl::StrCat(++id);
        const std::string what = absl::StrCat(framing, " ", bytes, reset ? " rst" : " fin");
        const std::string request = RequestWithBody(own_id, framing).substr(0, bytes);
        const auto connection = Connect(kHttpPort);
        connection->Send(request);
        if (reset) {
          connection->Reset();
          continue;
        }
        connection->Fin();
        const Reply reply = ParseReply(connection->ReadAll(), true);
        EXPECT_NE(connection->end(), End::kOpen) << what;
        if (bytes == size) {
          EXPECT_EQ(reply.id, own_id) << what << ": " << reply.text;
        } else {
          EXPECT_NE(reply.status, 200) << what << ": " << reply.text;
        }
        if (HasFailure()) return;
      }
    }
  }
  absl::MutexLock lock(&mutex);
  // Of the parts only the wholes arrived as such: the last of each run.
  const size_t length_size = RequestWithBody("500000", "length").size() + 1;
  const size_t chunked_size = RequestWithBody("500000", "chunked").size() + 1;
  const std::set<std::string> wholes = {absl::StrCat(500'000 + length_size),
                                        absl::StrCat(500'000 + 2 * length_size),
                                        absl::StrCat(500'000 + 2 * length_size + chunked_size),
                                        absl::StrCat(500'000 + 2 * length_size + 2 * chunked_size)};
  for (const std::string& arrived : whole_requests) {
    EXPECT_TRUE(wholes.contains(arrived)) << arrived << " arrived whole and was not";
  }
}

TEST_F(Http1FaultTest, ClientSaysWhatIsNoRequest) {
  std::atomic<int> requests = 0;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    if (absl::StartsWith(connection->ReadUntil("\r\n\r\n"), "GET /evil")) ++requests;
  });
  for (const std::string& bad : std::vector<std::string>{
           "GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
           "0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"
           "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
           absl::StrCat("GET / HTTP/1.1\r\nHost: a\r\nX: ", std::string(200'000, 'x'), "\r\n\r\n"),
       }) {
    const auto connection = Connect(kHttpPort);
    connection->Send(bad);
    const std::string answer = connection->ReadAll();
    EXPECT_NE(connection->end(), End::kOpen) << bad.substr(0, 60);
    EXPECT_THAT(answer, AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4"), StartsWith("HTTP/1.1 501")))
        << bad.substr(0, 60);
  }
  EXPECT_EQ(requests, 0);
}

}  // namespace
}  // namespace gossamer::fault_test
