#include "lib/http/http2/connection.h"

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/event/loop.h"
#include "lib/http/http2/testing/connection_fixture.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/loopback.h"

// What a client and a server connection carry to each other, and how streams and connections end.
namespace gossamer::http2 {
namespace {

using http::BodyKind;
using http::testing::RequestRecorder;
using http::testing::StreamRecorder;
using http::testing::TestRequest;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::SizeIs;

class ConnectionTest : public testing::ConnectionFixture {};

TEST_F(ConnectionTest, CarriesARequestAndItsResponse) {
  Connect();
  TestRequest get("GET", "/a?b");
  get.head.headers.Add("x", "1");
  get.head.headers.Add("connection", "close");  // Means nothing here.
  StreamRecorder* call = Request(get);
  RequestRecorder* request = Accepted();
  EXPECT_EQ(request->head, "GET /a?b web.test");
  EXPECT_THAT(request->fields, ElementsAre("x: 1"));
  EXPECT_EQ(request->kind, BodyKind::kNone);
  request->RespondHead(204, {{"y", "2"}}, BodyKind::kNone);
  ASSERT_TRUE(Until([&] { return call->over && request->over; }));
  EXPECT_EQ(call->log, "response 204 done");
  EXPECT_THAT(call->fields, ElementsAre("y: 2"));
  EXPECT_EQ(request->log, "done");
  EXPECT_EQ(client_->active_streams(), 0);
  EXPECT_EQ(server_->active_streams(), 0);
}

TEST_F(ConnectionTest, CarriesBodiesAndTrailersBothWays) {
  Connect();
  StreamRecorder* call = Request(TestRequest("POST", "/", BodyKind::kChunked));
  call->stream->SendData("hello");
  http::Headers up;
  up.Add("sum", "1");
  call->stream->SendEnd(&up);
  RequestRecorder* request = Accepted();
  ASSERT_TRUE(Until([&] { return request->ended; }));
  EXPECT_EQ(request->log, "data end sum=1");
  EXPECT_EQ(request->body, "hello");
  request->RespondHead(200);
  request->stream->SendData("wor");
  Settle();
  request->stream->SendData("ld");
  Settle();
  http::Headers down;
  down.Add("grpc-status", "0");
  request->stream->SendEnd(&down);
  ASSERT_TRUE(Until([&] { return call->over && request->over; }));
  EXPECT_EQ(call->log, "response 200 data end grpc-status=0 done");
  EXPECT_EQ(call->body, "world");
  EXPECT_EQ(request->log, "data end sum=1 done");
}

TEST_F(ConnectionTest, KeepsTheLengthOfABody) {
  Connect();
  TestRequest post("POST", "/", BodyKind::kContentLength, 2);
  post.head.headers.Add("content-length", "2");
  StreamRecorder* call = Request(post);
  call->stream->SendData("hi");
  call->stream->SendEnd(nullptr);
  RequestRecorder* request = Accepted();
  EXPECT_EQ(request->kind, BodyKind::kContentLength);
  EXPECT_EQ(request->server->request()->content_length, 2u);
  request->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return call->over; }));
  EXPECT_EQ(call->body, "ok");
}

TEST_F(ConnectionTest, PassesOnInformationalResponses) {
  Connect();
  StreamRecorder* call = Request();
  RequestRecorder* request = Accepted();
  http::ResponseHead hints;
  hints.status = 103;
  hints.headers.Add("link", "a");
  request->server->SendInformational(hints);
  request->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return call->over; }));
  EXPECT_EQ(call->log, "103 response 200 data end done");
}

TEST_F(ConnectionTest, AResponseMayNotWaitForTheRequest) {
  Connect();
  StreamRecorder* call = Request(TestRequest("POST", "/", BodyKind::kChunked));
  call->stream->SendData("some");
  RequestRecorder* request = Accepted();
  request->Respond(413, "no");
  ASSERT_TRUE(Until([&] { return call->over && request->over; }));
  EXPECT_EQ(call->log, "response 413 data end done");
  EXPECT_THAT(request->log, EndsWith("done"));
}

