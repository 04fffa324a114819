#include "lib/http/http2/connection.h"

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/loopback.h"

// A client and a server connection with each other, over real TCP.
namespace gossamer::http2 {
namespace {

using http::BodyKind;
using http::ResetCause;
using http::testing::RequestRecorder;
using http::testing::ServerRecorder;
using http::testing::StreamRecorder;
using http::testing::TestRequest;
using net::testing::RunUntil;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class ConnectionTest : public testing::Test, protected ClientConnection::Observer {
 protected:
  ConnectionTest() : loop_(*event::Loop::Create()) {}

  void Connect(const Options& client = {}, const Options& server = {}) {
    net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get(), buffer_bytes_);
    ClientConnection::Observer* self = this;
    client_ = *ClientConnection::Create(loop_.get(), std::move(pair.client), client, self);
    server_ = *ServerConnection::Create(loop_.get(), std::move(pair.server), server, &handler_);
    server_->Start("");
  }

  // Until the loop has nothing to do.
  void Settle() {
    for (int i = 0; i < 20; ++i) loop_->RunOnce(absl::Milliseconds(1));
  }

  StreamRecorder* Request(const TestRequest& request = TestRequest()) {
    calls_.push_back(std::make_unique<StreamRecorder>());
    StreamRecorder* call = calls_.back().get();
    call->stream = client_->StartRequest(request.head, call);
    return call;
  }
  // The server's side of the n-th request.
  RequestRecorder* Accepted(size_t n = 0) {
    EXPECT_TRUE(RunUntil(loop_.get(), [&] { return handler_.requests.size() > n; }));
    return handler_.requests.at(n).get();
  }
  testing::AssertionResult Until(const std::function<bool()>& done) {
    if (RunUntil(loop_.get(), done)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not within ten seconds";
  }

  void OnClientDraining(ClientConnection*) override { client_draining_ = true; }
  void OnClientClosed(ClientConnection*) override {
    client_closed_ = true;
    loop_->DeleteLater(std::move(client_));
  }
  void OnClientCapacity(ClientConnection*) override {}

  std::unique_ptr<event::Loop> loop_;
  int buffer_bytes_ = 0;
  ServerRecorder handler_;
  std::vector<std::unique_ptr<StreamRecorder>> calls_;
  bool client_draining_ = false;
  bool client_closed_ = false;
  std::unique_ptr<ClientConnection> client_;
  std::unique_ptr<ServerConnection> server_;
};

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
  EXPECT_THAT(request->log, testing::EndsWith("done"));
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
  EXPECT_THAT(second->log, testing::EndsWith("reset peer 2"));
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

TEST_F(ConnectionTest, HoldsNoMoreThanTheWindowOfASlowReader) {
  Connect();
  StreamRecorder* call = Request();
  call->consume = false;
  RequestRecorder* request = Accepted();
  request->RespondHead(200);
  size_t sent = 0;
  const auto produce = [&] {
    while (request->stream != nullptr && !request->stream->SendBlocked()) {
      request->stream->SendData(std::string(10'000, 'x'));
      sent += 10'000;
    }
  };
  request->on_send_ready = produce;
  produce();
  Settle();
  EXPECT_EQ(call->body.size(), 65'535u);
  EXPECT_LE(sent, 65'535u + http::Stream::kSendQueueHigh + 20'000);
  while (call->body.size() < 1'000'000) {
    const size_t before = call->body.size();
    call->ConsumeAll();
    ASSERT_TRUE(Until([&] { return call->body.size() > before; }));
    EXPECT_LE(call->unconsumed, 65'535u);
    EXPECT_LE(sent - call->body.size(), http::Stream::kSendQueueHigh + 65'535u + 20'000);
  }
}

TEST_F(ConnectionTest, OneSlowReaderDoesNotStopTheOthers) {
  Connect();
  StreamRecorder* slow = Request();
  slow->consume = false;
  Accepted(0)->Respond(200, std::string(1'000'000, 'x'));
  StreamRecorder* quick = Request();
  Accepted(1)->Respond(200, std::string(3'000'000, 'y'));
  ASSERT_TRUE(Until([&] { return quick->over; }));
  EXPECT_EQ(quick->body.size(), 3'000'000u);
  EXPECT_EQ(slow->body.size(), 65'535u);
}

// Their windows together are many times the connection's.
TEST_F(ConnectionTest, ManySlowReadersDoNotStopTheOthers) {
  Options options;
  options.connection_window_bytes = 100'000;
  Connect(options, options);
  constexpr int kSlow = 20;
  for (int i = 0; i < kSlow; ++i) {
    Request()->consume = false;
    Accepted(i)->Respond(200, std::string(1'000'000, 'x'));
  }
  StreamRecorder* quick = Request();
  Accepted(kSlow)->Respond(200, std::string(3'000'000, 'y'));
  ASSERT_TRUE(Until([&] { return quick->over; }));
  EXPECT_EQ(quick->body.size(), 3'000'000u);
}

// Beyond the bound of memory, who has left most unread pays.
TEST_F(ConnectionTest, TooMuchThatIsUnreadCostsTheFullestStreams) {
  Options options;
  options.connection_window_bytes = 100'000;
  options.unconsumed_bytes_max = 300'000;
  Connect(options, options);
  constexpr int kSlow = 20;
  for (int i = 0; i < kSlow; ++i) {
    Request()->consume = false;
    Accepted(i)->Respond(200, std::string(1'000'000, 'x'));
  }
  Settle();
  size_t unread = 0;
  int resets = 0;
  for (const auto& call : calls_) {
    if (!call->over) unread += call->body.size();
    if (call->over) ++resets;
  }
  EXPECT_LE(unread, 300'000u);
  EXPECT_GT(resets, 10);
  StreamRecorder* quick = Request();
  Accepted(kSlow)->Respond(200, std::string(3'000'000, 'y'));
  ASSERT_TRUE(Until([&] { return quick->over; }));
  EXPECT_EQ(quick->body.size(), 3'000'000u);
  for (const auto& call : calls_) {
    if (call.get() != quick && call->over) EXPECT_THAT(call->log, HasSubstr("reset local"));
  }
}

// For want of memory: those that hold most, and the connection only where it holds all there is.
TEST_F(ConnectionTest, ShedsItsFullestStreams) {
  Connect();
  constexpr size_t kMuch = 100'000;
  constexpr size_t kLittle = 1'000;
  for (int i = 0; i < 3; ++i) {
    Request()->consume = false;
    RequestRecorder* request = Accepted(i);
    request->RespondHead(200);
    // More than the windows let through waits.
    request->stream->SendData(std::string(65'535 + (i == 1 ? kLittle : kMuch), 'x'));
  }
  Settle();
  EXPECT_GE(server_->held_bytes(), 2 * kMuch + kLittle);
  EXPECT_EQ(server_->Shed(), 2 * kMuch);
  EXPECT_EQ(server_->held_bytes(), kLittle);
  EXPECT_THAT(handler_.refused, ElementsAre("0 memory_short", "0 memory_short"));
  EXPECT_THAT(Accepted(0)->log, HasSubstr("reset local"));
  ASSERT_TRUE(Until([&] { return calls_[0]->over && calls_[2]->over; }));
  EXPECT_EQ(calls_[0]->reset.h2_code, http::kH2EnhanceYourCalm);
  // The other goes on.
  calls_[1]->consume = true;
  calls_[1]->ConsumeAll();
  Accepted(1)->stream->SendEnd(nullptr);
  ASSERT_TRUE(Until([&] { return calls_[1]->over; }));
  EXPECT_EQ(calls_[1]->body.size(), 65'535 + kLittle);
  server_->Shed();
  EXPECT_TRUE(handler_.closed);
}

// A server's client waits for itself alone.
TEST_F(ConnectionTest, TooMuchThatIsUnreadStopsAServersConnection) {
  Options options;
  options.connection_window_bytes = 100'000;
  options.unconsumed_bytes_max = 300'000;
  Connect(Options(), options);
  handler_.on_request = [](RequestRecorder* r) { r->consume = false; };
  constexpr int kSlow = 20;
  for (int i = 0; i < kSlow; ++i) {
    StreamRecorder* call = Request(TestRequest("POST", "/", BodyKind::kChunked));
    call->stream->SendData(std::string(100'000, 'x'));
    call->stream->SendEnd(nullptr);
  }
  Settle();
  size_t unread = 0;
  for (const auto& request : handler_.requests) unread += request->body.size();
  EXPECT_GE(unread, 300'000u);
  EXPECT_LE(unread, 400'000u);
  for (const auto& request : handler_.requests) {
    request->consume = true;
    request->ConsumeAll();
  }
  for (int i = 0; i < kSlow; ++i) {
    ASSERT_TRUE(Until([&] { return Accepted(i)->ended; }));
    EXPECT_EQ(Accepted(i)->body.size(), 100'000u);
  }
}

TEST_F(ConnectionTest, AServerReadsNoMoreThanItsWindow) {
  Connect();
  handler_.on_request = [](RequestRecorder* r) { r->consume = false; };
  StreamRecorder* call = Request(TestRequest("POST", "/", BodyKind::kChunked));
  call->stream->SendData(std::string(200'000, 'x'));
  call->stream->SendEnd(nullptr);
  RequestRecorder* request = Accepted();
  Settle();
  EXPECT_EQ(request->body.size(), 65'535u);
  EXPECT_TRUE(call->stream->SendBlocked());
  while (!request->ended) {
    request->ConsumeAll();
    Settle();
  }
  EXPECT_EQ(request->body.size(), 200'000u);
  EXPECT_GE(call->send_ready, 1);
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

// Random orders of data, consumption, resets and ends must leave the connection's window whole: a
// large transfer that needs all of it still goes through at the end.
TEST_F(ConnectionTest, AnyOrderOfDataResetAndEndLeavesTheWindowWhole) {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    handler_ = ServerRecorder();
    calls_.clear();
    Options options;
    options.stream_window_bytes = 65'535;
    options.connection_window_bytes = 100'000;
    Options server_options = options;
    if (seed % 2 == 0) server_options.unconsumed_bytes_max = 50'000;
    Connect(options, server_options);
    uint32_t state = seed;
    const auto random = [&state](uint32_t below) {
      state = state * 1'664'525 + 1'013'904'223;
      return (state >> 8) % below;
    };
    handler_.on_request = [&](RequestRecorder* r) {
      r->consume = random(2) == 0;
      r->RespondHead(200);
    };
    for (int step = 0; step < 400 && !client_closed_; ++step) {
      if (random(4) == 0)
        Request(TestRequest("POST", "/", BodyKind::kChunked))->consume = random(2);
      if (calls_.empty()) continue;
      // One of the streams of either side.
      const size_t i = random(calls_.size());
      StreamRecorder* side = calls_[i].get();
      if (random(2) == 0 && i < handler_.requests.size()) side = handler_.requests[i].get();
      switch (random(8)) {
        case 0:
          if (side->stream != nullptr) std::exchange(side->stream, nullptr)->ResetStream(8);
          break;
        case 1:
          if (side->stream != nullptr) side->stream->SendEnd(nullptr);
          break;
        case 2:
        case 3:
          side->ConsumeAll();
          break;
        case 4:
          loop_->RunOnce(absl::ZeroDuration());
          break;
        default:
          if (side->stream != nullptr && !side->stream->SendBlocked()) {
            side->stream->SendData(std::string(random(40'000), 'x'));
          }
      }
    }
    for (auto& call : calls_) {
      if (call->stream != nullptr) std::exchange(call->stream, nullptr)->ResetStream(8);
    }
    ASSERT_FALSE(client_closed_);
    ASSERT_TRUE(
        Until([&] { return client_->active_streams() == 0 && server_->active_streams() == 0; }));
    handler_.on_request = nullptr;
    ASSERT_FALSE(client_closed_);
    const size_t n = handler_.requests.size();
    // Two readers that consume nothing must get a connection's window between them.
    StreamRecorder* a = Request(TestRequest("POST", "/", BodyKind::kChunked));
    StreamRecorder* b = Request(TestRequest("POST", "/", BodyKind::kChunked));
    a->consume = b->consume = false;
    RequestRecorder* from_a = Accepted(n);
    RequestRecorder* from_b = Accepted(n + 1);
    from_a->consume = from_b->consume = false;
    a->stream->SendData(std::string(100'000, 'x'));
    b->stream->SendData(std::string(100'000, 'x'));
    from_a->RespondHead(200);
    from_b->RespondHead(200);
    from_a->stream->SendData(std::string(100'000, 'x'));
    from_b->stream->SendData(std::string(100'000, 'x'));
    // WINDOW_UPDATE waits until half a window is due, so the last bytes may be owed.
    EXPECT_TRUE(Until([&] { return a->body.size() + b->body.size() >= 50'000; }));
    EXPECT_TRUE(Until([&] { return from_a->body.size() + from_b->body.size() >= 50'000; }));
    a->consume = b->consume = from_a->consume = from_b->consume = true;
    for (StreamRecorder* side : {a, b}) side->ConsumeAll();
    from_a->ConsumeAll();
    from_b->ConsumeAll();
    EXPECT_TRUE(Until([&] { return a->body.size() + b->body.size() == 200'000; }));
    EXPECT_TRUE(Until([&] { return from_a->body.size() + from_b->body.size() == 200'000; }));
    client_.reset();
    server_.reset();
  }
}

}  // namespace
}  // namespace gossamer::http2
