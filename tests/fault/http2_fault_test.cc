// HTTP/2 with connections and streams that end at any byte and at any frame.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "tests/fault/fault_test.h"
#include "tests/fault/http1_text.h"
#include "tests/fault/http2_session.h"

namespace gossamer::fault_test {
namespace {

using Message = Http2Session::Message;

// Called for each request that a server has got whole.
using OnRequest = std::function<void(Http2Session* session, int32_t stream, Tcp* connection)>;

// Serves HTTP/2 until the connection ends.
TcpServer::Serve Http2Server(OnRequest on_request) {
  return [on_request = std::move(on_request)](Tcp* connection) {
    Http2Session session(Http2Session::Role::kServer);
    std::set<int32_t> seen;
    if (!connection->Send(session.Take())) return;
    while (true) {
      const std::string bytes = connection->ReadSome();
      if (bytes.empty() || !session.Feed(bytes)) return;
      for (const auto& [stream, message] : session.messages) {
        if (message.ended && seen.insert(stream).second) on_request(&session, stream, connection);
      }
      if (!connection->Send(session.Take())) return;
    }
  };
}

std::vector<std::string> WordsOf(Http2Session* session, int32_t stream) {
  return absl::StrSplit(session->messages[stream].fields[":path"], '/');
}

class Http2FaultTest : public FaultTest {
 protected:
  // A client's end of a connection.
  struct Client {
    std::unique_ptr<Tcp> tcp;
    std::unique_ptr<Http2Session> session =
        std::make_unique<Http2Session>(Http2Session::Role::kClient);

    bool Flush() { return tcp->Send(session->Take()); }
    // Until the stream has come to its end, or the connection has.
    const Message& Await(int32_t stream) {
      Flush();
      Message& message = session->messages[stream];
      while (!message.closed.has_value()) {
        const std::string bytes = tcp->ReadSome();
        if (bytes.empty() || !session->Feed(bytes)) break;
        Flush();
      }
      return message;
    }
  };

