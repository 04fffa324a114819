#include "lib/http/http1/server_connection.h"

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"
#include "lib/net/testing/loopback.h"

namespace gossamer::http1 {
namespace {

using http::testing::RequestRecorder;
using http::testing::ServerRecorder;
using net::testing::FakeByteStream;
using net::testing::FakePeer;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr absl::string_view kGet = "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n";
constexpr absl::string_view kPost =
    "POST /p HTTP/1.1\r\nhost: web.test\r\ncontent-length: 5\r\n\r\nhello";

// Without the date, which no test can foresee.
std::string WithoutDate(std::string text) {
  size_t at;
  while ((at = text.find("date: ")) != std::string::npos) {
    text.erase(at, text.find("\r\n", at) + 2 - at);
  }
  return text;
}

class ServerConnectionTest : public testing::Test {
 protected:
  ServerConnectionTest() : loop_(*event::Loop::Create()) { Make({}); }

  void Make(const ServerOptions& options) {
    connection_.reset();
    peer_ = FakePeer();
    connection_ = std::make_unique<ServerConnection>(
        loop_.get(), std::make_unique<FakeByteStream>(&peer_), options, &server_);
  }

  void Start(absl::string_view already_read = "") {
    connection_->Start(already_read);
    Turn();
  }
  void Turn() {
    for (int i = 0; i < 6; ++i) loop_->RunOnce(absl::ZeroDuration());
  }
  void Send(absl::string_view bytes) {
    peer_.Send(bytes);
    Turn();
  }
  std::string Output() {
    Turn();
    return WithoutDate(peer_.TakeOutput());
  }
  RequestRecorder& request(size_t i = 0) { return *server_.requests.at(i); }

