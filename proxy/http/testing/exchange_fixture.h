#ifndef PROXY_HTTP_TESTING_EXCHANGE_FIXTURE_H_
#define PROXY_HTTP_TESTING_EXCHANGE_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"
#include "proxy/http/exchange.h"

namespace gossamer::proxy::testing {

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

// For suites about one exchange after another, between streams that the test plays.
class ExchangeFixture : public ::testing::Test {
 protected:
  class TestExchange final : public Exchange {
   public:
    explicit TestExchange(ExchangeFixture* test)
        : Exchange(test->loop_.get(), &test->server_), test_(test) {}
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
    ExchangeFixture* const test_;
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
  void Respond(FakeClientStream* upstream, int status, http::BodyKind body = http::BodyKind::kNone,
               std::vector<http::Header> fields = {}) {
    heads_.push_back(std::make_unique<http::ResponseHead>());
    heads_.back()->status = status;
    heads_.back()->body = body;
    for (const auto& field : fields) heads_.back()->headers.Add(field.name, field.value);
    upstream->handler()->OnResponse(heads_.back().get());
  }
  // The next client's stream, whose request the test has yet to fill in.
  void RenewServer() {
    server_.~FakeServerStream();
    new (&server_) FakeServerStream();
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
  bool expect_destroyed_ = true;  // When the test ends.
  TestExchange* exchange_ = nullptr;
};

}  // namespace gossamer::proxy::testing

#endif  // PROXY_HTTP_TESTING_EXCHANGE_FIXTURE_H_