TEST_F(ConnectionTest, ResetsReachTheOtherSide) {
  Connect();
  StreamRecorder* first = Request();
  RequestRecorder* request = Accepted();
  first->stream->ResetStream(http::kH2Cancel);
  ASSERT_TRUE(Until([&] { return request->over; }));
  EXPECT_EQ(request->log, "reset peer 8");
  EXPECT_EQ(first->log, "");
  StreamRecorder* second = Request();
  request = Accepted(1);
  request->RespondHead(200);
  request->stream->ResetStream(http::kH2InternalError);
  ASSERT_TRUE(Until([&] { return second->over; }));
  EXPECT_THAT(second->log, EndsWith("reset peer 2"));
  StreamRecorder* third = Request();
  Accepted(2)->stream->ResetStream(http::kH2RefusedStream);
  ASSERT_TRUE(Until([&] { return third->over; }));
  EXPECT_EQ(third->log, "reset refused");
  ASSERT_TRUE(Until([&] { return server_->active_streams() == 0; }));
  EXPECT_FALSE(client_closed_);
}

TEST_F(ConnectionTest, DrainsWithStreamsInFlight) {
  Connect();
  StreamRecorder* early = Request();
  RequestRecorder* first = Accepted(0);
  server_->Drain();
  // On its way before the client can know: still served.
  StreamRecorder* crossing = Request();
  RequestRecorder* second = Accepted(1);
  ASSERT_TRUE(Until([&] { return client_draining_; }));
  EXPECT_EQ(client_->StartRequest(TestRequest().head, nullptr), nullptr);
  Settle();
  EXPECT_FALSE(client_closed_);
  first->Respond(200, "a");
  second->Respond(200, "b");
  ASSERT_TRUE(Until([&] { return client_closed_ && handler_.closed; }));
  EXPECT_EQ(early->log, "response 200 data end done");
  EXPECT_EQ(crossing->log, "response 200 data end done");
}

TEST_F(ConnectionTest, ARequestThatCrossesTheAnnouncementOfADrainIsServed) {
  Connect();
  Settle();
  server_->Drain();
  loop_->RunOnce(absl::ZeroDuration());  // GOAWAY is on its way and not yet read.
  ASSERT_FALSE(client_draining_);
  StreamRecorder* call = Request(TestRequest("POST", "/", BodyKind::kChunked));
  call->stream->SendData("body");
  call->stream->SendEnd(nullptr);
  Accepted()->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return call->over; }));
  EXPECT_TRUE(client_draining_);
  EXPECT_EQ(call->log, "response 200 data end done");
}

TEST_F(ConnectionTest, ADrainedClientEndsWithItsLastStream) {
  Connect();
  StreamRecorder* call = Request();
  RequestRecorder* request = Accepted();
  client_->Drain();
  Settle();
  EXPECT_FALSE(client_closed_);
  request->Respond(200, "a");
  ASSERT_TRUE(Until([&] { return client_closed_ && handler_.closed; }));
  EXPECT_EQ(call->log, "response 200 data end done");
}

TEST_F(ConnectionTest, ClosesAfterAResponseThatSaysSo) {
  Connect();
  StreamRecorder* call = Request();
  Accepted()->Respond(502, "x", /*close=*/true);
  ASSERT_TRUE(Until([&] { return client_closed_ && handler_.closed; }));
  EXPECT_EQ(call->log, "response 502 data end done");
}

