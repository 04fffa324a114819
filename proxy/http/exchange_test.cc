#include "proxy/http/exchange.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using http::BodyKind;
using http::ResetCause;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a stream was told, as words. The test plays the peer through handler().
template <typename Base>
class FakeStreamOf : public Base {
 public:
  http::StreamHandler* handler() { return this->handler_; }
  // The end: nothing may be told to the stream afterwards.
  void Done() { End()->OnDone(); }
  void Reset(http::Reset reset) { End()->OnReset(reset); }

  void SendData(absl::string_view data) override {
    Note("data");
    sent.append(data.data(), data.size());
  }
  void SendEnd(const http::Headers* trailers) override {
    std::string event = "end";
    if (trailers != nullptr) {
      for (const auto& field : *trailers)
        absl::StrAppend(&event, " ", field.name, "=", field.value);
    }
    Note(event);
  }
  void Consume(size_t bytes) override {
    EXPECT_FALSE(over);
    consumed += bytes;
  }
  bool SendBlocked() const override { return blocked; }
  bool TakeUnsent(ByteQueue* body) override {
    if (unsent) body->Append(sent);
    return unsent;
  }
  void ResetStream(uint32_t code) override {
    Note(absl::StrCat("reset ", code));
    over = true;
  }

  std::vector<std::string> log;
  std::string sent;
  size_t consumed = 0;
  bool blocked = false;
  bool unsent = false;  // What was sent has gone nowhere.
  bool over = false;

 protected:
  void Note(std::string event) {
    EXPECT_FALSE(over) << event << " on a stream that is gone";
    log.push_back(std::move(event));
  }
  http::StreamHandler* End() {
    EXPECT_FALSE(std::exchange(over, true));
    return this->handler_;
  }
};

using FakeClientStream = FakeStreamOf<http::Stream>;

class FakeServerStream final : public FakeStreamOf<http::ServerStream> {
 public:
  http::RequestHead* request() override { return &head; }
  void SendInformational(const http::ResponseHead& response) override {
    Note(absl::StrCat("informational ", response.status));
  }
  void SendResponse(const http::ResponseHead& response, bool close) override {
    Note(absl::StrCat("response ", response.status, close ? " close" : ""));
    for (const auto& field : response.headers) {
      absl::StrAppend(&fields, field.name, ": ", field.value, "\n");
    }
  }

  http::RequestHead head;
  std::string fields;
};

class ExchangeTest : public ::testing::Test {
 protected:
  class TestExchange final : public Exchange {
   public:
    TestExchange(ExchangeTest* test) : Exchange(test->loop_.get(), &test->server_), test_(test) {}
    ~TestExchange() override { test_->destroyed_ = true; }
    void Route() override {
      ++test_->routed_;
      if (test_->on_route_) test_->on_route_();
    }
    void OnAttemptOver() override { ++test_->attempts_over_; }
    void OnRefusedResponse(absl::string_view reason) override {
      test_->refused_.push_back(std::string(reason));
    }
    void OnFinished(const ExchangeResult& result) override { test_->results_.push_back(result); }
    using Exchange::Fail;
    using Exchange::pending;

   private:
    ExchangeTest* const test_;
  };

  void SetUp() override {
    server_.head.method = "GET";
    server_.head.path = "/";
  }
  void TearDown() override { EXPECT_EQ(destroyed_, expect_destroyed_); }

  void Start() {
    exchange_ = new TestExchange(this);
    exchange_->Start();
  }
  // Gives the request to a new upstream stream.
  FakeClientStream* Connect() {
    upstreams_.push_back(std::make_unique<FakeClientStream>());
    FakeClientStream* stream = upstreams_.back().get();
    stream->set_handler(exchange_->pending()->stream_handler());
    exchange_->pending()->OnStream(stream);
    return stream;
  }
  void Respond(FakeClientStream* upstream, int status, BodyKind body = BodyKind::kNone,
               std::vector<http::Header> fields = {}) {
    heads_.push_back(std::make_unique<http::ResponseHead>());
    heads_.back()->status = status;
    heads_.back()->body = body;
    for (const auto& field : fields) heads_.back()->headers.Add(field.name, field.value);
    upstream->handler()->OnResponse(heads_.back().get());
  }
  void Turn() { loop_->RunOnce(absl::ZeroDuration()); }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  FakeServerStream server_;
  std::vector<std::unique_ptr<FakeClientStream>> upstreams_;
  std::vector<std::unique_ptr<http::ResponseHead>> heads_;
  std::function<void()> on_route_;
  std::vector<std::string> refused_;
  int routed_ = 0;
  int attempts_over_ = 0;
  std::vector<ExchangeResult> results_;
  bool destroyed_ = false;
  bool expect_destroyed_ = true;
  TestExchange* exchange_ = nullptr;
};

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

