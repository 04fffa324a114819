#include "lib/http/http1/client_connection.h"

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;
using http::testing::StreamRecorder;
using http::testing::TestRequest;
using net::testing::FakeByteStream;
using net::testing::FakePeer;
using ::testing::EndsWith;
using ::testing::StartsWith;

class ClientConnectionTest : public testing::Test, private ClientConnection::Observer {
 protected:
  ClientConnectionTest() : loop_(*event::Loop::Create()) { Make(); }

  void Make() {
    connection_.reset();
    peer_ = FakePeer();
    idle_ = 0;
    closed_ = false;
    ClientConnection::Observer* self = this;
    connection_ = std::make_unique<ClientConnection>(
        loop_.get(), std::make_unique<FakeByteStream>(&peer_), HeadLimits(), self);
    connection_->Start();
    Turn();
  }

  void Turn() {
    for (int i = 0; i < 6; ++i) loop_->RunOnce(absl::ZeroDuration());
  }
  void Request(const TestRequest& request = TestRequest()) {
    recorder_ = std::make_unique<StreamRecorder>();
    recorder_->stream = connection_->StartRequest(request.head, recorder_.get());
    ASSERT_NE(recorder_->stream, nullptr);
    Turn();
  }
  void Answer(absl::string_view bytes) {
    peer_.Send(bytes);
    Turn();
  }
  // A first exchange, so that the connection is a reused one.
  void Exchange() {
    Request();
    Answer("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
    ASSERT_EQ(recorder_->log, "response 200 data end done");
    ASSERT_EQ(idle_, 1);
    peer_.output.clear();
  }

  void OnClientIdle(ClientConnection*) override {
    ++idle_;
    if (on_idle_) on_idle_();
  }
  void OnClientClosed(ClientConnection*) override { closed_ = true; }

  std::unique_ptr<event::Loop> loop_;
  FakePeer peer_;
  int idle_ = 0;
  bool closed_ = false;
  std::function<void()> on_idle_;
  std::unique_ptr<StreamRecorder> recorder_;
  std::unique_ptr<ClientConnection> connection_;
};

TEST_F(ClientConnectionTest, KnowsHowLongTheServerKeepsIdleConnections) {
  struct {
    const char* field;
    absl::Duration timeout;
  } const cases[] = {
      {"", absl::InfiniteDuration()},
      {"keep-alive: timeout=5\r\n", absl::Seconds(5)},
      {"Keep-Alive: max=1000 ,\tTimeout=75\r\n", absl::Seconds(75)},
      {"keep-alive: max=1000\r\n", absl::InfiniteDuration()},
      {"keep-alive: timeout=\r\n", absl::InfiniteDuration()},
      {"keep-alive: timeout=-1\r\n", absl::InfiniteDuration()},
      {"keep-alive: timeout=99999999999999999999\r\n", absl::InfiniteDuration()},
  };
  for (const auto& [field, timeout] : cases) {
    Make();
    Request();
    Answer(absl::StrCat("HTTP/1.1 200 OK\r\n", field, "content-length: 0\r\n\r\n"));
    EXPECT_EQ(connection_->announced_idle_timeout(), timeout) << field;
  }
}

TEST_F(ClientConnectionTest, CarriesOneExchangeAfterTheOther) {
  Exchange();
  EXPECT_TRUE(connection_->idle());
  Request(TestRequest("POST", "/p", BodyKind::kContentLength, 5));
  EXPECT_TRUE(connection_->reused());
  recorder_->stream->SendData("hello");
  recorder_->stream->SendEnd(nullptr);
  Turn();
  EXPECT_EQ(peer_.TakeOutput(),
            "POST /p HTTP/1.1\r\nhost: web.test\r\ncontent-length: 5\r\n\r\nhello");
  Answer("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(recorder_->log, "response 204 done");
  EXPECT_EQ(idle_, 2);
}

TEST_F(ClientConnectionTest, WritesChunksAndTrailers) {
  Request(TestRequest("POST", "/p", BodyKind::kChunked));
  recorder_->stream->SendData("abc");
  http::Headers trailers;
  trailers.Add("sum", "1");
  recorder_->stream->SendEnd(&trailers);
  Turn();
  EXPECT_THAT(peer_.output,
              EndsWith("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nsum: 1\r\n\r\n"));
}

struct Response {
  std::string bytes;
  std::string method;
  std::string log;
  std::string body;
  bool reusable;
};

const std::vector<Response>& Responses() {
  static const auto& responses = *new std::vector<Response>{
      {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "GET", "response 200 data end done",
       "hello", true},
      {"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "GET", "response 200 done", "", true},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4;x\r\ndefg\r\n0\r\n"
       "sum: 1\r\n\r\n",
       "GET", "response 200 data end sum=1 done", "abcdefg", true},
      {"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
       "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
       "GET", "103 100 response 304 done", "", true},
      {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "HEAD", "response 200 done", "", true},
      {"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi", "GET",
       "response 200 data end done", "hi", false},
      {"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", "GET", "response 200 data end done", "hi",
       false},
  };
  return responses;
}

TEST_F(ClientConnectionTest, ReadsTheSameHoweverTheBytesAreCut) {
  for (const Response& response : Responses()) {
    const absl::string_view bytes = response.bytes;
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      Make();
      Request(TestRequest(response.method));
      peer_.read_max = cut == 0 ? 1 : 1 << 20;  // Byte by byte, or in two pieces.
      Answer(bytes.substr(0, cut));
      Answer(bytes.substr(cut));
      // Data that comes in pieces is one word of the log.
      ASSERT_EQ(recorder_->log, response.log) << bytes << cut;
      ASSERT_EQ(recorder_->body, response.body);
      ASSERT_EQ(idle_, response.reusable ? 1 : 0);
      ASSERT_EQ(closed_, !response.reusable);
    }
  }
}

TEST_F(ClientConnectionTest, NeverTakesACutOffResponseForWhole) {
  for (const Response& response : Responses()) {
    for (size_t kept = 0; kept < response.bytes.size(); ++kept) {
      Make();
      Request(TestRequest(response.method));
      Answer(absl::string_view(response.bytes).substr(0, kept));
      peer_.End();
      Turn();
      ASSERT_THAT(recorder_->log, EndsWith("reset lost")) << response.bytes << kept;
      ASSERT_TRUE(closed_);
    }
  }
}

TEST_F(ClientConnectionTest, EndsABodyWithTheConnectionButNotWithAReset) {
  Request();
  Answer("HTTP/1.1 200 OK\r\n\r\nall of it");
  peer_.End();
  EXPECT_EQ(recorder_->log, "response 200 data end done");
  EXPECT_TRUE(closed_);
  Make();
  Request();
  Answer("HTTP/1.1 200 OK\r\n\r\nsome of it");
  peer_.Break(ECONNRESET);
  EXPECT_EQ(recorder_->log, "response 200 data reset lost");
  EXPECT_EQ(recorder_->reset.error, ECONNRESET);
}

TEST_F(ClientConnectionTest, TellsAStaleConnectionFromALostOne) {
  Exchange();
  Request();
  peer_.End();
  EXPECT_EQ(recorder_->log, "reset stale");
  EXPECT_TRUE(closed_);
  Make();
  Exchange();
  Request();
  Answer("H");
  peer_.End();
  EXPECT_EQ(recorder_->log, "reset lost");
}

TEST_F(ClientConnectionTest, DoesNotTakeSurplusBytesForTheNextResponse) {
  bool sent = false;
  on_idle_ = [&] {
    sent = true;
    Request();
  };
  Request();
  Answer(
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"
      "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged");
  EXPECT_EQ(recorder_->log, "response 200 data end done");
  EXPECT_EQ(recorder_->body, "a");
  EXPECT_FALSE(sent);
  EXPECT_TRUE(closed_);
}

TEST_F(ClientConnectionTest, ClosesWhereBytesComeUnasked) {
  Answer("HTTP/1.1 408 Request Timeout\r\n\r\n");
  EXPECT_TRUE(closed_);
  EXPECT_FALSE(connection_->idle());
}

TEST_F(ClientConnectionTest, ClosesAnIdleConnectionThatTheServerEnds) {
  Exchange();
  peer_.End();
  EXPECT_TRUE(closed_);
}

TEST_F(ClientConnectionTest, RefusesResponsesThatBreakTheRules) {
  const std::vector<std::pair<absl::string_view, absl::string_view>> kBad = {
      {"garbage\r\n\r\n", "bad_version"},
      {"HTTP/1.1 200 OK\ncontent-length: 0\n\n", "bad_line_end"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
       "differing_content_lengths"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
       "length_and_transfer_encoding"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgrade_unasked"},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "bad_chunk_size"},
  };
  for (const auto& [bad, reason] : kBad) {
    Make();
    Request();
    Answer(bad);
    EXPECT_THAT(recorder_->log, EndsWith("reset protocol")) << bad;
    EXPECT_EQ(recorder_->reset.reason, reason) << bad;
    EXPECT_TRUE(closed_);
  }
  Make();
  Request();
  Answer(absl::StrCat("HTTP/1.1 200 OK\r\na: ", std::string(70'000, 'a')));
  EXPECT_EQ(recorder_->log, "reset large");
  EXPECT_EQ(recorder_->reset.reason, "head_too_large");
}

// RFC 9112 section 9.3: the server need not say that it will close.
TEST_F(ClientConnectionTest, CarriesNothingBehindAnHttp10Request) {
  TestRequest request("GET", "/");
  request.head.version = http::Version::kHttp10;
  Request(request);
  Answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_EQ(recorder_->log, "response 200 data end done");
  EXPECT_TRUE(closed_);
}

TEST_F(ClientConnectionTest, TurnsIntoATunnel) {
  TestRequest upgrade;
  upgrade.head.upgrade = true;
  upgrade.head.headers.Add("connection", "upgrade");
  upgrade.head.headers.Add("upgrade", "websocket");
  Request(upgrade);
  recorder_->stream->SendData("too early");  // Nothing goes before the server has agreed.
  Turn();
  EXPECT_THAT(peer_.TakeOutput(), EndsWith("\r\n\r\n"));
  Answer("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi");
  EXPECT_EQ(recorder_->log, "response 101 data");
  EXPECT_EQ(recorder_->body, "hi");
  peer_.write_room = 2;
  recorder_->stream->SendData("up");
  recorder_->stream->SendData(" and away");
  peer_.End();
  EXPECT_EQ(recorder_->log, "response 101 data end");
  recorder_->stream->SendEnd(nullptr);
  Turn();
  EXPECT_FALSE(closed_);  // There are bytes to deliver yet.
  peer_.Take(100);
  Turn();
  EXPECT_EQ(peer_.output, "up and away");
  EXPECT_TRUE(peer_.shut_down);
  EXPECT_EQ(recorder_->log, "response 101 data end done");
  EXPECT_TRUE(closed_);
}

TEST_F(ClientConnectionTest, ConnectMakesATunnelOnlyWhereTheServerAgrees) {
  TestRequest connect("CONNECT", "");
  connect.head.authority = "web.test:443";
  Request(connect);
  EXPECT_THAT(peer_.output, StartsWith("CONNECT web.test:443 HTTP/1.1\r\n"));
  Answer("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno");
  EXPECT_EQ(recorder_->log, "response 403 data end done");
  EXPECT_EQ(idle_, 1);
  Request(connect);
  Answer("HTTP/1.1 200 OK\r\n\r\nbytes");
  EXPECT_EQ(recorder_->log, "response 200 data");
  peer_.Break(ECONNRESET);
  EXPECT_EQ(recorder_->log, "response 200 data reset lost");
}

TEST_F(ClientConnectionTest, TakesAResponseThatDoesNotWaitForTheRequest) {
  Request(TestRequest("POST", "/", BodyKind::kContentLength, 1000));
  recorder_->stream->SendData("some");
  Answer("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno");
  EXPECT_EQ(recorder_->log, "response 413 data end done");
  EXPECT_TRUE(closed_);
}

TEST_F(ClientConnectionTest, ReadsWhatTheServerSaidBeforeItHungUp) {
  Request(TestRequest("POST", "/", BodyKind::kContentLength, 1000));
  peer_.write_error = EPIPE;
  recorder_->stream->SendData("some");
  Turn();
  EXPECT_FALSE(closed_);
  Answer("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno");
  EXPECT_EQ(recorder_->log, "response 413 data end done");
  EXPECT_TRUE(closed_);
}

TEST_F(ClientConnectionTest, StaysIdleWhereAHeadCannotBeWritten) {
  TestRequest bad;
  bad.head.headers.Add("a", "b\r\nc: d");
  StreamRecorder recorder;
  EXPECT_EQ(connection_->StartRequest(bad.head, &recorder), nullptr);
  EXPECT_TRUE(connection_->idle());
  Exchange();
}

TEST_F(ClientConnectionTest, TakesNoMoreThanItsWindow) {
  Request();
  recorder_->consume = false;
  peer_.read_max = 10'000;
  Answer(absl::StrCat("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n",
                      std::string(1'000'000, 'x')));
  EXPECT_GE(recorder_->body.size(), 64u * 1024);
  EXPECT_LE(recorder_->body.size(), 64u * 1024 + 10'000);
  while (recorder_->stream != nullptr && recorder_->unconsumed > 0) {
    recorder_->ConsumeAll();
    Turn();
  }
  EXPECT_EQ(recorder_->body.size(), 1'000'000u);
  EXPECT_EQ(recorder_->log, "response 200 data end done");
  EXPECT_EQ(idle_, 1);
}

TEST_F(ClientConnectionTest, ReadsALargeResponseToItsEndThoughTheServerHasReset) {
  Request();
  recorder_->consume = false;
  peer_.read_max = 10'000;
  Answer(
      absl::StrCat("HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n", std::string(200'000, 'x')));
  peer_.Break(ECONNRESET);  // While the reader is slow.
  while (recorder_->stream != nullptr && recorder_->unconsumed > 0) {
    recorder_->ConsumeAll();
    Turn();
  }
  EXPECT_EQ(recorder_->log, "response 200 data end done");
}

TEST_F(ClientConnectionTest, StopsItsSourceWhileTheServerDoesNotRead) {
  Request(TestRequest("POST", "/", BodyKind::kChunked));
  peer_.write_room = 0;
  recorder_->stream->SendData(std::string(70'000, 'x'));
  EXPECT_TRUE(recorder_->stream->SendBlocked());
  Turn();
  peer_.Take(60'000);
  Turn();
  EXPECT_EQ(recorder_->send_ready, 1);
}

TEST_F(ClientConnectionTest, GivesUpOnRequest) {
  Request();
  recorder_->stream->ResetStream(http::kH2Cancel);
  EXPECT_TRUE(peer_.reset_on_close);
  EXPECT_EQ(recorder_->log, "");
  EXPECT_TRUE(closed_);
  Make();
  Request();
  connection_->Abort();
  EXPECT_EQ(recorder_->log, "reset local");
  EXPECT_FALSE(closed_);
  Make();
  Request();
  connection_.reset();
  EXPECT_EQ(recorder_->log, "reset local");
}

}  // namespace
}  // namespace gossamer::http1