  Client ConnectHttp2() {
    Client client;
    client.tcp = Connect(kHttpPort);
    return client;
  }
  // That the stream has ended in one of the ways open to it: whole, as the right answer; as an
  // answer of the proxy's; or reset.
  static void ExpectWholeOrFailed(const Message& message, const std::string& id, bool may_be_whole,
                                  const std::string& what) {
    const auto field = [&](const char* name) {
      const auto found = message.fields.find(name);
      return found == message.fields.end() ? std::string() : found->second;
    };
    if (message.ended && field(":status") == "200") {
      EXPECT_TRUE(may_be_whole) << what;
      EXPECT_EQ(field("x-id"), id) << what;
      EXPECT_EQ(message.body, BodyOf(id)) << what;
      EXPECT_EQ(field("x-trailer"), id) << what;
    } else if (message.ended) {
      EXPECT_THAT(field(":status"), ::testing::AnyOf("502", "503", "504")) << what;
    } else {
      EXPECT_TRUE(message.closed.has_value()) << what << ": neither answered nor reset";
      EXPECT_NE(message.closed.value_or(0), NGHTTP2_NO_ERROR) << what;
    }
  }
};

// A server that does as the path says: /ID/BYTES/END sends so many bytes of the response to ID, and
// then ends the connection or the stream so.
void ServePart(Http2Session* session, int32_t stream, Tcp* connection) {
  const std::vector<std::string> words = WordsOf(session, stream);
  ASSERT_EQ(words.size(), 4u);
  size_t bytes = 0;
  ASSERT_TRUE(absl::SimpleAtoi(words[2], &bytes));
  connection->Send(session->Take());  // Acknowledgements.
  session->Respond(stream, words[1], BodyOf(words[1]), words[1]);
  const std::string response = session->Take();
  connection->Send(response.substr(0, bytes));
  if (words[3] == "fin") {
    connection->Fin();
  } else if (words[3] == "rst") {
    connection->Reset();
  } else if (words[3] == "stream") {
    // nghttp2 takes the stream for finished: RST_STREAM (RFC 9113 section 6.4) by hand.
    std::string frame("\0\0\x04\x03\0", 5);
    for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(stream >> shift));
    frame.append("\0\0\0\x02", 4);  // INTERNAL_ERROR.
    connection->Send(frame);
  } else if (words[3] == "goaway") {
    session->Goaway(stream);
    connection->Send(session->Take());
    connection->Send(response.substr(bytes));
  }
}

// What ServePart's response looks like: its size, and where its frames end.
std::vector<size_t> ResponseFrameEnds() {
  Http2Session client(Http2Session::Role::kClient);
  Http2Session server(Http2Session::Role::kServer);
  const int32_t stream = client.Request("/", "");
  server.Feed(client.Take());
  server.Take();
  server.Respond(stream, "100000", BodyOf("100000"), "100000");
  std::vector<size_t> ends = {0};
  for (const size_t length : FrameLengths(server.Take())) ends.push_back(ends.back() + length);
  return ends;
}

TEST_F(Http2FaultTest, ServerEndsAtAnyByteOfItsResponse) {
  TcpServer server(this->server(), kHttpPort, Http2Server(ServePart));
  const size_t size = ResponseFrameEnds().back();
  int id = 100'000;
  Client client = ConnectHttp2();
  for (const std::string end : {"fin", "rst"}) {
    for (size_t bytes = 0; bytes <= size; ++bytes) {
      const std::string own_id = absl::StrCat(++id);
      const int32_t stream =
          client.session->Request(absl::StrCat("/", own_id, "/", bytes, "/", end), "");
      const Message& message = client.Await(stream);
      ExpectWholeOrFailed(message, own_id, /*may_be_whole=*/bytes == size,
                          absl::StrCat(end, " after ", bytes));
      if (bytes == size && end == "fin") EXPECT_TRUE(message.ended) << "a whole response";
      if (HasFailure()) return;
    }
  }
}

TEST_F(Http2FaultTest, ServerResetsTheStreamAtAnyFrame) {
  TcpServer server(this->server(), kHttpPort, Http2Server(ServePart));
  int id = 200'000;
  Client client = ConnectHttp2();
  const std::vector<size_t> ends = ResponseFrameEnds();
  for (const size_t bytes : ends) {
    const std::string own_id = absl::StrCat(++id);
    const int32_t stream =
        client.session->Request(absl::StrCat("/", own_id, "/", bytes, "/stream"), "");
    ExpectWholeOrFailed(client.Await(stream), own_id, /*may_be_whole=*/bytes == ends.back(),
                        absl::StrCat("reset after ", bytes));
  }
  EXPECT_EQ(server.accepted(), 1) << "a stream's end is not the connection's";
}

TEST_F(Http2FaultTest, ServerSaysGoawayAtAnyFrame) {
  TcpServer server(this->server(), kHttpPort, Http2Server(ServePart));
  int id = 300'000;
  Client client = ConnectHttp2();
  for (const size_t bytes : ResponseFrameEnds()) {
    const std::string own_id = absl::StrCat(++id);
    const int32_t stream =
        client.session->Request(absl::StrCat("/", own_id, "/", bytes, "/goaway"), "");
    const Message& message = client.Await(stream);
    EXPECT_TRUE(message.ended) << "what was begun is finished; after " << bytes;
    ExpectWholeOrFailed(message, own_id, /*may_be_whole=*/true, absl::StrCat(bytes));
  }
}

TEST_F(Http2FaultTest, ARequestThatAServerRefusedIsSentAgain) {
  absl::Mutex mutex;
  std::map<std::string, int> tries;
  TcpServer server(this->server(), kHttpPort,
                   Http2Server([&](Http2Session* session, int32_t stream, Tcp* connection) {
                     const std::string id = WordsOf(session, stream)[1];
                     const std::string how = WordsOf(session, stream)[2];
                     bool first = false;
                     {
                       absl::MutexLock lock(&mutex);
                       first = ++tries[id] == 1;
                     }
                     if (!first) return session->Respond(stream, id, BodyOf(id), id);
                     if (how == "refused") return session->Reset(stream, NGHTTP2_REFUSED_STREAM);
                     session->Goaway(stream - 2);
                     connection->Send(session->Take());
                     connection->Fin();
                   }));
  int id = 400'000;
  Client client = ConnectHttp2();
  for (int round = 0; round < 5; ++round) {
    for (const std::string how : {"refused", "goaway"}) {
      const std::string own_id = absl::StrCat(++id);
      const Message& message =
          client.Await(client.session->Request(absl::StrCat("/", own_id, "/", how), ""));
      EXPECT_TRUE(message.ended) << how;
      ExpectWholeOrFailed(message, own_id, /*may_be_whole=*/true, how);
      absl::MutexLock lock(&mutex);
      EXPECT_EQ(tries[own_id], 2) << how;
    }
  }
}

TEST_F(Http2FaultTest, ServerSaysWhatIsNoHttp2) {
  const std::vector<std::string> garbage = {
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10),
      std::string("\0\0\x01\x00\0\0\0\0\0x", 10),               // DATA on stream 0.
      std::string("\0\0\x04\x03\0\0\0\0\x63\0\0\0\0", 13),      // RST_STREAM of an idle stream.
      std::string("\0\0\x08\x06\0\0\0\0\x01", 9) + "12345678",  // PING on a stream.
      std::string("\0\0\x04\x08\0\0\0\0\0\0\0\0\0", 13),        // WINDOW_UPDATE by 0.
      std::string("\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff", 13) +
          std::string("\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff", 13),  // Beyond 2^31 - 1.
      std::string("\0\0\x01\x01\x04\0\0\0\x01\xff", 10),              // HPACK that is none.
      std::string("\0\0\x05\x09\x04\0\0\0\x01hello", 14),             // CONTINUATION of nothing.
  };
  TcpServer server(this->server(), kHttpPort,
                   Http2Server([&](Http2Session* session, int32_t stream, Tcp* connection) {
                     size_t index = 0;
                     if (!absl::SimpleAtoi(WordsOf(session, stream)[1], &index)) return;
                     connection->Send(garbage[index]);
                     connection->AwaitEnd();
                   }));
  Client client = ConnectHttp2();
  for (size_t i = 0; i < garbage.size(); ++i) {
    const int32_t stream = client.session->Request(absl::StrCat("/", i), "");
    ExpectWholeOrFailed(client.Await(stream), "", /*may_be_whole=*/false, absl::StrCat(i));
  }
}

