#include "proxy/http/exchange.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"
#include "proxy/http/testing/exchange_fixture.h"
#include "proxy/http/upstream.h"
#include "proxy/http/wait_queue.h"

// What an exchange carries from side to side, and how fast.
namespace gossamer::proxy {
namespace {

using http::BodyKind;
using http::ResetCause;
using ::testing::ElementsAre;
using testing::FakeClientStream;

class ExchangeTest : public testing::ExchangeFixture {};

TEST_F(ExchangeTest, CarriesARequestAndItsResponse) {
  Start();
  FakeClientStream* upstream = Connect();
  Respond(upstream, 200, BodyKind::kChunked);
  upstream->handler()->OnData("hello");
  http::Headers trailers;
  trailers.Add("a", "b");
  upstream->handler()->OnEnd(&trailers);
  upstream->Done();
  EXPECT_THAT(server_.log, ElementsAre("response 200", "data", "end a=b"));
  EXPECT_EQ(server_.sent, "hello");
  EXPECT_EQ(upstream->consumed, 5u);
  EXPECT_TRUE(upstream->log.empty());
  Turn();
  EXPECT_FALSE(destroyed_) << "the client has not had it all yet";
  server_.Done();
  Turn();
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_EQ(results_[0].status, 200);
  EXPECT_FALSE(results_[0].reset);
  EXPECT_EQ(attempts_over_, 1);
}

TEST_F(ExchangeTest, HoldsTheBodyUntilThereIsAnUpstream) {
  server_.head.method = "POST";
  server_.head.body = BodyKind::kChunked;
  Start();
  server_.handler()->OnData("ab");
  server_.handler()->OnData("c");
  http::Headers trailers;
  trailers.Add("t", "1");
  server_.handler()->OnEnd(&trailers);
  EXPECT_EQ(server_.consumed, 0u) << "the client must not send without bound";
  FakeClientStream* upstream = Connect();
  EXPECT_EQ(upstream->sent, "abc");
  EXPECT_EQ(upstream->log.back(), "end t=1");
  EXPECT_EQ(server_.consumed, 3u);
  Respond(upstream, 204);
  upstream->Done();
  server_.Done();
  Turn();
}

TEST_F(ExchangeTest, ASlowUpstreamHoldsTheClientBack) {
  server_.head.method = "POST";
  server_.head.body = BodyKind::kChunked;
  Start();
  FakeClientStream* upstream = Connect();
  server_.handler()->OnData("1");
  EXPECT_EQ(server_.consumed, 1u);
  upstream->blocked = true;
  server_.handler()->OnData("23");
  server_.handler()->OnData("4");
  EXPECT_EQ(server_.consumed, 1u);
  upstream->blocked = false;
  upstream->handler()->OnSendReady();
  EXPECT_EQ(server_.consumed, 4u);
  server_.Reset({ResetCause::kPeer, 8, 0});
  Turn();
}

TEST_F(ExchangeTest, ASlowClientHoldsTheUpstreamBack) {
  Start();
  FakeClientStream* upstream = Connect();
  Respond(upstream, 200, BodyKind::kChunked);
  server_.blocked = true;
  upstream->handler()->OnData("123");
  upstream->handler()->OnData("4");
  EXPECT_EQ(upstream->consumed, 0u);
  server_.blocked = false;
  server_.handler()->OnSendReady();
  EXPECT_EQ(upstream->consumed, 4u);
  server_.Reset({ResetCause::kPeer, 8, 0});
  Turn();
}

TEST_F(ExchangeTest, GivesBackWhatAGoneUpstreamHeld) {
  server_.head.method = "POST";
  server_.head.body = BodyKind::kChunked;
  Start();
  FakeClientStream* upstream = Connect();
  upstream->blocked = true;
  server_.handler()->OnData("1234");
  Respond(upstream, 413);
  upstream->Done();
  EXPECT_EQ(server_.consumed, 4u);
  server_.handler()->OnData("56");
  EXPECT_EQ(server_.consumed, 6u) << "the rest is let by";
  server_.handler()->OnEnd(nullptr);
  server_.Done();
  Turn();
  EXPECT_EQ(results_.at(0).status, 413);
}

TEST_F(ExchangeTest, AnEarlyResponseLetsGoOfTheUpstream) {
  server_.head.method = "POST";
  server_.head.body = BodyKind::kChunked;
  Start();
  FakeClientStream* upstream = Connect();
  Respond(upstream, 403);
  server_.Done();
  EXPECT_THAT(upstream->log, ElementsAre("reset 8"));
  Turn();
}

TEST_F(ExchangeTest, AWholeResponseStaysOneAfterAReset) {
  Start();
  FakeClientStream* upstream = Connect();
  Respond(upstream, 200, BodyKind::kChunked);
  upstream->handler()->OnData("x");
  upstream->handler()->OnEnd(nullptr);
  upstream->Reset({ResetCause::kPeer, http::kH2Cancel, 0});
  EXPECT_THAT(server_.log, ElementsAre("response 200", "data", "end"));
  server_.Done();
  Turn();
  EXPECT_FALSE(results_.at(0).reset);
}

TEST_F(ExchangeTest, PassesInterimResponsesOn) {
  Start();
  FakeClientStream* upstream = Connect();
  http::ResponseHead interim;
  interim.status = 103;
  upstream->handler()->OnInformational(&interim);
  Respond(upstream, 200);
  upstream->Done();
  server_.Done();
  EXPECT_THAT(server_.log, ElementsAre("informational 103", "response 200"));
  Turn();
}

TEST_F(ExchangeTest, InterimResponsesWithoutEndAreRefused) {
  Start();
  FakeClientStream* upstream = Connect();
  http::ResponseHead interim;
  interim.status = 103;
  const std::string link(1000, 'x');
  interim.headers.Add("link", link);
  int sent = 0;
  for (; sent < 1000 && !upstream->over; ++sent) upstream->handler()->OnInformational(&interim);
  EXPECT_GT(sent, 200);
  EXPECT_LT(sent, 300);
  EXPECT_EQ(server_.log.back(), "response 502");
  EXPECT_THAT(refused_, ElementsAre("too_many_interim_responses"));
  server_.Done();
  Turn();
}

TEST_F(ExchangeTest, AClientThatGoesCancelsTheUpstream) {
  Start();
  FakeClientStream* upstream = Connect();
  server_.Reset({ResetCause::kConnectionLost, 0, 104});
  EXPECT_THAT(upstream->log, ElementsAre("reset 8"));
  Turn();
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_TRUE(results_[0].reset);
}

TEST_F(ExchangeTest, AClientMayGoWhileTheRequestWaits) {
  WaitQueue<PendingRequest> queue;
  on_route_ = [&] {};
  Start();
  queue.Push(exchange_->pending());
  server_.Reset({ResetCause::kPeer, 8, 0});
  EXPECT_TRUE(queue.empty());
  Turn();
}

TEST_F(ExchangeTest, ReadsTheStatusOfGrpc) {
  struct Case {
    const char* in_head;
    const char* in_trailers;
    int status;
  };
  for (const Case& c : std::vector<Case>{{nullptr, "0", 0},
                                         {nullptr, "14", 14},
                                         {"5", nullptr, 5},
                                         {nullptr, nullptr, -1},
                                         {nullptr, "x", 2}}) {
    RenewServer();
    server_.head.method = "POST";
    server_.head.headers.Add("content-type", "application/grpc+proto");
    results_.clear();
    Start();
    FakeClientStream* upstream = Connect();
    if (c.in_head != nullptr) {
      Respond(upstream, 200, BodyKind::kNone, {{"grpc-status", c.in_head}});
    } else {
      Respond(upstream, 200, BodyKind::kChunked);
      http::Headers trailers;
      if (c.in_trailers != nullptr) trailers.Add("grpc-status", c.in_trailers);
      upstream->handler()->OnEnd(&trailers);
    }
    upstream->Done();
    server_.Done();
    Turn();
    EXPECT_TRUE(results_.at(0).is_grpc);
    EXPECT_EQ(results_.at(0).grpc_status, c.status);
  }
}

TEST(EndOfTest, SaysHowAnExchangeEnded) {
  ExchangeResult result;
  EXPECT_NE(EndOf(result).error, ResponseEnd::kNoError);
  result.status = 200;
  EXPECT_EQ(EndOf(result).error, ResponseEnd::kNoError);
}

}  // namespace
}  // namespace gossamer::proxy