TEST_F(ConnectionTest, ASlowClientGetsAllOfADrainingServersResponse) {
  buffer_bytes_ = 32 * 1024;
  Options options;
  options.stream_window_bytes = 1 << 20;
  Connect(options);
  StreamRecorder* call = Request();
  call->consume = false;
  Accepted()->Respond(200, std::string(500'000, 'x'), /*close=*/true);
  ASSERT_TRUE(Until([&] { return call->body.size() == 500'000; }));
  ASSERT_TRUE(Until([&] { return client_closed_; }));
  EXPECT_EQ(call->log, "response 200 data end done");
}

TEST_F(ConnectionTest, AnswersHeadsBeyondTheLimit) {
  Options small;
  small.max_header_list_bytes = 1000;
  Connect({}, small);
  TestRequest large;
  const std::string value(2000, 'a');
  large.head.headers.Add("a", value);
  StreamRecorder* call = Request(large);
  ASSERT_TRUE(Until([&] { return call->over; }));
  EXPECT_EQ(call->log, "response 431 done");
  EXPECT_THAT(handler_.refused, ElementsAre("431 head_too_large"));
  EXPECT_THAT(handler_.requests, SizeIs(0));
  StreamRecorder* next = Request();
  Accepted(0)->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return next->over; }));
}

TEST_F(ConnectionTest, ResetsAResponseWhoseHeadIsBeyondTheLimit) {
  Options small;
  small.max_header_list_bytes = 1000;
  Connect(small);
  StreamRecorder* call = Request();
  RequestRecorder* request = Accepted();
  const std::string value(2000, 'a');
  request->RespondHead(200, {{"a", value}});
  ASSERT_TRUE(Until([&] { return call->over && request->over; }));
  EXPECT_EQ(call->log, "reset large");
  EXPECT_EQ(request->log, "reset peer 8");
}

TEST_F(ConnectionTest, PassesOnTheTrailersThatFit) {
  Options small;
  small.max_header_list_bytes = 1000;
  Connect(small);
  StreamRecorder* call = Request();
  RequestRecorder* request = Accepted();
  request->RespondHead(200);
  const std::string details(2000, 'a');
  http::Headers trailers;
  trailers.Add("grpc-status-details-bin", details);
  trailers.Add("grpc-status", "3");
  request->stream->SendEnd(&trailers);
  ASSERT_TRUE(Until([&] { return call->over; }));
  EXPECT_EQ(call->log, "response 200 end grpc-status=3 done");
}

TEST_F(ConnectionTest, RequestsBeyondTheServersLimitWait) {
  Options two;
  two.max_concurrent_streams = 2;
  Connect({}, two);
  Settle();
  EXPECT_EQ(client_->capacity(), 2);
  for (int i = 0; i < 4; ++i) Request();
  EXPECT_EQ(client_->capacity(), 0);
  Settle();
  EXPECT_THAT(handler_.requests, SizeIs(2));
  Accepted(0)->Respond(200, "x");
  RequestRecorder* third = Accepted(2);
  calls_[3]->stream->ResetStream(http::kH2Cancel);  // Never sent.
  third->Respond(200, "x");
  Accepted(1)->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return client_->active_streams() == 0; }));
  EXPECT_THAT(handler_.requests, SizeIs(3));
  EXPECT_EQ(calls_[3]->log, "");
}

TEST_F(ConnectionTest, RequestsThatNeverWentOutAreRefused) {
  Options one;
  one.max_concurrent_streams = 1;
  Connect({}, one);
  Settle();
  StreamRecorder* sent = Request();
  StreamRecorder* waiting = Request();
  RequestRecorder* request = Accepted(0);
  server_->Drain();
  ASSERT_TRUE(Until([&] { return waiting->over; }));
  EXPECT_EQ(waiting->log, "reset refused");
  request->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return client_closed_; }));
  EXPECT_EQ(sent->log, "response 200 data end done");
}

TEST_F(ConnectionTest, GivesBackTheBodyOfARequestThatNeverWentOut) {
  Options one;
  one.max_concurrent_streams = 1;
  Connect({}, one);
  Settle();
  StreamRecorder* sent = Request(TestRequest("POST", "/", BodyKind::kChunked));
  StreamRecorder* waiting = Request(TestRequest("POST", "/", BodyKind::kChunked));
  Accepted(0);
  ByteQueue of_sent, of_waiting;
  sent->stream->SendData("gone");
  waiting->stream->SendData("still ");
  waiting->stream->SendData("here");
  Settle();
  for (const auto& [call, body] : {std::pair(sent, &of_sent), std::pair(waiting, &of_waiting)}) {
    call->on_over = [stream = call->stream, out = body] {
      if (!stream->TakeUnsent(out)) out->Append("not whole");
    };
  }
  server_->Drain();
  ASSERT_TRUE(Until([&] { return waiting->over; }));
  server_.reset();
  ASSERT_TRUE(Until([&] { return sent->over; }));
  EXPECT_EQ(of_waiting.Front(), "still here");
  EXPECT_EQ(of_sent.Front(), "not whole");
}