// The bytes of a client that sends one request with a body.
std::string ClientBytes(const std::string& id) {
  Http2Session session(Http2Session::Role::kClient);
  session.Request(absl::StrCat("/", id), BodyOf(id));
  return session.Take();
}

// Answers each request and notes it.
class EchoingServer {
 public:
  explicit EchoingServer(harness::Pod* pod, int port)
      : server_(pod, port, Http2Server([this](Http2Session* session, int32_t stream, Tcp*) {
                  const std::string id = WordsOf(session, stream)[1];
                  {
                    absl::MutexLock lock(&mutex_);
                    bodies_[id] = session->messages[stream].body;
                  }
                  session->Respond(stream, id, BodyOf(id), id);
                })) {}
  // By id, those that came whole.
  std::map<std::string, std::string> Bodies() {
    absl::MutexLock lock(&mutex_);
    return bodies_;
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, std::string> bodies_;
  TcpServer server_;
};

TEST_F(Http2FaultTest, ClientEndsAtAnyByteOfItsRequest) {
  EchoingServer server(this->server(), kHttpPort);
  const size_t size = ClientBytes("500000").size();
  std::set<std::string> wholes;
  int id = 500'000;
  for (const bool reset : {false, true}) {
    for (size_t bytes = 0; bytes <= size; ++bytes) {
      const std::string own_id = absl::StrCat(++id);
      if (bytes == size) wholes.insert(own_id);
      const auto connection = Connect(kHttpPort);
      connection->Send(ClientBytes(own_id).substr(0, bytes));
      if (reset) {
        connection->Reset();
      } else {
        connection->Fin();
        EXPECT_NE(connection->AwaitEnd(), End::kOpen) << bytes;
      }
      if (HasFailure()) return;
    }
  }
  // The proxies and the server have been told of everything once a later request is answered.
  Client client = ConnectHttp2();
  EXPECT_TRUE(client.Await(client.session->Request("/600000/x", "")).ended);
  for (const auto& [arrived, body] : server.Bodies()) {
    EXPECT_TRUE(wholes.contains(arrived) || arrived == "600000") << arrived << " was not whole";
    if (wholes.contains(arrived)) EXPECT_EQ(body, BodyOf(arrived));
  }
}

TEST_F(Http2FaultTest, ClientResetsItsStreamAtAnyFrame) {
  EchoingServer server(this->server(), kHttpPort);
  const std::vector<size_t> lengths = FrameLengths(ClientBytes("600000"));
  size_t bytes = 0;
  int id = 600'000;
  for (size_t frames = 0; frames < lengths.size(); ++frames) {
    bytes += lengths[frames];
    if (frames < 2) continue;  // The preface and SETTINGS: there is no stream yet.
    const std::string own_id = absl::StrCat(++id);
    const auto connection = Connect(kHttpPort);
    connection->Send(ClientBytes(own_id).substr(0, bytes));
    // RST_STREAM of stream 1: CANCEL.
    connection->Send(absl::string_view("\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08", 13));
    // The connection goes on: a second request on it is answered.
    Http2Session second(Http2Session::Role::kClient);
    second.Request("/unused", "");
    second.Take();
    const std::string next_id = absl::StrCat(++id);
    const int32_t stream = second.Request(absl::StrCat("/", next_id, "/x"), "");
    EXPECT_EQ(stream, 3);
    connection->Send(second.Take());
    Message& message = second.messages[stream];
    while (!message.ended) {
      const std::string more = connection->ReadSome();
      if (more.empty() || !second.Feed(more)) break;
    }
    EXPECT_TRUE(message.ended) << "after a reset behind frame " << frames;
    ExpectWholeOrFailed(message, next_id, /*may_be_whole=*/true, absl::StrCat(frames));
  }
}

TEST_F(Http2FaultTest, AClientThatDisappearsFreesTheServersStreams) {
  // A server that never answers, and hears that it need not.
  std::atomic<int> waiting = 0;
  std::atomic<int> told = 0;
  TcpServer server(this->server(), kHttpPort, [&](Tcp* connection) {
    Http2Session session(Http2Session::Role::kServer);
    std::set<int32_t> seen;
    std::set<int32_t> over;
    connection->Send(session.Take());
    while (true) {
      const std::string bytes = connection->ReadSome();
      if (bytes.empty() || !session.Feed(bytes)) return;
      for (const auto& [stream, message] : session.messages) {
        if (message.ended && seen.insert(stream).second) ++waiting;
        if (message.closed.has_value() && over.insert(stream).second) ++told;
      }
      if (!connection->Send(session.Take())) return;
    }
  });
  constexpr int kStreams = 50;
  Client client = ConnectHttp2();
  for (int i = 0; i < kStreams; ++i) client.session->Request("/700000/never", "");
  ASSERT_TRUE(client.Flush());
  ASSERT_TRUE(Eventually([&] { return waiting == kStreams; })) << waiting;
  EXPECT_EQ(told, 0);
  client.tcp->Reset();
  EXPECT_TRUE(Eventually([&] { return told == kStreams; })) << told;
}

}  // namespace
}  // namespace gossamer::fault_test