TEST_F(ExchangeTest, SaysWhyAResponseWasRefused) {
  Start();
  FakeClientStream* upstream = Connect();
  upstream->Reset({ResetCause::kProtocol, http::kH2ProtocolError, 0, "bad_line_end"});
  EXPECT_THAT(refused_, ElementsAre("bad_line_end"));
  EXPECT_THAT(server_.fields, HasSubstr("the server's response is malformed: bad_line_end"));
  server_.Done();
  Turn();
}

// The head is changed for the way to the upstream; the client is what it was.
TEST_F(ExchangeTest, AnswersAnUpgradedRequestAsHttp1) {
  server_.head.headers.Add("content-type", "application/grpc");
  on_route_ = [&] { server_.head.version = http::Version::kHttp2; };
  Start();
  Connect()->Reset({ResetCause::kPeer, http::kH2InternalError, 0});
  EXPECT_EQ(server_.log.back(), "response 502");
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

TEST_F(ExchangeTest, TellsTheClientOfResets) {
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
    FakeServerStream& server = server_;
    server.~FakeServerStream();
    new (&server) FakeServerStream();
    server.head.method = "POST";
    server.head.version = c.version;
    results_.clear();
    destroyed_ = false;
    Start();
    FakeClientStream* upstream = Connect();
    if (c.started) Respond(upstream, 200, BodyKind::kChunked);
    upstream->Reset({c.cause, c.code, 0});
    EXPECT_EQ(server.log.back(), c.expected);
    if (!server.over) server.Done();
    Turn();
    EXPECT_TRUE(destroyed_);
    EXPECT_EQ(results_.size(), 1u);
  }
}

TEST_F(ExchangeTest, SendsAgainWhatCannotHaveHadAnEffect) {
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
    server_.~FakeServerStream();
    new (&server_) FakeServerStream();
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

TEST_F(ExchangeTest, ARetryHasTheTrailers) {
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
TEST_F(ExchangeTest, ARetryHasTheBodyThatNeverWentOut) {
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
TEST_F(ExchangeTest, TellsAnHttp2ClientThatItsStreamWasRefused) {
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

TEST_F(ExchangeTest, GivesUpAfterAFewAttempts) {
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
    server_.~FakeServerStream();
    new (&server_) FakeServerStream();
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

TEST_F(ExchangeTest, AnswersWhereThereIsNoConnection) {
  Start();
  exchange_->pending()->OnConnectFailure(absl::DeadlineExceededError("connect timed out"));
  EXPECT_THAT(server_.log, ElementsAre("response 504"));
  EXPECT_THAT(server_.fields, HasSubstr("l5d-proxy-error: connect timed out\n"));
  server_.Done();
  Turn();
  EXPECT_STREQ(results_.at(0).error, "i/o");
}

TEST_F(ExchangeTest, AnswersGrpcInItsOwnWay) {
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

TEST_F(ExchangeTest, FailingWithinRouteIsAllowed) {
  on_route_ = [this] { exchange_->Fail({FailureKind::kNotFound, "no route", false, "no route"}); };
  exchange_ = new TestExchange(this);
  exchange_->Start();
  EXPECT_THAT(server_.log, ElementsAre("response 404"));
  server_.Done();
  Turn();
}

TEST_F(ExchangeTest, FailingMidwayResetsBoth) {
  Start();
  FakeClientStream* upstream = Connect();
  Respond(upstream, 200, BodyKind::kChunked);
  exchange_->Fail({FailureKind::kGatewayTimeout, "idle timeout", false, "timeout"});
  EXPECT_THAT(upstream->log, ElementsAre("reset 8"));
  EXPECT_EQ(server_.log.back(), "reset 2");
  Turn();
}

TEST_F(ExchangeTest, AGrpcResponseThatBreaksOffEndsWithAStatus) {
  expect_destroyed_ = false;  // Each turn of the loop looks itself.
  for (const bool failed_here : {false, true}) {
    server_.~FakeServerStream();
    new (&server_) FakeServerStream();
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

TEST(EndOfTest, SaysHowAnExchangeEnded) {
  ExchangeResult result;
  EXPECT_NE(EndOf(result).error, ResponseEnd::kNoError);
  result.status = 200;
  EXPECT_EQ(EndOf(result).error, ResponseEnd::kNoError);
}

}  // namespace
}  // namespace gossamer::proxy
