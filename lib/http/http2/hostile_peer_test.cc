#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "lib/http/http2/testing/frames.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"
#include "lib/net/testing/loopback.h"

// Peers that break the protocol or misuse it, by the bytes that they send.
namespace gossamer::http2 {
namespace {

using http::testing::ServerRecorder;
using http::testing::StreamRecorder;
using http::testing::TestRequest;
using net::testing::FakeByteStream;
using net::testing::FakePeer;
using enum testing::ErrorCode;
using enum testing::FrameType;
using enum testing::Setting;
using testing::Block;
using testing::DataFrame;
using testing::Encode;
using testing::Frame;
using testing::GoawayFrame;
using ::testing::HasSubstr;
using testing::HeadersFrame;
using testing::Hello;
using testing::kAck;
using testing::kEndHeaders;
using testing::kEndStream;
using testing::kPreface;
using testing::Number;
using testing::PingFrame;
using testing::RstStreamFrame;
using testing::SettingsFrame;
using testing::TakeFrame;
using testing::ToNumber;
using testing::WindowUpdateFrame;

// GET http / with authority "h", in HPACK: indexed fields, and one literal that is not indexed.
std::string GetBlock() { return "\x82\x86\x84\x01\x01h"; }
std::string Get(uint32_t stream, uint8_t flags = kEndHeaders | kEndStream) {
  return Encode(kHeaders, flags, stream, GetBlock());
}

class HostileClientTest : public ::testing::Test {
 protected:
  HostileClientTest() : loop_(*event::Loop::Create()) { Make(); }

  void Make(const Options& options = Options()) {
    connection_.reset();
    handler_ = ServerRecorder();
    peer_ = FakePeer();
    connection_ = *ServerConnection::Create(loop_.get(), std::make_unique<FakeByteStream>(&peer_),
                                            options, &handler_);
    connection_->Start("");
    Turn();
  }
  void Turn() {
    for (int i = 0; i < 8; ++i) loop_->RunOnce(absl::ZeroDuration());
  }
  void Send(absl::string_view bytes) {
    peer_.Send(bytes);
    Turn();
  }
  // Over, and closed as soon as the client hangs up.
  bool Ended() {
    if (!peer_.shut_down && !handler_.closed) return false;
    for (const auto& request : handler_.requests) {
      if (!request->over && request->stream != nullptr) return false;
    }
    peer_.End();
    return handler_.closed;
  }
  bool SentGoaway(uint32_t code) const {
    std::string output = peer_.output;
    while (const absl::optional<Frame> frame = TakeFrame(&output)) {
      if (frame->type == kGoaway && ToNumber(frame->payload.substr(4)) == code) return true;
    }
    return false;
  }

