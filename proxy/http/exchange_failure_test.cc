#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"
#include "proxy/http/exchange.h"
#include "proxy/http/failure.h"
#include "proxy/http/testing/exchange_fixture.h"

// What becomes of a request whose upstream fails: it is sent again, or its client is told.
namespace gossamer::proxy {
namespace {

using http::BodyKind;
using http::ResetCause;
using ::testing::ElementsAre;
using testing::FakeClientStream;
using ::testing::HasSubstr;

class ExchangeFailureTest : public testing::ExchangeFixture {};

TEST_F(ExchangeFailureTest, SaysWhyAResponseWasRefused) {
  Start();
  FakeClientStream* upstream = Connect();
  upstream->Reset({ResetCause::kProtocol, http::kH2ProtocolError, 0, "bad_line_end"});
  EXPECT_THAT(refused_, ElementsAre("bad_line_end"));
  EXPECT_THAT(server_.fields, HasSubstr("the server's response is malformed: bad_line_end"));
  server_.Done();
  Turn();
}

// The head is changed for the way to the upstream; the client is what it was.
TEST_F(ExchangeFailureTest, AnswersAnUpgradedRequestAsHttp1) {
  server_.head.headers.Add("content-type", "application/grpc");
  on_route_ = [&] { server_.head.version = http::Version::kHttp2; };
  Start();
  Connect()->Reset({ResetCause::kPeer, http::kH2InternalError, 0});
  EXPECT_EQ(server_.log.back(), "response 502");
  server_.Done();
  Turn();
}

TEST_F(ExchangeFailureTest, TellsTheClientOfResets) {
  struct Case {
    const char* name;
    ResetCause cause;
    uint32_t code;
    http::Version version;
    bool started;
    const char* expected;
  };
  const auto h1 = http::Version::kHttp11;
  const auto h2 = http::Version::kHttp2;
  for (const Case& c : std::vector<Case>{
           {"lost, h1", ResetCause::kConnectionLost, 0, h1, false, "response 502"},
           {"lost, h2", ResetCause::kConnectionLost, 0, h2, false, "response 502"},
           {"protocol", ResetCause::kProtocol, 1, h2, false, "response 502"},
           {"head", ResetCause::kHeadTooLarge, 0, h1, false, "response 502"},
           {"peer, h1", ResetCause::kPeer, 5, h1, false, "response 502"},
           {"peer, h2", ResetCause::kPeer, 5, h2, false, "reset 5"},
           {"peer, h2, begun", ResetCause::kPeer, 5, h2, true, "reset 5"},
           {"lost, begun", ResetCause::kConnectionLost, 0, h1, true, "reset 2"},
           {"refused, begun", ResetCause::kRefused, 7, h2, true, "reset 2"},
       }) {
    SCOPED_TRACE(c.name);
    RenewServer();
    server_.head.method = "POST";
    server_.head.version = c.version;
    results_.clear();
    destroyed_ = false;
    Start();
    FakeClientStream* upstream = Connect();
    if (c.started) Respond(upstream, 200, BodyKind::kChunked);
    upstream->Reset({c.cause, c.code, 0});
    EXPECT_EQ(server_.log.back(), c.expected);
    if (!server_.over) server_.Done();
    Turn();
    EXPECT_TRUE(destroyed_);
    EXPECT_EQ(results_.size(), 1u);
  }
}

TEST_F(ExchangeFailureTest, SendsAgainWhatCannotHaveHadAnEffect) {
  struct Case {
    const char* name;
    const char* method;
    ResetCause cause;
    bool body_sent;
    int routed;
  };
  for (const Case& c : std::vector<Case>{
           {"refused GET", "GET", ResetCause::kRefused, false, 2},
           {"refused POST", "POST", ResetCause::kRefused, false, 2},
           {"refused after body", "POST", ResetCause::kRefused, true, 1},
           {"stale GET", "GET", ResetCause::kStale, false, 2},
           {"stale PUT", "PUT", ResetCause::kStale, false, 2},
           {"stale POST", "POST", ResetCause::kStale, false, 1},
           {"stale PATCH", "PATCH", ResetCause::kStale, false, 1},
           {"lost GET", "GET", ResetCause::kConnectionLost, false, 1},
           {"peer GET", "GET", ResetCause::kPeer, false, 1},
       }) {
    SCOPED_TRACE(c.name);
    RenewServer();
    server_.head.method = c.method;
    if (c.body_sent) server_.head.body = BodyKind::kChunked;
    routed_ = 0;
    Start();
    FakeClientStream* upstream = Connect();
    if (c.body_sent) server_.handler()->OnData("x");
    upstream->Reset({c.cause, 0, 0});
    EXPECT_EQ(routed_, c.routed);
    server_.Reset({ResetCause::kPeer, 8, 0});
    Turn();
  }
}

TEST_F(ExchangeFailureTest, ARetryHasTheTrailers) {
  server_.head.method = "POST";
  server_.head.body = BodyKind::kChunked;
  Start();
  http::Headers trailers;
  trailers.Add("t", "1");
  FakeClientStream* first = Connect();
  server_.handler()->OnEnd(&trailers);
  first->Reset({ResetCause::kRefused, 7, 0});
  FakeClientStream* second = Connect();
  EXPECT_THAT(second->log, ElementsAre("end t=1"));
  server_.Reset({ResetCause::kPeer, 8, 0});
  Turn();
}

// The body of a request that never went out goes with the next attempt, once, and counts once
// against the client's window.
TEST_F(ExchangeFailureTest, ARetryHasTheBodyThatNeverWentOut) {
  server_.head.method = "POST";
  server_.head.body = BodyKind::kChunked;
  Start();
  FakeClientStream* first = Connect();
  first->unsent = true;
  server_.handler()->OnData("one ");
  first->blocked = true;
  server_.handler()->OnData("two ");
  EXPECT_EQ(server_.consumed, 4u);
  first->Reset({ResetCause::kRefused, 7, 0});
  EXPECT_EQ(routed_, 2);
  server_.handler()->OnData("three ");
  FakeClientStream* second = Connect();
  server_.handler()->OnData("four");
  server_.handler()->OnEnd(nullptr);
  EXPECT_EQ(second->sent, "one two three four");
  EXPECT_EQ(server_.consumed, second->sent.size());
  server_.Reset({ResetCause::kPeer, 8, 0});
  Turn();
}

// Its library may send the request again; we have no longer all of it.
TEST_F(ExchangeFailureTest, TellsAnHttp2ClientThatItsStreamWasRefused) {
  server_.head.method = "POST";
  server_.head.version = http::Version::kHttp2;
  server_.head.body = BodyKind::kChunked;
  Start();
  FakeClientStream* upstream = Connect();
  server_.handler()->OnData("x");
  upstream->Reset({ResetCause::kRefused, http::kH2RefusedStream, 0});
  EXPECT_EQ(routed_, 1);
  EXPECT_THAT(server_.log, ElementsAre("reset 7"));
  Turn();
}

TEST_F(ExchangeFailureTest, GivesUpAfterAFewAttempts) {
  Start();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(server_.log.empty());
    Connect()->Reset({ResetCause::kRefused, 7, 0});
  }
  EXPECT_EQ(routed_, 3);
  EXPECT_EQ(attempts_over_, 3);
  EXPECT_THAT(server_.log, ElementsAre("response 502"));
  server_.Done();
  Turn();
}

TEST_F(ExchangeFailureTest, AnswersWhereThereIsNoConnection) {
  Start();
  exchange_->pending()->OnConnectFailure(absl::DeadlineExceededError("connect timed out"));
  EXPECT_THAT(server_.log, ElementsAre("response 504"));
  EXPECT_THAT(server_.fields, HasSubstr("l5d-proxy-error: connect timed out\n"));
  server_.Done();
  Turn();
  EXPECT_STREQ(results_.at(0).error, "i/o");
}

TEST_F(ExchangeFailureTest, AnswersGrpcInItsOwnWay) {
  server_.head.method = "POST";
  server_.head.version = http::Version::kHttp2;
  server_.head.headers.Add("content-type", "application/grpc");
  Start();
  exchange_->pending()->OnConnectFailure(absl::UnavailableError("refused"));
  EXPECT_THAT(server_.log, ElementsAre("response 200"));
  EXPECT_THAT(server_.fields, HasSubstr("grpc-status: 14\n"));
  server_.Done();
  Turn();
  EXPECT_EQ(results_.at(0).grpc_status, 14);
}

TEST_F(ExchangeFailureTest, FailingWithinRouteIsAllowed) {
  on_route_ = [this] { exchange_->Fail({FailureKind::kNotFound, "no route", false, "no route"}); };
  Start();
  EXPECT_THAT(server_.log, ElementsAre("response 404"));
  server_.Done();
  Turn();
}

TEST_F(ExchangeFailureTest, FailingMidwayResetsBoth) {
  Start();
  FakeClientStream* upstream = Connect();
  Respond(upstream, 200, BodyKind::kChunked);
  exchange_->Fail({FailureKind::kGatewayTimeout, "idle timeout", false, "timeout"});
  EXPECT_THAT(upstream->log, ElementsAre("reset 8"));
  EXPECT_EQ(server_.log.back(), "reset 2");
  Turn();
}

TEST_F(ExchangeFailureTest, AGrpcResponseThatBreaksOffEndsWithAStatus) {
  expect_destroyed_ = false;  // Each turn of the loop looks itself.
  for (const bool failed_here : {false, true}) {
    RenewServer();
    server_.head.method = "POST";
    server_.head.version = http::Version::kHttp2;
    server_.head.headers.Add("content-type", "application/grpc");
    results_.clear();
    Start();
    FakeClientStream* upstream = Connect();
    Respond(upstream, 200, BodyKind::kChunked);
    upstream->handler()->OnData("a message");
    if (failed_here) {
      exchange_->Fail({FailureKind::kGatewayTimeout, "idle timeout", false, "timeout"});
    } else {
      upstream->Reset({ResetCause::kConnectionLost, 0, ECONNRESET});
    }
    EXPECT_THAT(server_.log.back(), HasSubstr(failed_here ? "end grpc-status=4 grpc-message=idle"
                                                          : "end grpc-status=14 grpc-message="));
    server_.Done();
    Turn();
    EXPECT_FALSE(results_.at(0).reset);
    EXPECT_EQ(results_.at(0).grpc_status, failed_here ? 4 : 14);
    EXPECT_TRUE(std::exchange(destroyed_, false));
  }
}

}  // namespace
}  // namespace gossamer::proxy
