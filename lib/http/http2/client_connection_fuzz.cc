// Bytes in: the first seeds how the rest is cut and what is asked; the rest is what the server
// sends. Whatever that is, each stream ends exactly once, no more than a window is held, and a
// connection whose server has gone is over.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "lib/http/http2/connection.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"

namespace gossamer::http2 {
namespace {

using http::testing::StreamRecorder;
using http::testing::TestRequest;
using net::testing::FakeByteStream;
using net::testing::FakePeer;

class Run final : private ClientConnection::Observer {
 public:
  Run(event::Loop* loop, uint8_t seed) : loop_(loop), random_(seed) {
    ClientConnection::Observer* self = this;
    connection_ =
        *ClientConnection::Create(loop, std::make_unique<FakeByteStream>(&peer_), Options(), self);
    for (uint32_t i = 1 + random_() % 3; i > 0; --i) Request();
  }

  void Feed(absl::string_view bytes) {
    if (Chance(4)) peer_.write_room = random_() % 200;
    while (!bytes.empty() && !closed_) {
      const size_t piece = std::min<size_t>(bytes.size(), 1 + random_() % 100);
      peer_.Send(bytes.substr(0, piece));
      bytes.remove_prefix(piece);
      if (Chance(2)) loop_->RunOnce(absl::ZeroDuration());
      Act(calls_[random_() % calls_.size()].get());
      if (Chance(16) && calls_.size() < 20) Request();
      if (Chance(64)) connection_->Drain();
      if (Chance(8)) peer_.Take(random_() % 1000);
    }
  }

  void End() {
    if (Chance(4)) {
      connection_.reset();
    } else {
      if (Chance(2)) {
        peer_.Break(ECONNRESET);
      } else {
        peer_.End();
      }
      for (int i = 0; i < 10 && !closed_; ++i) loop_->RunOnce(absl::ZeroDuration());
      FUZZ_CHECK(closed_);
      FUZZ_CHECK(connection_->active_streams() == 0);
    }
    for (const auto& call : calls_) FUZZ_CHECK(call->over || call->stream == nullptr);
  }

 private:
  bool Chance(uint32_t of) { return random_() % of == 0; }

  void Request() {
    const TestRequest request(Chance(2) ? "GET" : "HEAD", "/",
                              Chance(2) ? http::BodyKind::kChunked : http::BodyKind::kNone);
    calls_.push_back(std::make_unique<StreamRecorder>());
    calls_.back()->consume = Chance(2);
    calls_.back()->stream = connection_->StartRequest(request.head, calls_.back().get());
  }

  void Act(StreamRecorder* call) {
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
        if (Chance(8)) std::exchange(call->stream, nullptr)->ResetStream(http::kH2Cancel);
        return;
      default:
        return;
    }
  }

  void OnClientDraining(ClientConnection*) override { FUZZ_CHECK(!connection_->accepting()); }
  void OnClientClosed(ClientConnection*) override {
    FUZZ_CHECK(!closed_);
    closed_ = true;
  }

  event::Loop* const loop_;
  std::minstd_rand random_;
  FakePeer peer_;
  bool closed_ = false;
  std::vector<std::unique_ptr<StreamRecorder>> calls_;
  std::unique_ptr<ClientConnection> connection_;
};

}  // namespace
}  // namespace gossamer::http2

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static gossamer::event::Loop* const loop = gossamer::event::Loop::Create()->release();
  if (size == 0) return 0;
  {
    gossamer::http2::Run run(loop, data[0]);
    run.Feed(absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
    run.End();
  }
  loop->RunOnce(absl::ZeroDuration());
  return 0;
}