  std::unique_ptr<event::Loop> loop_;
  FakePeer peer_;
  ServerRecorder handler_;
  std::unique_ptr<ServerConnection> connection_;
};

TEST_F(HostileClientTest, AWellBehavedOneIsServed) {
  Send(absl::StrCat(Hello(), Get(1)));
  ASSERT_EQ(handler_.requests.size(), 1u);
  EXPECT_EQ(handler_.requests[0]->head, "GET / h");
  EXPECT_FALSE(Ended());
}

struct Violation {
  const char* name;
  std::string bytes;
};

TEST_F(HostileClientTest, ViolationsEndTheConnection) {
  const std::vector<Violation> kViolations = {
      {"bad preface", "GET / HTTP/1.1\r\nhost: h\r\n\r\n more than enough"},
      {"preface without settings", absl::StrCat(kPreface, Get(1))},
      {"data on an idle stream", absl::StrCat(Hello(), DataFrame(1, "x"))},
      {"window update of zero", absl::StrCat(Hello(), WindowUpdateFrame(0, 0))},
      {"window overflow", absl::StrCat(Hello(), WindowUpdateFrame(0, 0x7fffffff))},
      {"window update on an idle stream", absl::StrCat(Hello(), WindowUpdateFrame(5, 1))},
      {"reset of an idle stream", absl::StrCat(Hello(), RstStreamFrame(1, kCancel))},
      {"push by a client", absl::StrCat(Hello(), Encode(kPushPromise, kEndHeaders, 1, Number(2)))},
      {"even stream id", absl::StrCat(Hello(), Get(2))},
      {"a frame inside a header block",
       absl::StrCat(Hello(), Get(1, 0), PingFrame(std::string(8, 'x')))},
      {"continuation of nothing", absl::StrCat(Hello(), Encode(kContinuation, kEndHeaders, 1, ""))},
      {"ping of a wrong size", absl::StrCat(Hello(), PingFrame("x"))},
      {"ping on a stream", absl::StrCat(Hello(), Encode(kPing, 0, 1, std::string(8, 'x')))},
      {"settings of a wrong size", absl::StrCat(Hello(), Encode(kSettings, 0, 0, "x"))},
      {"initial window too large",
       absl::StrCat(Hello(), SettingsFrame({{kInitialWindowSize, 0x80000000}}))},
      {"frame too large", absl::StrCat(Hello(), DataFrame(1, std::string(20'000, 'x')))},
      {"undecodable header block",
       absl::StrCat(Hello(), Encode(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff"))},
      {"settings acknowledged unasked twice",
       absl::StrCat(Hello(), Encode(kSettings, kAck, 0, ""), Encode(kSettings, kAck, 0, "x"))},
  };
  for (const Violation& violation : kViolations) {
    Make();
    Send(violation.bytes);
    EXPECT_TRUE(Ended()) << violation.name;
    EXPECT_LT(peer_.output.size(), 10'000u) << violation.name;
    EXPECT_EQ(handler_.refused.size(), 1u) << violation.name;
  }
}

TEST_F(HostileClientTest, DataBeyondAStreamsWindowResetsIt) {
  handler_.on_request = [](http::testing::RequestRecorder* r) { r->consume = false; };
  Send(absl::StrCat(Hello(), Get(1, kEndHeaders)));
  for (int i = 0; i < 4; ++i) Send(DataFrame(1, std::string(16'384, 'x')));
  EXPECT_EQ(handler_.requests[0]->log, "data reset protocol");
  EXPECT_LE(handler_.requests[0]->body.size(), 65'536u);
  EXPECT_FALSE(Ended());
}

TEST_F(HostileClientTest, RequestsOnStreamsOfThePastAreNotSeen) {
  Send(absl::StrCat(Hello(), Get(3), Get(1)));
  EXPECT_EQ(handler_.requests.size(), 1u);
}

TEST_F(HostileClientTest, MalformedRequestsAreResetAndNotSeen) {
  const std::vector<Violation> kMalformed = {
      {"no path", std::string("\x82\x86\x01\x01h", 5)},
      {"upper case name", absl::StrCat(GetBlock(), Block({{"X", "y"}}))},
      {"line feed in a value", absl::StrCat(GetBlock(), Block({{"x", "a\nb"}}))},
      {"nul in a value", absl::StrCat(GetBlock(), Block({{"x", std::string(1, '\0')}}))},
      {"blank in a name", absl::StrCat(GetBlock(), Block({{"a b", "y"}}))},
      {"connection field", absl::StrCat(GetBlock(), Block({{"connection", "close"}}))},
      {"transfer-encoding", absl::StrCat(GetBlock(), Block({{"transfer-encoding", "chunked"}}))},
      {"pseudo-header behind a field",
       absl::StrCat("\x82\x86", Block({{"x", "y"}}), "\x84\x01\x01h")},
      {"length without body", absl::StrCat(GetBlock(), Block({{"content-length", "5"}}))},
  };
  for (const Violation& request : kMalformed) {
    Make();
    Send(absl::StrCat(Hello(), Encode(kHeaders, kEndHeaders | kEndStream, 1, request.bytes)));
    for (const auto& seen : handler_.requests) EXPECT_TRUE(seen->over) << request.name;
    EXPECT_THAT(peer_.output, HasSubstr(RstStreamFrame(1, kProtocolError))) << request.name;
    EXPECT_EQ(connection_->active_streams(), 0) << request.name;
    ASSERT_EQ(handler_.refused.size(), 1u) << request.name;
    EXPECT_THAT(handler_.refused[0], ::testing::StartsWith("0 malformed_")) << request.name;
    // The connection itself goes on.
    Send(Get(3));
    EXPECT_FALSE(Ended()) << request.name;
  }
}

TEST_F(HostileClientTest, RapidResetEndsTheConnection) {
  Send(Hello());
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    Send(absl::StrCat(Get(id), RstStreamFrame(id, kCancel)));
  }
  EXPECT_LT(id, 4000u);
  EXPECT_TRUE(Ended());
  EXPECT_EQ(handler_.refused.back(), "0 reset_flood");
}

// A proxy's connection is many users', of whom some give up.
TEST_F(HostileClientTest, ManyResetsAmongAsManyRequestsThatAreAnsweredAreNoFlood) {
  handler_.on_request = [](http::testing::RequestRecorder* r) {
    if (r->head.find("/answered") != std::string::npos) r->Respond(204, "");
  };
  Send(Hello());
  for (uint32_t id = 1; id < 20'000; id += 4) {
    Send(absl::StrCat(Get(id), RstStreamFrame(id, kCancel),
                      HeadersFrame(id + 2, testing::RequestFields("GET", "/answered"))));
    ASSERT_FALSE(peer_.shut_down) << id;
  }
}

TEST_F(HostileClientTest, MalformedRequestsWithoutEndEndTheConnection) {
  Send(Hello());
  const std::string malformed = absl::StrCat(GetBlock(), Block({{"X", "y"}}));
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    Send(Encode(kHeaders, kEndHeaders | kEndStream, id, malformed));
  }
  EXPECT_LT(id, 4000u);
  EXPECT_TRUE(Ended());
  EXPECT_EQ(handler_.refused.back(), "0 h2_enhance_your_calm");
}

TEST_F(HostileClientTest, RequestsThatHttp1CouldNotCarryAreAnsweredAndNotSeen) {
  // A byte above 0x7e in the path.
  const std::string block = "\x82\x86\x04\x03/\xc3x\x01\x01h";
  Send(absl::StrCat(Hello(), Encode(kHeaders, kEndHeaders | kEndStream, 1, block)));
  EXPECT_EQ(handler_.requests.size(), 0u);
  EXPECT_EQ(handler_.refused, std::vector<std::string>{"400 bad_target"});
  Send(Get(3));
  EXPECT_EQ(handler_.requests.size(), 1u);
}

TEST_F(HostileClientTest, ResetsThatItProvokesEndTheConnection) {
  Send(Hello());
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    // A window that overflows is a stream error, which this side answers with RST_STREAM.
    Send(absl::StrCat(Get(id, kEndHeaders), WindowUpdateFrame(id, 0x7fffffff)));
  }
  EXPECT_GT(id, 100u);
  EXPECT_LT(id, 4000u);
  EXPECT_TRUE(Ended());
}

TEST_F(HostileClientTest, ContinuationFloodEndsTheConnection) {
  Send(absl::StrCat(Hello(), Encode(kHeaders, 0, 1, GetBlock())));
  int frames = 0;
  for (; frames < 1000 && !peer_.shut_down; ++frames) {
    Send(Encode(kContinuation, 0, 1, Block({{"x", "y"}})));
  }
  EXPECT_LT(frames, 100);
  EXPECT_TRUE(Ended());
}

// Frames that ask for answers which are never read: nothing piles up.
TEST_F(HostileClientTest, FloodsThatAskForAnswersEndTheConnection) {
  for (const std::string& frame : {PingFrame(std::string(8, 'x')), SettingsFrame()}) {
    Make();
    peer_.write_room = 100;
    Send(Hello());
    int i = 0;
    for (; i < 20'000 && !peer_.shut_down; ++i) peer_.Send(frame);
    EXPECT_LT(i, 2000);
    EXPECT_TRUE(Ended());
  }
}

TEST_F(HostileClientTest, FloodsOfFramesThatCarryNothingEndTheConnection) {
  for (const std::string& frame : {
           DataFrame(1, ""),
           Encode(kPriority, 0, 1, std::string("\0\0\0\0\1", 5)),
           WindowUpdateFrame(1, 1),
       }) {
    Make();
    Send(absl::StrCat(Hello(), Get(1, kEndHeaders)));
    std::string flood;
    for (int i = 0; i < 15'000; ++i) flood += frame;
    Send(flood);
    EXPECT_TRUE(SentGoaway(NGHTTP2_ENHANCE_YOUR_CALM)) << static_cast<int>(frame[3]);
    EXPECT_TRUE(Ended()) << static_cast<int>(frame[3]);
  }
}

TEST_F(HostileClientTest, WindowsOpenedByteByByteEndTheConnection) {
  handler_.on_request = [](http::testing::RequestRecorder* r) {
    r->Respond(200, std::string(1'000'000, 'x'));
  };
  Send(absl::StrCat(Hello({{kInitialWindowSize, 0}}), Get(1)));
  int i = 0;
  for (; i < 200 && !peer_.shut_down; ++i) {
    std::string flood;
    for (int j = 0; j < 100; ++j) flood += WindowUpdateFrame(1, 1);
    Send(flood);
    peer_.output.clear();
  }
  EXPECT_GT(i, 90);
  EXPECT_LT(i, 110);
  EXPECT_EQ(handler_.refused, std::vector<std::string>{"0 h2_enhance_your_calm"});
}

// As a receiver does that gives back each small frame by itself.
TEST_F(HostileClientTest, WindowsOpenedMessageByMessageDoNot) {
  Send(absl::StrCat(Hello(), Get(1)));
  handler_.requests[0]->RespondHead(200);
  for (int i = 0; i < 15'000 && !peer_.shut_down; ++i) {
    handler_.requests[0]->stream->SendData("message");
    Send(absl::StrCat(WindowUpdateFrame(1, 7), WindowUpdateFrame(0, 7)));
  }
  EXPECT_FALSE(Ended());
}

TEST_F(HostileClientTest, AHeadOfManyFieldsIsRefusedWithoutMemory) {
  // One field of 4000 bytes in the dynamic table, then named a thousand times by a byte.
  std::string block = absl::StrCat(GetBlock(), std::string("\x40\x01x\x7f\xa1\x1e", 6),
                                   std::string(4000, 'v'), std::string(1000, '\xbe'));
  Send(absl::StrCat(Hello(), Encode(kHeaders, kEndHeaders | kEndStream, 1, block)));
  EXPECT_EQ(handler_.requests.size(), 0u);
  EXPECT_EQ(handler_.refused.size(), 1u);
}

// Each time that the field of 4000 bytes is named, all of it is looked at.
TEST_F(HostileClientTest, AnAmplifiedHeadEndsTheConnectionBeforeItsEnd) {
  const std::string block = absl::StrCat(GetBlock(), std::string("\x40\x01x\x7f\xa1\x1e", 6),
                                         std::string(4000, 'v'), std::string(10'000, '\xbe'));
  Send(absl::StrCat(Hello(), Encode(kHeaders, kEndHeaders | kEndStream, 1, block)));
  EXPECT_TRUE(SentGoaway(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_TRUE(Ended());
  EXPECT_EQ(handler_.refused, std::vector<std::string>{"0 head_flood"});
}

TEST_F(HostileClientTest, RefusedHeadsWithoutEndEndTheConnection) {
  Send(Hello());
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += Block({{"x", "y"}});
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    Send(Encode(kHeaders, kEndHeaders | kEndStream, id, GetBlock() + fields));
    peer_.output.clear();
  }
  EXPECT_LT(id, 4000u);
  EXPECT_EQ(handler_.requests.size(), 0u);
  EXPECT_EQ(handler_.refused.back(), "0 h2_enhance_your_calm");
}

class SlowClientTest : public HostileClientTest {
 protected:
  static constexpr absl::Duration kLimit = absl::Milliseconds(5);

  // Until this side has ended, or for many times the limit.
  bool EndsInTime() {
    bool late = false;
    event::Timer timer(loop_.get(), [&] { late = true; });
    timer.Arm(10 * kLimit);
    return net::testing::RunUntil(loop_.get(), [&] { return peer_.shut_down || late; }) &&
           peer_.shut_down;
  }
};

TEST_F(SlowClientTest, AHeadThatDoesNotEndEndsTheConnection) {
  Options options;
  options.deadlines.head = kLimit;
  Make(options);
  Send(absl::StrCat(Hello(), Get(1), Encode(kHeaders, 0, 3, GetBlock())));
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return peer_.shut_down; }));
  EXPECT_TRUE(SentGoaway(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(handler_.refused, std::vector<std::string>{"0 head_timeout"});
  EXPECT_EQ(handler_.requests.size(), 1u);
}

TEST_F(SlowClientTest, HeadsThatHaveEndedDoNot) {
  Options options;
  options.deadlines.head = kLimit;
  Make(options);
  // A request that waits for its response; one that was malformed; one whose body does not come.
  Send(absl::StrCat(Hello(), Get(1), Encode(kHeaders, kEndHeaders | kEndStream, 3, "\x82"),
                    Get(5, kEndHeaders)));
  EXPECT_FALSE(EndsInTime());
}

TEST_F(SlowClientTest, ResponsesThatStandStillEndTheConnection) {
  Options options;
  options.deadlines.stall = kLimit;
  Make(options);
  handler_.on_request = [](http::testing::RequestRecorder* r) {
    r->Respond(200, std::string(2 << 20, 'x'));
  };
  Send(absl::StrCat(Hello(), Get(1)));
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return peer_.shut_down; }));
  EXPECT_EQ(handler_.refused, std::vector<std::string>{"0 stall_timeout"});
  EXPECT_EQ(handler_.requests[0]->log, "reset local");
}

TEST_F(SlowClientTest, AFewThatStandStillDoNot) {
  Options options;
  options.deadlines.stall = kLimit;
  Make(options);
  handler_.on_request = [](http::testing::RequestRecorder* r) {
    r->Respond(200, std::string(500'000, 'x'));
  };
  Send(absl::StrCat(Hello(), Get(1)));
  EXPECT_FALSE(EndsInTime());
}

TEST_F(SlowClientTest, AnIdleConnectionDrains) {
  Options options;
  options.deadlines.idle = kLimit;
  Make(options);
  Send(absl::StrCat(Hello(), Get(1)));
  EXPECT_FALSE(EndsInTime());
  handler_.requests[0]->Respond(200, "");
  EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return peer_.shut_down; }));
  EXPECT_TRUE(SentGoaway(NGHTTP2_NO_ERROR));
  EXPECT_EQ(handler_.refused, std::vector<std::string>{});
}

class HostileServerTest : public ::testing::Test, private ClientConnection::Observer {
 protected:
  HostileServerTest() : loop_(*event::Loop::Create()) { Make(); }

  void Make() {
    connection_.reset();
    peer_ = FakePeer();
    closed_ = false;
    ClientConnection::Observer* self = this;
    connection_ = *ClientConnection::Create(loop_.get(), std::make_unique<FakeByteStream>(&peer_),
                                            Options(), self);
    call_ = StreamRecorder();
    call_.stream = connection_->StartRequest(TestRequest().head, &call_);
    Turn();
  }
  void Turn() {
    for (int i = 0; i < 8; ++i) loop_->RunOnce(absl::ZeroDuration());
  }
  void Send(absl::string_view bytes) {
    peer_.Send(bytes);
    Turn();
  }
  void OnClientDraining(ClientConnection*) override {}
  void OnClientClosed(ClientConnection*) override { closed_ = true; }

  std::unique_ptr<event::Loop> loop_;
  FakePeer peer_;
  StreamRecorder call_;
  bool closed_ = false;
  std::unique_ptr<ClientConnection> connection_;
};

const std::string kOk = "\x88";  // :status 200

TEST_F(HostileServerTest, ViolationsEndTheConnection) {
  const std::string settings = SettingsFrame();
  for (const Violation& violation : std::vector<Violation>{
           {"HTTP/1", "HTTP/1.1 400 Bad Request\r\n\r\n"},
           {"no settings", Encode(kHeaders, kEndHeaders, 1, kOk)},
           {"data of an idle stream", absl::StrCat(settings, DataFrame(3, "x"))},
           {"a request", absl::StrCat(settings, Get(2))},
           {"push", absl::StrCat(settings, Encode(kPushPromise, kEndHeaders, 1, Number(2)))},
           {"window overflow", absl::StrCat(settings, WindowUpdateFrame(0, 0x7fffffff))},
       }) {
    Make();
    Send(violation.bytes);
    EXPECT_TRUE(closed_) << violation.name;
    EXPECT_EQ(call_.log, "reset protocol") << violation.name;
    EXPECT_NE(call_.reset.reason, "") << violation.name;
  }
}

TEST_F(HostileServerTest, MalformedResponsesAreTheServersFault) {
  for (const Violation& response : std::vector<Violation>{
           {"data first", DataFrame(1, "x")},
           {"no status", HeadersFrame(1, {{"x", "y"}}, kEndHeaders)},
           {"101", HeadersFrame(1, {{":status", "101"}}, kEndHeaders)},
           {"bad value", Encode(kHeaders, kEndHeaders, 1, absl::StrCat(kOk, Block({{"x", "\n"}})))},
           {"too much body",
            absl::StrCat(Encode(kHeaders, kEndHeaders, 1,
                                absl::StrCat(kOk, Block({{"content-length", "1"}}))),
                         DataFrame(1, "two", kEndStream))},
       }) {
    Make();
    Send(absl::StrCat(SettingsFrame(), response.bytes));
    EXPECT_THAT(call_.log, ::testing::EndsWith("reset protocol")) << response.name;
    EXPECT_NE(call_.reset.reason, "") << response.name;
  }
}

TEST_F(HostileServerTest, GoawayNamesWhatItHasNotSeen) {
  StreamRecorder second;
  second.stream = connection_->StartRequest(TestRequest().head, &second);
  Turn();
  Send(absl::StrCat(SettingsFrame(), GoawayFrame(1, kNoError)));
  EXPECT_EQ(second.log, "reset refused");
  EXPECT_EQ(call_.log, "");
  EXPECT_FALSE(connection_->accepting());
  Send(Encode(kHeaders, kEndHeaders | kEndStream, 1, kOk));
  EXPECT_EQ(call_.log, "response 200 done");
  EXPECT_TRUE(closed_);
}

TEST_F(HostileServerTest, EndlessInterimResponsesHoldNoMemory) {
  Send(SettingsFrame());
  for (int i = 0; i < 100; ++i) {
    Send(HeadersFrame(1, {{":status", "103"}}, kEndHeaders));
  }
  Send(Encode(kHeaders, kEndHeaders | kEndStream, 1, kOk));
  EXPECT_THAT(call_.log, ::testing::EndsWith("response 200 done"));
}

}  // namespace
}  // namespace gossamer::http2
