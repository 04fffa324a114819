#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "lib/http/http2/testing/connection_fixture.h"
#include "lib/http/testing/recorder.h"

// Windows between a client and a server connection: who reads slowly holds up itself alone, memory
// is bounded, and no end of a stream costs the connection a byte of its window.
namespace gossamer::http2 {
namespace {

using http::BodyKind;
using http::testing::RequestRecorder;
using http::testing::ServerRecorder;
using http::testing::StreamRecorder;
using http::testing::TestRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FlowControlTest : public testing::ConnectionFixture {};

TEST_F(FlowControlTest, HoldsNoMoreThanTheWindowOfASlowReader) {
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

TEST_F(FlowControlTest, OneSlowReaderDoesNotStopTheOthers) {
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
TEST_F(FlowControlTest, ManySlowReadersDoNotStopTheOthers) {
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
TEST_F(FlowControlTest, TooMuchThatIsUnreadCostsTheFullestStreams) {
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
TEST_F(FlowControlTest, ShedsItsFullestStreams) {
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

// A client that does not read is not told of the reset either: its stream's head stays until the
// connection ends, and is not asked for again.
TEST_F(FlowControlTest, ShedsEachStreamOnce) {
  Connect();
  TestRequest large;
  const std::string value(30'000, 'x');
  large.head.headers.Add("x", value);
  Request(large);
  RequestRecorder* request = Accepted();
  EXPECT_GE(server_->Shed(), value.size());
  EXPECT_EQ(request->log, "reset local");
  EXPECT_THAT(handler_.refused, ElementsAre("0 memory_short"));
  EXPECT_FALSE(handler_.closed);
  server_->Shed();
  EXPECT_TRUE(handler_.closed);
}

// A server's client waits for itself alone.
TEST_F(FlowControlTest, TooMuchThatIsUnreadStopsAServersConnection) {
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

TEST_F(FlowControlTest, AServerReadsNoMoreThanItsWindow) {
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

// Random orders of data, consumption, resets and ends must leave the connection's window whole: a
// large transfer that needs all of it still goes through at the end.
TEST_F(FlowControlTest, AnyOrderOfDataResetAndEndLeavesTheWindowWhole) {
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