  std::unique_ptr<event::Loop> loop_;
  FakePeer peer_;
  ServerRecorder server_;
  std::unique_ptr<ServerConnection> connection_;
};

TEST_F(ServerConnectionTest, CarriesOneExchangeAfterTheOther) {
  Start(kGet);
  ASSERT_THAT(server_.requests, SizeIs(1));
  EXPECT_EQ(request().head, "GET / web.test");
  EXPECT_EQ(connection_->active_streams(), 1);
  request().Respond(200, "one");
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none");
  EXPECT_EQ(request().log, "done");
  EXPECT_EQ(connection_->active_streams(), 0);
  Send(kGet);
  request(1).Respond(204, "");
  EXPECT_EQ(Output(), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(server_.closed);
}

TEST_F(ServerConnectionTest, KnowsWhatItHoldsAndGivesItBack) {
  Start(kGet);
  EXPECT_EQ(connection_->held_bytes(), 0u);
  request().RespondHead(200);
  Turn();
  peer_.write_room = 0;
  request().stream->SendData(std::string(100'000, 'x'));
  Turn();
  EXPECT_GE(connection_->held_bytes(), 100'000u);
  const size_t held = connection_->held_bytes();
  EXPECT_EQ(connection_->Shed(), held);
  EXPECT_EQ(request().log, "reset local");
  EXPECT_THAT(server_.refused, ElementsAre("0 memory_short"));
  EXPECT_TRUE(server_.closed);
  EXPECT_TRUE(peer_.reset_on_close);
}

// What the client sends counts, too, until it is consumed; and an answer that is complete.
TEST_F(ServerConnectionTest, HoldsWhatIsNotConsumedAndWhatIsNotYetOut) {
  server_.on_request = [](RequestRecorder* r) { r->consume = false; };
  Start("POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 30000\r\n\r\n");
  Send(std::string(30'000, 'x'));
  EXPECT_EQ(connection_->held_bytes(), 30'000u);
  peer_.write_room = 0;
  request().Respond(200, std::string(50'000, 'y'));
  Turn();
  EXPECT_EQ(connection_->active_streams(), 0);
  EXPECT_GE(connection_->held_bytes(), 50'000u);
  connection_->Shed();
  EXPECT_TRUE(server_.closed);
  EXPECT_TRUE(peer_.reset_on_close) << "the client could take what it has for the whole";
}

TEST_F(ServerConnectionTest, HoldsAHeadThatIsLargeOrDoesNotEnd) {
  const std::string large =
      absl::StrCat("GET / HTTP/1.1\r\nhost: a\r\nx: ", std::string(30'000, 'x'));
  Start(large);
  EXPECT_EQ(connection_->held_bytes(), large.size());
  Send("\r\n\r\n");
  ASSERT_THAT(server_.requests, SizeIs(1));
  EXPECT_GE(connection_->held_bytes(), 30'000u);
  request().Respond(204, "");
  Turn();
  EXPECT_EQ(connection_->held_bytes(), 0u);
}

TEST_F(ServerConnectionTest, EndsABodyWithItsLastByte) {
  Start(kPost);
  EXPECT_EQ(request().log, "data end");
  EXPECT_EQ(request().body, "hello");
  request().Respond(200, "ok");
  EXPECT_EQ(request().log, "data end done");
  EXPECT_THAT(Output(), EndsWith("\r\n\r\nok"));
}

TEST_F(ServerConnectionTest, AnswersPipelinedRequestsInOrder) {
  Start(absl::StrCat(kPost, kGet, kPost));
  ASSERT_THAT(server_.requests, SizeIs(1));
  request(0).Respond(200, "a");
  Turn();
  ASSERT_THAT(server_.requests, SizeIs(2));
  request(1).Respond(200, "b");
  Turn();
  ASSERT_THAT(server_.requests, SizeIs(3));
  EXPECT_EQ(request(2).body, "hello");
  request(2).Respond(200, "c");
  EXPECT_EQ(Output(),
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na"
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb"
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nc");
}

// What a server that answers at once sees and sends, whatever the pieces are in which bytes come.
TEST_F(ServerConnectionTest, ReadsTheSameHoweverTheBytesAreCut) {
  const std::string bytes =
      absl::StrCat(kGet, kPost,
                   "POST /c HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nsum: 1\r\n\r\n",
                   "HEAD /h HTTP/1.1\r\nhost: h\r\n\r\n",
                   "POST /e HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n",
                   "GET /last HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
  const auto run = [&](std::vector<size_t> cuts) {
    server_ = ServerRecorder();
    server_.on_request = [](RequestRecorder* r) {
      const auto answer = [r] { r->Respond(200, absl::StrCat("<", r->head, "|", r->body, ">")); };
      if (r->kind == http::BodyKind::kNone) return answer();
      r->on_end = answer;
    };
    Make({});
    Start();
    size_t from = 0;
    cuts.push_back(bytes.size());
    for (const size_t cut : cuts) {
      peer_.Send(absl::string_view(bytes).substr(from, cut - from));
      loop_->RunOnce(absl::ZeroDuration());
      from = cut;
    }
    std::string all = Output();
    for (const auto& r : server_.requests) absl::StrAppend(&all, "\n", r->log, " ", r->body);
    return absl::StrCat(all, peer_.shut_down ? " fin" : "");
  };
  const std::string whole = run({});
  EXPECT_THAT(whole, HasSubstr("<POST /c h|abc0123456789>"));
  EXPECT_THAT(whole, HasSubstr("data end sum=1 done"));
  EXPECT_THAT(whole, EndsWith(" fin"));
  for (size_t cut = 1; cut < bytes.size(); ++cut) ASSERT_EQ(run({cut}), whole) << cut;
  std::vector<size_t> all_cuts;
  for (size_t cut = 1; cut < bytes.size(); ++cut) all_cuts.push_back(cut);
  EXPECT_EQ(run(all_cuts), whole);
}

TEST_F(ServerConnectionTest, WritesChunksAndTrailers) {
  Start(kGet);
  request().RespondHead(200);
  request().stream->SendData("abc");
  http::Headers trailers;
  trailers.Add("sum", "1");
  request().stream->SendEnd(&trailers);
  EXPECT_EQ(Output(),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nsum: 1\r\n\r\n");
  EXPECT_FALSE(peer_.shut_down);
}

TEST_F(ServerConnectionTest, ClosesBehindAnHttp10ResponseOfUnknownLength) {
  Start("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  request().RespondHead(200);
  request().stream->SendData("abc");
  request().stream->SendEnd(nullptr);
  EXPECT_EQ(Output(), "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc");
  EXPECT_TRUE(peer_.shut_down);
}

TEST_F(ServerConnectionTest, KeepsAnHttp10ConnectionAliveWhereAsked) {
  Start("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  request().Respond(200, "a");
  EXPECT_EQ(Output(), "HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\na");
  Send("GET / HTTP/1.0\r\n\r\n");
  request(1).Respond(200, "b");
  EXPECT_EQ(Output(), "HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nb");
  EXPECT_TRUE(peer_.shut_down);
}

// A proxy makes the request fit another connection; the answer must fit this one.
TEST_F(ServerConnectionTest, AnswersInTheVersionOfTheRequestAsItCame) {
  Start("HEAD / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  request().server->request()->version = http::Version::kHttp2;
  request().server->request()->method = "GET";
  request().Respond(200, "abc");
  EXPECT_EQ(Output(), "HTTP/1.0 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n");
}

TEST_F(ServerConnectionTest, SendsNoBodyWhereThereCanBeNone) {
  Start("HEAD / HTTP/1.1\r\nhost: h\r\n\r\n");
  request(0).Respond(200, "abc");
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n");
  Send(kGet);
  request(1).RespondHead(304);
  request(1).stream->SendData("abc");
  request(1).stream->SendEnd(nullptr);
  EXPECT_EQ(Output(), "HTTP/1.1 304 Not Modified\r\n\r\n");
  Send(kGet);
  EXPECT_THAT(server_.requests, SizeIs(3));
}

TEST_F(ServerConnectionTest, PassesOnInformationalResponsesButNotToHttp10) {
  Start("POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
  http::ResponseHead go_on;
  go_on.status = 100;
  request().server->SendInformational(go_on);
  EXPECT_EQ(Output(), "HTTP/1.1 100 Continue\r\n\r\n");
  Send("hi");
  request().Respond(200, "a");
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
  Send("GET / HTTP/1.0\r\n\r\n");
  request(1).server->SendInformational(go_on);
  EXPECT_EQ(Output(), "");
}

TEST_F(ServerConnectionTest, ClosesWhereAResponseMakesTheBodyNeedless) {
  Start("POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
  request().Respond(417, "no");
  EXPECT_EQ(request().log, "done");
  EXPECT_THAT(Output(), HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(peer_.shut_down);
  Send("hi, and what is no request");  // Thrown away.
  EXPECT_FALSE(server_.closed);
  peer_.End();
  EXPECT_TRUE(server_.closed);
  EXPECT_THAT(server_.requests, SizeIs(1));
}

TEST_F(ServerConnectionTest, TurnsIntoATunnel) {
  constexpr absl::string_view kUpgrade =
      "GET /ws HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
  Start(absl::StrCat(kUpgrade, "early"));
  EXPECT_EQ(request().log, "");  // Not a byte before the server agrees.
  request().RespondHead(101, {{"upgrade", "websocket"}, {"connection", "upgrade"}},
                        http::BodyKind::kNone);
  EXPECT_EQ(
      Output(),
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
  EXPECT_EQ(request().body, "early");
  Send(" and late");
  EXPECT_EQ(request().body, "early and late");
  request().stream->SendData("down");
  EXPECT_EQ(Output(), "down");
  peer_.End();
  EXPECT_EQ(request().log, "data end");
  request().stream->SendData("still");
  request().stream->SendEnd(nullptr);
  EXPECT_EQ(request().log, "data end done");
  EXPECT_EQ(Output(), "still");
  EXPECT_TRUE(peer_.shut_down);
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, TellsATunnelOfAnEndThatCameBeforeIt) {
  Start("GET /ws HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
  peer_.End();
  Turn();
  EXPECT_EQ(request().log, "");
  request().RespondHead(101, {}, http::BodyKind::kNone);
  Turn();
  EXPECT_EQ(request().log, "end");
  request().stream->SendEnd(nullptr);
  Turn();
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, GoesOnSendingIntoATunnelWhoseServerEndsFirst) {
  Start("CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\n\r\n");
  http::ResponseHead yes;
  yes.status = 200;
  yes.upgrade = true;
  request().server->SendResponse(yes, false);
  request().stream->SendData("bye");
  request().stream->SendEnd(nullptr);
  EXPECT_THAT(Output(), EndsWith("\r\n\r\nbye"));
  EXPECT_TRUE(peer_.shut_down);
  Send("up");
  EXPECT_EQ(request().body, "up");
  peer_.End();
  EXPECT_EQ(request().log, "data end done");
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, ResetsATunnelThatIsGivenUp) {
  Start("CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\n\r\n");
  http::ResponseHead yes;
  yes.status = 200;
  yes.upgrade = true;
  request().server->SendResponse(yes, false);
  request().stream->ResetStream(http::kH2Cancel);
  EXPECT_TRUE(peer_.reset_on_close);
  EXPECT_TRUE(server_.closed);
}

struct BadRequest {
  std::string bytes;
  std::string status;
  std::string reason;
};

TEST_F(ServerConnectionTest, AnswersWhatItRefusesAndCloses) {
  const std::vector<BadRequest> kBad = {
      {"GARBAGE\r\n\r\n", "400", ""},
      {"GET / HTTP/1.1\r\n\r\n", "400", "missing_host"},
      {"GET / HTTP/1.1\nhost: h\n\n", "400", "bad_line_end"},
      {"GET / HTTP/1.1\r\nhost: h\r\na: b\r\n c\r\n\r\n", "400", "obsolete_fold"},
      {"GET / HTTP/2.0\r\nhost: h\r\n\r\n", "505", ""},
      {"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
       "400", "length_and_transfer_encoding"},
      {"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip\r\n\r\n", "400",
       "last_coding_not_chunked"},
      {"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "501",
       "unsupported_transfer_encoding"},
      {absl::StrCat("GET /", std::string(20'000, 'a'), " HTTP/1.1\r\n"), "414", "uri_too_long"},
      {absl::StrCat("GET / HTTP/1.1\r\nhost: h\r\na: ", std::string(70'000, 'a')), "431",
       "head_too_large"},
      {"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "400",
       "bad_chunk_size"},
  };
  for (const BadRequest& bad : kBad) {
    server_ = ServerRecorder();
    Make({});
    Start();
    Send(absl::StrCat(bad.bytes, kGet));
    const std::string output = Output();
    EXPECT_THAT(output, StartsWith(absl::StrCat("HTTP/1.1 ", bad.status, " "))) << bad.bytes;
    EXPECT_THAT(output, EndsWith("content-length: 0\r\nconnection: close\r\n\r\n")) << bad.bytes;
    EXPECT_TRUE(peer_.shut_down);
    ASSERT_THAT(server_.refused, SizeIs(1)) << bad.bytes;
    EXPECT_THAT(server_.refused[0], HasSubstr(bad.reason));
    for (const auto& r : server_.requests) EXPECT_EQ(r->log, "reset protocol");
    peer_.End();
    EXPECT_TRUE(server_.closed);
  }
}

TEST_F(ServerConnectionTest, CutsOffAResponseWhoseRequestTurnsOutBad) {
  Start("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n");
  request().RespondHead(200);
  Send("zz\r\n");
  EXPECT_EQ(request().log, "reset protocol");
  EXPECT_TRUE(peer_.reset_on_close);
  EXPECT_TRUE(server_.closed);
  EXPECT_THAT(server_.refused, ElementsAre("400 bad_chunk_size"));
}

TEST_F(ServerConnectionTest, RefusesAResponseThatWouldInject) {
  Start(kGet);
  request().RespondHead(200, {{"a", "b\r\nc: d"}});
  EXPECT_EQ(request().log, "reset local");
  EXPECT_THAT(Output(), StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
  EXPECT_THAT(server_.refused, ElementsAre("502 bad_response"));
}

TEST_F(ServerConnectionTest, AnswersAClientThatEndsItsSideAfterItsRequest) {
  Start(kGet);
  peer_.End();
  Turn();
  EXPECT_EQ(request().log, "");
  peer_.write_room = 10;  // Reads slowly, too.
  request().Respond(200, "late");
  Turn();
  EXPECT_FALSE(server_.closed);
  peer_.Take(1000);
  EXPECT_THAT(Output(), EndsWith("connection: close\r\n\r\nlate"));
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, DeliversAResponseToAClientThatEndsItsSideMeanwhile) {
  Start("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
  peer_.write_room = 10;
  request().Respond(200, std::string(50'000, 'x'));
  Turn();
  peer_.End();
  Turn();
  EXPECT_FALSE(server_.closed);
  peer_.Take(100'000);
  EXPECT_THAT(Output(), EndsWith(std::string(50'000, 'x')));
  EXPECT_TRUE(peer_.shut_down);
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, TellsOfAClientThatIsGone) {
  Start(kGet);
  peer_.Break(ECONNRESET);
  EXPECT_EQ(request().log, "reset lost");
  EXPECT_EQ(request().reset.error, ECONNRESET);
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, TellsOfAClientThatIsGoneAlsoWithAPipelinedRequestUnread) {
  Start(absl::StrCat(kGet, kGet));
  peer_.Break(ECONNRESET);
  EXPECT_EQ(request().log, "reset lost");
  EXPECT_TRUE(server_.closed);
}

TEST_F(ServerConnectionTest, ResetsARequestThatIsCutOffAtAnyByteOfItsBody) {
  for (int kept = 0; kept < 5; ++kept) {
    server_ = ServerRecorder();
    Make({});
    Start(kPost.substr(0, kPost.size() - 5 + kept));
    peer_.End();
    EXPECT_THAT(request().log, EndsWith("reset lost"));
    EXPECT_TRUE(server_.closed);
  }
}

TEST_F(ServerConnectionTest, ClosesSilentlyWhereAHeadIsCutOff) {
  for (size_t kept = 0; kept < kGet.size(); ++kept) {
    server_ = ServerRecorder();
    Make({});
    Start(kGet.substr(0, kept));
    peer_.End();
    EXPECT_TRUE(server_.closed);
    EXPECT_EQ(Output(), "");
    EXPECT_THAT(server_.requests, IsEmpty());
  }
}

TEST_F(ServerConnectionTest, GivesUpOnASlowHead) {
  ServerOptions options;
  options.head_timeout = absl::Milliseconds(5);
  Make(options);
  Start("GET / HT");
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return !peer_.output.empty(); }));
  EXPECT_THAT(Output(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(server_.refused, ElementsAre("408 head_timeout"));
}

TEST_F(ServerConnectionTest, AClientThatEndedItsSideAndHearsNothingIsGone) {
  ServerOptions options;
  options.half_closed_timeout = absl::Milliseconds(5);
  Make(options);
  Start(kGet);
  peer_.End();
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return server_.closed; }));
  EXPECT_EQ(server_.requests.at(0)->log, "reset lost");
}

TEST_F(ServerConnectionTest, AClientThatEndedItsSideIsServedAsLongAsThereIsSomethingToSend) {
  ServerOptions options;
  options.half_closed_timeout = absl::Milliseconds(5);
  Make(options);
  Start(kGet);
  peer_.End();
  Turn();
  auto* request = server_.requests.at(0).get();
  request->RespondHead(200);
  // Longer than the timeout in all, and never that long without a byte.
  bool later = false;
  event::Timer timer(loop_.get(), [&] { later = true; });
  timer.Arm(absl::Milliseconds(50));
  while (!later && !request->over) {
    request->stream->SendData("x");
    loop_->RunOnce(absl::Milliseconds(1));
  }
  ASSERT_FALSE(request->over) << request->log;
  request->stream->SendEnd(nullptr);
  Turn();
  EXPECT_TRUE(request->done());
}

TEST_F(ServerConnectionTest, ClosesAnIdleConnectionButNoneInUse) {
  ServerOptions options;
  options.idle_timeout = absl::Milliseconds(5);
  Make(options);
  Start(kGet);
  bool later = false;
  event::Timer timer(loop_.get(), [&] { later = true; });
  timer.Arm(absl::Milliseconds(20));
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return later; }));
  EXPECT_FALSE(server_.closed);
  request().Respond(200, "a");
  EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return server_.closed; }));
}

TEST_F(ServerConnectionTest, DrainsAnIdleConnectionInAWhile) {
  Start();
  connection_->Drain();
  Turn();
  EXPECT_FALSE(peer_.shut_down);
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return peer_.shut_down; }));
  peer_.End();
  EXPECT_TRUE(server_.closed);
}

// It was on its way: the client is told by its response, instead of losing it.
TEST_F(ServerConnectionTest, ARequestThatCrossesTheDrainIsAnswered) {
  Start(kGet);
  request().Respond(200, "a");
  Output();
  connection_->Drain();
  Turn();
  Send(kGet);
  ASSERT_THAT(server_.requests, SizeIs(2));
  request(1).Respond(200, "b");
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nb");
  EXPECT_TRUE(peer_.shut_down);
}

TEST_F(ServerConnectionTest, SaysCloseWhileDraining) {
  Start(kGet);
  connection_->Drain();
  request().Respond(200, "a");
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\na");
  EXPECT_TRUE(peer_.shut_down);
}

TEST_F(ServerConnectionTest, DrainedBeforeItStartsStillAnswersWhatHasCome) {
  connection_->Drain();
  Start(kGet);
  ASSERT_THAT(server_.requests, SizeIs(1));
  request().Respond(200, "a");
  EXPECT_THAT(Output(), HasSubstr("connection: close"));
}

TEST_F(ServerConnectionTest, DrainedWithinAHeadStillAnswersIt) {
  Start(kGet.substr(0, 10));
  connection_->Drain();
  Send(kGet.substr(10));
  ASSERT_THAT(server_.requests, SizeIs(1));
  request().Respond(200, "a");
  EXPECT_THAT(Output(), HasSubstr("connection: close"));
}

TEST_F(ServerConnectionTest, TakesNoMoreOfABodyThanItsWindow) {
  server_.on_request = [](RequestRecorder* r) { r->consume = false; };
  Start("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1000000\r\n\r\n");
  peer_.read_max = 10'000;
  Send(std::string(1'000'000, 'x'));
  EXPECT_GE(request().body.size(), 64u * 1024);
  EXPECT_LE(request().body.size(), 64u * 1024 + 10'000);
  while (request().unconsumed > 0) {
    request().ConsumeAll();
    Turn();
    EXPECT_LE(request().unconsumed, 64u * 1024 + 10'000);
  }
  EXPECT_EQ(request().body.size(), 1'000'000u);
  EXPECT_EQ(request().log, "data end");
}

TEST_F(ServerConnectionTest, StopsItsSourceWhileTheClientDoesNotRead) {
  Start(kGet);
  peer_.write_room = 0;
  request().RespondHead(200);
  EXPECT_FALSE(request().stream->SendBlocked());
  request().stream->SendData(std::string(70'000, 'x'));
  EXPECT_TRUE(request().stream->SendBlocked());
  Turn();
  EXPECT_EQ(request().send_ready, 0);
  peer_.Take(20'000);
  Turn();
  EXPECT_EQ(request().send_ready, 0);
  peer_.Take(30'000);
  Turn();
  EXPECT_EQ(request().send_ready, 1);
  EXPECT_FALSE(request().stream->SendBlocked());
}

TEST_F(ServerConnectionTest, ResetsItsStreamWhenDestroyed) {
  Start(kGet);
  connection_.reset();
  EXPECT_EQ(request().log, "reset local");
  EXPECT_FALSE(server_.closed);
}

TEST_F(ServerConnectionTest, DestroyedWithinAResponseItResetsTheConnection) {
  Start(kGet);
  request().RespondHead(200, {}, http::BodyKind::kUntilClose);
  request().stream->SendData("part");
  Turn();
  connection_.reset();
  EXPECT_TRUE(peer_.reset_on_close) << "an end in order would make it a whole";
}

TEST_F(ServerConnectionTest, DestroyedBetweenResponsesItClosesInOrder) {
  Start(kGet);
  request().Respond(200, "ok");
  Turn();
  connection_.reset();
  EXPECT_FALSE(peer_.reset_on_close);
}

TEST_F(ServerConnectionTest, AStreamThatIsGivenUpCutsOffItsResponse) {
  Start(kGet);
  request().RespondHead(200);
  request().stream->SendData("half");
  request().stream->ResetStream(http::kH2InternalError);
  EXPECT_TRUE(peer_.reset_on_close);
  EXPECT_TRUE(server_.closed);
  EXPECT_EQ(request().log, "");
}

}  // namespace
}  // namespace gossamer::http1
