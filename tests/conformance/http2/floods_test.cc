// Floods from either side: each ends in a closed connection, while the proxy's memory and processor
// time stay small and others are served.

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/buffer/sanitizer.h"
#include "tests/bench/process_usage.h"
#include "tests/conformance/http1/sockets.h"
#include "tests/conformance/http2/case_builders.h"
#include "tests/conformance/http2/frames.h"
#include "tests/conformance/http2/raw_client.h"
#include "tests/conformance/http2/raw_server.h"
#include "tests/conformance/http2/reflect_server.h"
#include "tests/conformance/http2/run_case.h"
#include "tests/mesh/fixture.h"

namespace gossamer::conformance {
namespace {

using harness::Pod;
using harness::Workload;

constexpr uint16_t kPort = 8080;
constexpr uint16_t kRawPort = 8081;

// What one flood may cost.
constexpr double kMemoryKibMax = 48 * 1024;
constexpr absl::Duration kCpuMax = absl::Seconds(3);

// A flood by a client.
struct Flood {
  std::string name;
  std::string opening;
  std::function<std::string(uint32_t piece)> piece;
  std::string reason;  // In the metric.
  bool reads = true;   // Else the attacker reads nothing at all, not even the end.
  // What means nothing and asks for nothing need not end the connection (RFC 9113 section 5.5): it
  // costs the attacker more than the proxy.
  bool ends = true;
};

// Enough for every flood that is stopped at all, on a busy machine, too.
constexpr uint32_t kPiecesMax = 60;

std::string Times(int count, const std::function<std::string(int)>& frame) {
  std::string frames;
  for (int i = 0; i < count; ++i) frames += frame(i);
  return frames;
}
std::string Times(int count, const std::string& frame) {
  return Times(count, [&](int) { return frame; });
}

std::string Stall(uint32_t stream) { return HeadersFrame(stream, RequestFields("GET", "/stall")); }

// `count` streams of a piece, one behind the other.
std::string EachStream(uint32_t piece, uint32_t count,
                       const std::function<std::string(uint32_t stream)>& frames) {
  return Times(static_cast<int>(count),
               [&](int i) { return frames(2 * (piece * count + static_cast<uint32_t>(i)) + 1); });
}

std::vector<Flood> Floods() {
  const std::string open_request = HeadersFrame(1, RequestFields("POST"), kEndHeaders);
  const auto always = [](std::string bytes) {
    return [bytes = std::move(bytes)](uint32_t) { return bytes; };
  };
  const Fields large(2000, {"cookie", "a=b"});
  return {
      {"RapidReset", "",
       [](uint32_t piece) {
         return EachStream(piece, 100,
                           [](uint32_t s) { return Stall(s) + RstStreamFrame(s, kCancel); });
       },
       "reset_flood"},
      {"ResetsProvoked", "",
       [](uint32_t piece) {
         return EachStream(piece, 100,
                           [](uint32_t s) { return Stall(s) + WindowUpdateFrame(s, 0x7fffffff); });
       },
       "h2_enhance_your_calm"},
      {"MalformedRequests", "",
       [](uint32_t piece) {
         return EachStream(piece, 100, [](uint32_t s) { return HeadersFrame(s, {{"x", "y"}}); });
       },
       "h2_enhance_your_calm"},
      {"EmptyHeads", "",
       [](uint32_t piece) {
         return EachStream(piece, 100, [](uint32_t s) {
           return Encode(kHeaders, kEndHeaders | kEndStream, s, "");
         });
       },
       "h2_enhance_your_calm"},
      {"RefusedHeads", "",
       [large](uint32_t piece) {
         return EachStream(piece, 20, [&](uint32_t s) {
           return HeadersFrames(s, Block(RequestFields() + large));
         });
       },
       "h2_enhance_your_calm"},
      // A field of 4000 bytes, once in the table and then named by a byte each time.
      {"AmplifiedHeads",
       HeadersFrames(1, Block(RequestFields()) + "\x40\x01x\x7f\xa1\x1e" + std::string(4000, 'v')),
       [](uint32_t piece) {
         return EachStream(piece + 1, 20, [&](uint32_t s) {
           return HeadersFrames(s, Block(RequestFields()) + std::string(15'000, '\xbe'));
         });
       },
       "head_flood"},
      {"Continuations", Encode(kHeaders, 0, 1, Block(RequestFields())),
       always(Encode(kContinuation, 0, 1, Block(Fields(2000, {"x", "y"})))), "head_flood"},
      {"EmptyContinuations", Encode(kHeaders, 0, 1, Block(RequestFields())),
       always(Times(100, Encode(kContinuation, 0, 1, ""))), ""},
      {"Settings", "", always(Times(6000, SettingsFrame({{kInitialWindowSize, 65'535}}))), ""},
      {"SettingsUnread", "", always(Times(6000, SettingsFrame())), "", /*reads=*/false},
      {"Pings", "", always(Times(6000, PingFrame("12345678"))), ""},
      {"PingsUnread", "", always(Times(6000, PingFrame("12345678"))), "", /*reads=*/false},
      {"EmptyData", open_request, always(Times(6000, DataFrame(1, ""))), "h2_enhance_your_calm"},
      {"Priorities", "", always(Times(6000, Encode(kPriority, 0, 1, Number(0) + "\x10"))),
       "h2_enhance_your_calm"},
      {"UnknownFrames", "", always(Times(6000, Encode(0x42, 0, 0, ""))), "", true, false},
      {"WindowUpdates", Stall(1), always(Times(6000, WindowUpdateFrame(1, 1))),
       "h2_enhance_your_calm"},
      {"TinyWindows",
       SettingsFrame({{kInitialWindowSize, 0}}) +
           HeadersFrame(1, RequestFields("GET", "/big/1000000")),
       always(Times(6000, WindowUpdateFrame(1, 1))), "h2_enhance_your_calm"},
      {"WindowsOpenedAndShut", HeadersFrame(1, RequestFields("GET", "/big/1000000")),
       always(Times(3000, SettingsFrame({{kInitialWindowSize, 1}}) +
                              SettingsFrame({{kInitialWindowSize, 0}}))),
       ""},
      {"Goaways", "", always(Times(6000, GoawayFrame(0, kNoError))), ""},
  };
}

// A flood by a server, in answer to a request.
struct ServerFlood {
  std::string name;
  std::function<std::string(uint32_t stream)> answer;
};

std::vector<ServerFlood> ServerFloods() {
  const auto head = [](uint32_t s) { return HeadersFrame(s, {{":status", "200"}}, kEndHeaders); };
  return {
      {"Pings", [](uint32_t) { return Times(20'000, PingFrame("12345678")); }},
      {"Settings", [](uint32_t) { return Times(20'000, SettingsFrame()); }},
      {"EmptyData", [=](uint32_t s) { return head(s) + Times(20'000, DataFrame(s, "")); }},
      {"WindowUpdates",
       [=](uint32_t s) { return head(s) + Times(20'000, WindowUpdateFrame(0, 1)); }},
      {"Goaways",
       [=](uint32_t s) { return head(s) + Times(20'000, GoawayFrame(0x7fffffff, kNoError)); }},
      {"InterimResponses",
       [](uint32_t s) {
         return Times(10'000, HeadersFrame(s, {{":status", "103"}, {"link", std::string(100, 'x')}},
                                           kEndHeaders));
       }},
      {"Continuations",
       [](uint32_t s) {
         return Encode(kHeaders, 0, s, "\x88") +
                Times(100, Encode(kContinuation, 0, s, Block(Fields(2000, {"x", "y"}))));
       }},
  };
}

class FloodsTest : public mesh_test::MeshTest {
 protected:
  struct Server {
    Pod* pod = nullptr;
    std::unique_ptr<ReflectServer> reflect;
    std::unique_ptr<RawServer> raw;
  };

  // A side of a proxy.
  struct Side {
    Pod* proxy = nullptr;  // The pod whose proxy it is.
    std::string family;    // Of the metric of refused messages.
    Pod* client = nullptr;
    std::string ip;
    Server* server = nullptr;

    int Dial(uint16_t port) const {
      int fd = -1;
      client->net().Run([&] { fd = ConnectTo(ip, port); });
      EXPECT_GE(fd, 0) << "connecting from " << client->name();
      return fd;
    }
  };

  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = Start("client", {}, /*meshed=*/true);
    outsider_ = Start("outsider", {}, /*meshed=*/false);
    meshed_ = Serve("meshed", /*meshed=*/true);
    unmeshed_ = Serve("unmeshed", /*meshed=*/false);
  }
  static void TearDownTestSuite() {
    meshed_.reset();
    unmeshed_.reset();
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  Pod* Start(const std::string& name, std::vector<int> ports, bool meshed) {
    Workload workload = TestWorkload(name, std::move(ports));
    workload.meshed = meshed;
    AddWorkload(workload);
    return cluster().pod(name);
  }
  std::unique_ptr<Server> Serve(const std::string& name, bool meshed) {
    auto server = std::make_unique<Server>();
    server->pod = Start(name, {kPort, kRawPort}, meshed);
    server->pod->net().Run([&] {
      server->reflect =
          std::make_unique<ReflectServer>(ListenAt(kPort), ReflectServer::Protocol::kHttp2);
      server->raw = std::make_unique<RawServer>(ListenAt(kRawPort));
    });
    return server;
  }

  std::vector<Side> Sides() {
    return {{meshed_->pod, "inbound_http_refused_messages_total", outsider_, meshed_->pod->ip(),
             meshed_.get()},
            {client_, "outbound_http_refused_messages_total", client_,
             cluster().service_ip("test", "unmeshed"), unmeshed_.get()}};
  }

  static Pod* client_;
  static Pod* outsider_;
  static std::unique_ptr<Server> meshed_;
  static std::unique_ptr<Server> unmeshed_;
};

Pod* FloodsTest::client_ = nullptr;
Pod* FloodsTest::outsider_ = nullptr;
std::unique_ptr<FloodsTest::Server> FloodsTest::meshed_;
std::unique_ptr<FloodsTest::Server> FloodsTest::unmeshed_;

// Watches a proxy during a flood.
class Watch {
 public:
  explicit Watch(Pod* pod)
      : process_(pod->proxy()->pid()), cpu_before_(Cpu()), memory_before_(Memory()) {}

  void Look() { memory_peak_ = std::max(memory_peak_, Memory()); }
  void Expect(double memory_kib_max, absl::Duration cpu_max) {
    Look();
    if (!kMemoryIsWatched) {
      EXPECT_LE(memory_peak_ - memory_before_, memory_kib_max) << "KiB taken";
    }
    EXPECT_LE(Cpu() - cpu_before_, cpu_max);
  }
  std::string Text() const {
    return absl::StrCat(memory_peak_ - memory_before_, " KiB, ",
                        absl::FormatDuration(Cpu() - cpu_before_));
  }

 private:
  absl::Duration Cpu() const { return bench::CpuTime({process_}).value(); }
  double Memory() const { return bench::ResidentKib({process_}).value()[0]; }

  const pid_t process_;
  const absl::Duration cpu_before_;
  const double memory_before_;
  double memory_peak_ = 0;
};

// What a flood has cost, for the log.
void Report(const std::string& flood, const std::string& family, const std::string& cost) {
  std::cout << "    " << family.substr(0, family.find('_')) << ", " << flood << ": " << cost
            << std::endl;
}

// Nothing that an attacker sends waits for ever.
void LimitSending(int fd) {
  const timeval limit = {5, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

TEST_F(FloodsTest, ByClientsEndInAClosedConnection) {
  for (const Side& side : Sides()) {
    const Http2Target target = {[&] { return side.Dial(kPort); }, side.server->reflect.get()};
    RawClient other(side.Dial(kPort));
    ASSERT_TRUE(other.Handshake());
    uint32_t stream = 1;
    for (const Flood& flood : Floods()) {
      SCOPED_TRACE(absl::StrCat(flood.name, ", ", side.family));
      const harness::SampleFilter refused = {side.family, {{"reason", flood.reason}}};
      const double refused_before = Metric(side.proxy, refused);
      Watch watch(side.proxy);
      const int fd = side.Dial(kPort);
      LimitSending(fd);
      RawClient attacker(fd);
      if (flood.reads) {
        ASSERT_TRUE(attacker.Handshake());
      } else {
        attacker.Send(Hello());
      }
      bool sent = attacker.Send(flood.opening);
      uint32_t piece = 0;
      for (; sent && piece < kPiecesMax && !attacker.closed(); ++piece) {
        sent = attacker.Send(flood.piece(piece));
        if (flood.reads) attacker.ReadAvailable();
        watch.Look();
        EXPECT_EQ(CheckProbe(stream, target, &other), "") << "while the flood is on";
        stream += 2;
      }
      if (flood.ends) attacker.ReadUntil([] { return false; });
      EXPECT_EQ(attacker.closed(), flood.ends);
      watch.Expect(kMemoryKibMax, kCpuMax);
      if (!flood.reason.empty()) ExpectMetric(side.proxy, refused, refused_before + 1);
      Report(flood.name, side.family, absl::StrCat(piece, " pieces, ", watch.Text()));
    }
  }
}

TEST_F(FloodsTest, ByServersEndInAClosedConnection) {
  for (const Side& side : Sides()) {
    const Http2Target target = {[&] { return side.Dial(kPort); }, side.server->reflect.get()};
    RawClient other(side.Dial(kPort));
    ASSERT_TRUE(other.Handshake());
    uint32_t stream = 1;
    for (const ServerFlood& flood : ServerFloods()) {
      SCOPED_TRACE(absl::StrCat(flood.name, ", ", side.family));
      Watch watch(side.proxy);
      ServerScript script;
      script.answer = [&](uint32_t s, int) { return flood.answer(s); };
      side.server->raw->Play(script);
      RawClient client(side.Dial(kRawPort));
      ASSERT_TRUE(client.Handshake());
      client.StartRequest(1, RequestFields());
      const ClientStream& answer = client.Await(1);
      EXPECT_TRUE(answer.reset || answer.status == 502)
          << "status " << answer.status << (answer.over() ? "" : ", unfinished");
      EXPECT_EQ(CheckProbe(stream, target, &other), "");
      stream += 2;
      watch.Expect(kMemoryKibMax, kCpuMax);
      side.server->raw->Play({});
      RawClient next(side.Dial(kRawPort));
      ASSERT_TRUE(next.Handshake());
      next.StartRequest(1, RequestFields());
      EXPECT_EQ(next.Await(1).status, 200) << "the next request";
      Report(flood.name + " by the server", side.family, watch.Text());
    }
  }
}

// A client whose windows stay shut: what it has asked for waits, at bounded memory.
TEST_F(FloodsTest, StreamsThatStallHoldNobodyUp) {
  constexpr uint32_t kStreams = 300;
  constexpr double kStreamKibMax = 256;
  for (const Side& side : Sides()) {
    SCOPED_TRACE(side.family);
    const Http2Target target = {[&] { return side.Dial(kPort); }, side.server->reflect.get()};
    Watch watch(side.proxy);
    RawClient attacker(side.Dial(kPort));
    ASSERT_TRUE(attacker.Handshake({{kInitialWindowSize, 0}}));
    for (uint32_t i = 0; i < kStreams; ++i) {
      attacker.StartRequest(2 * i + 1, RequestFields("GET", "/big/10000000"));
    }
    attacker.ReadUntil([&] { return attacker.stream(2 * kStreams - 1).status == 200; });
    RawClient other(side.Dial(kPort));
    ASSERT_TRUE(other.Handshake());
    for (uint32_t stream = 1; stream < 100; stream += 2) {
      EXPECT_EQ(CheckProbe(stream, target, &other), "");
      watch.Look();
    }
    watch.Expect(kStreams * kStreamKibMax, kCpuMax);
    Report("stalls", side.family, watch.Text());
  }
}

}  // namespace
}  // namespace gossamer::conformance
