// Bytes in: the first seeds how the rest is cut, what is asked and how the server ends; the rest is
// what the server sends. Whatever that is, each exchange ends exactly once, no response is seen
// before its request, and a connection whose server has gone is over.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/http/http1/client_connection.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"

namespace gossamer::http1 {
namespace {

using http::testing::StreamRecorder;
using http::testing::TestRequest;
using net::testing::FakeByteStream;
using net::testing::FakePeer;

class Run final : private ClientConnection::Observer {
 public:
  Run(event::Loop* loop, uint8_t seed) : loop_(loop), random_(seed) {
    ClientConnection::Observer* self = this;
    connection_ = std::make_unique<ClientConnection>(loop, std::make_unique<FakeByteStream>(&peer_),
                                                     HeadLimits(), self);
    connection_->Start();
    Request();
  }

  void Feed(absl::string_view bytes) {
    if (Chance(4)) peer_.write_room = random_() % 200;
    if (Chance(4)) peer_.read_max = 1 + random_() % 50;
    while (!bytes.empty() && !closed_) {
      const size_t piece = std::min<size_t>(bytes.size(), 1 + random_() % 300);
      peer_.Send(bytes.substr(0, piece));
      bytes.remove_prefix(piece);
      if (Chance(2)) loop_->RunOnce(absl::ZeroDuration());
      Act();
      if (Chance(8)) peer_.Take(random_() % 1000);
    }
  }

  void End() {
    if (Chance(4)) return connection_.reset();
    ask_ = false;
    if (Chance(2)) {
      peer_.Break(ECONNRESET);
    } else {
      peer_.write_room = 1 << 30;
      peer_.Take(1);
      peer_.End();
    }
    for (int i = 0; i < 1000 && !closed_; ++i) {
      loop_->RunOnce(absl::ZeroDuration());
      StreamRecorder* call = calls_.back().get();
      call->consume = true;
      call->ConsumeAll();
      // A tunnel lives until this side ends it, too.
      if (call->stream != nullptr && call->ended) call->stream->SendEnd(nullptr);
    }
    FUZZ_CHECK(closed_);
    FUZZ_CHECK(calls_.back()->over || calls_.back()->stream == nullptr);
  }

 private:
  bool Chance(uint32_t of) { return random_() % of == 0; }

  void Request() {
    constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "CONNECT"};
    const char* method = kMethods[random_() % 4];
    const bool upgrade = Chance(4);
    const bool body = !upgrade && method[0] == 'P';
    TestRequest request(method, "/", body ? http::BodyKind::kChunked : http::BodyKind::kNone);
    request.head.upgrade = upgrade;
    calls_.push_back(std::make_unique<StreamRecorder>());
    calls_.back()->consume = Chance(2);
    calls_.back()->stream = connection_->StartRequest(request.head, calls_.back().get());
    FUZZ_CHECK(calls_.back()->stream != nullptr);
  }

  void Act() {
    StreamRecorder* call = calls_.back().get();
    if (call->stream == nullptr) return;
    FUZZ_CHECK(call->unconsumed <= size_t{128} * 1024);
    switch (random_() % 8) {
      case 0:
        if (!call->stream->SendBlocked()) call->stream->SendData(std::string(random_() % 999, 'y'));
        return;
      case 1:
        return call->stream->SendEnd(nullptr);
      case 2:
        return call->ConsumeAll();
      case 3:
        if (Chance(32)) std::exchange(call->stream, nullptr)->ResetStream(http::kH2Cancel);
        return;
      default:
        return;
    }
  }

  void OnClientIdle(ClientConnection*) override {
    FUZZ_CHECK(calls_.back()->over);
    if (ask_ && calls_.size() < 20) Request();
  }
  void OnClientClosed(ClientConnection*) override {
    FUZZ_CHECK(!closed_);
    closed_ = true;
  }

  event::Loop* const loop_;
  std::minstd_rand random_;
  FakePeer peer_;
  bool ask_ = true;
  bool closed_ = false;
  std::vector<std::unique_ptr<StreamRecorder>> calls_;
  std::unique_ptr<ClientConnection> connection_;
};

}  // namespace
}  // namespace gossamer::http1

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static gossamer::event::Loop* const loop = gossamer::event::Loop::Create()->release();
  if (size == 0) return 0;
  {
    gossamer::http1::Run run(loop, data[0]);
    run.Feed(absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
    run.End();
  }
  loop->RunOnce(absl::ZeroDuration());
  return 0;
}