TEST_F(ConnectionTest, TellsStreamsOfALostConnection) {
  Options one;
  one.max_concurrent_streams = 1;
  Connect({}, one);
  Settle();
  StreamRecorder* sent = Request();
  StreamRecorder* waiting = Request();
  RequestRecorder* request = Accepted(0);
  client_->transport()->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return handler_.closed; }));
  EXPECT_EQ(request->log, "reset lost");
  server_.reset();
  ASSERT_TRUE(Until([&] { return client_closed_; }));
  EXPECT_EQ(sent->log, "reset lost");
  EXPECT_EQ(waiting->log, "reset refused");
}

TEST_F(ConnectionTest, TellsStreamsOfAReset) {
  Connect();
  StreamRecorder* call = Request();
  Accepted(0);
  net::ByteStream* transport = client_->transport();
  transport->ResetOnClose();
  client_.reset();
  EXPECT_EQ(call->log, "reset local");
  EXPECT_FALSE(client_closed_);
  ASSERT_TRUE(Until([&] { return handler_.closed; }));
  EXPECT_EQ(handler_.requests[0]->log, "reset lost");
  EXPECT_EQ(handler_.requests[0]->reset.error, ECONNRESET);
}

TEST_F(ConnectionTest, ResetsItsStreamsWhenDestroyed) {
  Connect();
  StreamRecorder* call = Request();
  RequestRecorder* request = Accepted(0);
  server_.reset();
  EXPECT_EQ(request->log, "reset local");
  EXPECT_FALSE(handler_.closed);
  ASSERT_TRUE(Until([&] { return call->over; }));
}

TEST_F(ConnectionTest, AbortWithinACallbackEndsEverything) {
  Connect();
  StreamRecorder* first = Request();
  StreamRecorder* second = Request();
  first->on_response = [&] {
    client_->Abort();
    loop_->DeleteLater(std::move(client_));
  };
  Accepted(1);
  Accepted(0)->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return second->over; }));
  EXPECT_TRUE(first->over);
  EXPECT_EQ(second->log, "reset local");
  ASSERT_TRUE(Until([&] { return handler_.closed; }));
}

TEST_F(ConnectionTest, AHandlerMayResetItselfAndOthersAnywhere) {
  Connect();
  for (int i = 0; i < 4; ++i) Request();
  Accepted(3);
  calls_[0]->on_response = [&] {
    for (auto& call : calls_) {
      if (call->stream != nullptr) std::exchange(call->stream, nullptr)->ResetStream(8);
    }
  };
  for (int i = 0; i < 4; ++i) handler_.requests[i]->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return client_->active_streams() == 0; }));
  EXPECT_EQ(calls_[0]->log, "response 200");
  Request();
  Accepted(4)->Respond(200, "x");
  ASSERT_TRUE(Until([&] { return calls_[4]->over; }));
}

TEST_F(ConnectionTest, FindsADeadPeer) {
  // The peer's kernel answers, but nobody reads.
  net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get());
  Options options;
  options.keepalive_interval = absl::Milliseconds(5);
  options.keepalive_timeout = absl::Milliseconds(5);
  ClientConnection::Observer* self = this;
  client_ = *ClientConnection::Create(loop_.get(), std::move(pair.client), options, self);
  StreamRecorder* call = Request();
  ASSERT_TRUE(Until([&] { return client_closed_; }));
  EXPECT_EQ(call->log, "reset lost");
  EXPECT_EQ(call->reset.error, ETIMEDOUT);
}

TEST_F(ConnectionTest, KeepsALivePeer) {
  Options options;
  options.keepalive_interval = absl::Milliseconds(2);
  options.keepalive_timeout = absl::Seconds(5);
  Connect(options, options);
  bool later = false;
  event::Timer timer(loop_.get(), [&] { later = true; });
  timer.Arm(absl::Milliseconds(50));
  ASSERT_TRUE(Until([&] { return later; }));
  EXPECT_FALSE(client_closed_);
  EXPECT_FALSE(handler_.closed);
}

}  // namespace
}  // namespace gossamer::http2
