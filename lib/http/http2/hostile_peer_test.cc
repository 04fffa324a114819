#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/http2/connection.h"
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
using ::testing::HasSubstr;

enum Type : char {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
constexpr char kEndStream = 1;
constexpr char kAck = 1;
constexpr char kEndHeaders = 4;

std::string Number(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string Frame(char type, char flags, uint32_t stream, absl::string_view payload) {
  return absl::StrCat(Number(static_cast<uint32_t>(payload.size())).substr(1), std::string(1, type),
                      std::string(1, flags), Number(stream), payload);
}

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
std::string Hello() { return absl::StrCat(kPreface, Frame(kSettings, 0, 0, "")); }

// GET http / with authority "h", in HPACK: indexed fields, and one literal that is not indexed.
std::string GetBlock() { return absl::StrCat("\x82\x86\x84", std::string("\x01\x01h", 3)); }
std::string Get(uint32_t stream, char flags = kEndHeaders | kEndStream) {
  return Frame(kHeaders, flags, stream, GetBlock());
}

class HostileClientTest : public testing::Test {
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
    // Type, flags, stream 0, last stream, code.
    const std::string frame = absl::StrCat(std::string("\x07\x00\x00\x00\x00\x00", 6));
    for (size_t at = peer_.output.find(frame); at != std::string::npos;
         at = peer_.output.find(frame, at + 1)) {
      if (peer_.output.substr(at + frame.size() + 4, 4) == Number(code)) return true;
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
      {"data on an idle stream", absl::StrCat(Hello(), Frame(kData, 0, 1, "x"))},
      {"window update of zero", absl::StrCat(Hello(), Frame(kWindowUpdate, 0, 0, Number(0)))},
      {"window overflow", absl::StrCat(Hello(), Frame(kWindowUpdate, 0, 0, Number(0x7fffffff)))},
      {"window update on an idle stream",
       absl::StrCat(Hello(), Frame(kWindowUpdate, 0, 5, Number(1)))},
      {"reset of an idle stream", absl::StrCat(Hello(), Frame(kRstStream, 0, 1, Number(8)))},
      {"push by a client", absl::StrCat(Hello(), Frame(kPushPromise, 4, 1, "\0\0\0\2"))},
      {"even stream id", absl::StrCat(Hello(), Get(2))},
      {"a frame inside a header block",
       absl::StrCat(Hello(), Get(1, 0), Frame(kPing, 0, 0, std::string(8, 'x')))},
      {"continuation of nothing", absl::StrCat(Hello(), Frame(kContinuation, 4, 1, ""))},
      {"ping of a wrong size", absl::StrCat(Hello(), Frame(kPing, 0, 0, "x"))},
      {"ping on a stream", absl::StrCat(Hello(), Frame(kPing, 0, 1, std::string(8, 'x')))},
      {"settings of a wrong size", absl::StrCat(Hello(), Frame(kSettings, 0, 0, "x"))},
      {"initial window too large",
       absl::StrCat(Hello(), Frame(kSettings, 0, 0,
                                   absl::StrCat(std::string("\0\4", 2), Number(0x80000000))))},
      {"frame too large", absl::StrCat(Hello(), Frame(kData, 0, 1, std::string(20'000, 'x')))},
      {"undecodable header block",
       absl::StrCat(Hello(), Frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff"))},
      {"settings acknowledged unasked twice",
       absl::StrCat(Hello(), Frame(kSettings, kAck, 0, ""), Frame(kSettings, kAck, 0, "x"))},
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
  for (int i = 0; i < 4; ++i) Send(Frame(kData, 0, 1, std::string(16'384, 'x')));
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
      {"upper case name", absl::StrCat(GetBlock(), std::string("\x00\x01X\x01y", 5))},
      {"line feed in a value", absl::StrCat(GetBlock(), std::string("\x00\x01x\x03"
                                                                    "a\nb",
                                                                    7))},
      {"nul in a value", absl::StrCat(GetBlock(), std::string("\x00\x01x\x01\x00", 5))},
      {"blank in a name", absl::StrCat(GetBlock(), std::string("\x00\x03"
                                                               "a b\x01y",
                                                               7))},
      {"connection field", absl::StrCat(GetBlock(), std::string("\x00\x0a"
                                                                "connection\x05"
                                                                "close",
                                                                18))},
      {"transfer-encoding", absl::StrCat(GetBlock(), std::string("\x00\x11transfer-encoding\x07"
                                                                 "chunked",
                                                                 27))},
      {"pseudo-header behind a field",
       absl::StrCat(std::string("\x82\x86\x00\x01x\x01y\x84\x01\x01h", 11))},
      {"length without body", absl::StrCat(GetBlock(), std::string("\x00\x0e"
                                                                   "content-length\x01"
                                                                   "5",
                                                                   18))},
  };
  for (const Violation& request : kMalformed) {
    Make();
    Send(absl::StrCat(Hello(), Frame(kHeaders, kEndHeaders | kEndStream, 1, request.bytes)));
    for (const auto& seen : handler_.requests) EXPECT_TRUE(seen->over) << request.name;
    EXPECT_THAT(peer_.output, HasSubstr(std::string("\0\0\4\3\0\0\0\0\1", 9))) << request.name;
    EXPECT_EQ(connection_->active_streams(), 0) << request.name;
    ASSERT_EQ(handler_.refused.size(), 1u) << request.name;
    EXPECT_THAT(handler_.refused[0], testing::StartsWith("0 malformed_")) << request.name;
    // The connection itself goes on.
    Send(Get(3));
    EXPECT_FALSE(Ended()) << request.name;
  }
}

TEST_F(HostileClientTest, RapidResetEndsTheConnection) {
  Send(Hello());
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    Send(absl::StrCat(Get(id), Frame(kRstStream, 0, id, Number(8))));
  }
  EXPECT_LT(id, 4000u);
  EXPECT_TRUE(Ended());
  EXPECT_EQ(handler_.refused.back(), "0 reset_flood");
}

TEST_F(HostileClientTest, MalformedRequestsWithoutEndEndTheConnection) {
  Send(Hello());
  const std::string malformed = absl::StrCat(GetBlock(), std::string("\x00\x01X\x01y", 5));
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    Send(Frame(kHeaders, kEndHeaders | kEndStream, id, malformed));
  }
  EXPECT_LT(id, 4000u);
  EXPECT_TRUE(Ended());
  EXPECT_EQ(handler_.refused.back(), "0 h2_enhance_your_calm");
}

TEST_F(HostileClientTest, RequestsThatHttp1CouldNotCarryAreAnsweredAndNotSeen) {
  // A byte above 0x7e in the path.
  const std::string block = absl::StrCat(std::string("\x82\x86\x04\x03/\xc3x\x01\x01h", 10));
  Send(absl::StrCat(Hello(), Frame(kHeaders, kEndHeaders | kEndStream, 1, block)));
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
    Send(absl::StrCat(Get(id, kEndHeaders), Frame(kWindowUpdate, 0, id, Number(0x7fffffff))));
  }
  EXPECT_GT(id, 100u);
  EXPECT_LT(id, 4000u);
  EXPECT_TRUE(Ended());
}

TEST_F(HostileClientTest, ContinuationFloodEndsTheConnection) {
  Send(absl::StrCat(Hello(), Frame(kHeaders, 0, 1, GetBlock())));
  int frames = 0;
  for (; frames < 1000 && !peer_.shut_down; ++frames) {
    Send(Frame(kContinuation, 0, 1, std::string("\x00\x01x\x01y", 5)));
  }
  EXPECT_LT(frames, 100);
  EXPECT_TRUE(Ended());
}

// Frames that ask for answers which are never read: nothing piles up.
TEST_F(HostileClientTest, FloodsThatAskForAnswersEndTheConnection) {
  for (const std::string& frame :
       {Frame(kPing, 0, 0, std::string(8, 'x')), Frame(kSettings, 0, 0, "")}) {
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
           Frame(kData, 0, 1, ""),
           Frame(kPriority, 0, 1, std::string("\0\0\0\0\1", 5)),
           Frame(kWindowUpdate, 0, 1, Number(1)),
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
  Send(absl::StrCat(
      kPreface, Frame(kSettings, 0, 0, absl::StrCat(std::string("\0\4", 2), Number(0))), Get(1)));
  int i = 0;
  for (; i < 200 && !peer_.shut_down; ++i) {
    std::string flood;
    for (int j = 0; j < 100; ++j) flood += Frame(kWindowUpdate, 0, 1, Number(1));
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
    Send(
        absl::StrCat(Frame(kWindowUpdate, 0, 1, Number(7)), Frame(kWindowUpdate, 0, 0, Number(7))));
  }
  EXPECT_FALSE(Ended());
}

TEST_F(HostileClientTest, AHeadOfManyFieldsIsRefusedWithoutMemory) {
  // One field of 4000 bytes in the dynamic table, then named a thousand times by a byte.
  std::string block = absl::StrCat(GetBlock(), std::string("\x40\x01x\x7f\xa1\x1e", 6),
                                   std::string(4000, 'v'), std::string(1000, '\xbe'));
  Send(absl::StrCat(Hello(), Frame(kHeaders, kEndHeaders | kEndStream, 1, block)));
  EXPECT_EQ(handler_.requests.size(), 0u);
  EXPECT_EQ(handler_.refused.size(), 1u);
}

// Each time that the field of 4000 bytes is named, all of it is looked at.
TEST_F(HostileClientTest, AnAmplifiedHeadEndsTheConnectionBeforeItsEnd) {
  const std::string block = absl::StrCat(GetBlock(), std::string("\x40\x01x\x7f\xa1\x1e", 6),
                                         std::string(4000, 'v'), std::string(10'000, '\xbe'));
  Send(absl::StrCat(Hello(), Frame(kHeaders, kEndHeaders | kEndStream, 1, block)));
  EXPECT_TRUE(SentGoaway(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_TRUE(Ended());
  EXPECT_EQ(handler_.refused, std::vector<std::string>{"0 head_flood"});
}

TEST_F(HostileClientTest, RefusedHeadsWithoutEndEndTheConnection) {
  Send(Hello());
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += std::string("\x00\x01x\x01y", 5);
  uint32_t id = 1;
  for (; id < 20'000 && !peer_.shut_down; id += 2) {
    Send(Frame(kHeaders, kEndHeaders | kEndStream, id, GetBlock() + fields));
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
  Send(absl::StrCat(Hello(), Get(1), Frame(kHeaders, 0, 3, GetBlock())));
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
  Send(absl::StrCat(Hello(), Get(1), Frame(kHeaders, kEndHeaders | kEndStream, 3, "\x82"),
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

class HostileServerTest : public testing::Test, private ClientConnection::Observer {
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
  const std::string settings = Frame(kSettings, 0, 0, "");
  for (const Violation& violation : std::vector<Violation>{
           {"HTTP/1", "HTTP/1.1 400 Bad Request\r\n\r\n"},
           {"no settings", Frame(kHeaders, kEndHeaders, 1, kOk)},
           {"data of an idle stream", absl::StrCat(settings, Frame(kData, 0, 3, "x"))},
           {"a request", absl::StrCat(settings, Get(2))},
           {"push", absl::StrCat(settings, Frame(kPushPromise, 4, 1, std::string("\0\0\0\2", 4)))},
           {"window overflow",
            absl::StrCat(settings, Frame(kWindowUpdate, 0, 0, Number(0x7fffffff)))},
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
           {"data first", Frame(kData, 0, 1, "x")},
           {"no status", Frame(kHeaders, kEndHeaders, 1, std::string("\x00\x01x\x01y", 5))},
           {"101", Frame(kHeaders, kEndHeaders, 1,
                         std::string("\x08\x03"
                                     "101",
                                     5))},
           {"bad value",
            Frame(kHeaders, kEndHeaders, 1, absl::StrCat(kOk, std::string("\x00\x01x\x01\n", 5)))},
           {"too much body", absl::StrCat(Frame(kHeaders, kEndHeaders, 1,
                                                absl::StrCat(kOk, std::string("\x0f\x0d\x01"
                                                                              "1",
                                                                              4))),
                                          Frame(kData, kEndStream, 1, "two"))},
       }) {
    Make();
    Send(absl::StrCat(Frame(kSettings, 0, 0, ""), response.bytes));
    EXPECT_THAT(call_.log, testing::EndsWith("reset protocol")) << response.name;
    EXPECT_NE(call_.reset.reason, "") << response.name;
  }
}

TEST_F(HostileServerTest, GoawayNamesWhatItHasNotSeen) {
  StreamRecorder second;
  second.stream = connection_->StartRequest(TestRequest().head, &second);
  Turn();
  Send(absl::StrCat(Frame(kSettings, 0, 0, ""),
                    Frame(kGoaway, 0, 0, absl::StrCat(Number(1), Number(0)))));
  EXPECT_EQ(second.log, "reset refused");
  EXPECT_EQ(call_.log, "");
  EXPECT_FALSE(connection_->accepting());
  Send(Frame(kHeaders, kEndHeaders | kEndStream, 1, kOk));
  EXPECT_EQ(call_.log, "response 200 done");
  EXPECT_TRUE(closed_);
}

TEST_F(HostileServerTest, EndlessInterimResponsesHoldNoMemory) {
  Send(Frame(kSettings, 0, 0, ""));
  for (int i = 0; i < 100; ++i) {
    Send(Frame(kHeaders, kEndHeaders, 1,
               std::string("\x08\x03"
                           "103",
                           5)));
  }
  Send(Frame(kHeaders, kEndHeaders | kEndStream, 1, kOk));
  EXPECT_THAT(call_.log, testing::EndsWith("response 200 done"));
}

}  // namespace
}  // namespace gossamer::http2
