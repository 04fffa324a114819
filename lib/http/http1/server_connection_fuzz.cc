// Bytes in: the first seeds how the rest is cut, how the application behaves and how the client
// ends; the rest is what the client sends. Whatever that is, each request ends exactly once (the
// recorders see to that), memory stays bounded, and a connection whose client has gone is over.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"

namespace gossamer::http1 {
namespace {

using http::testing::RequestRecorder;
using http::testing::ServerRecorder;
using net::testing::FakeByteStream;
using net::testing::FakePeer;

class Run {
 public:
  Run(event::Loop* loop, uint8_t seed) : loop_(loop), random_(seed) {
    handler_.on_request = [this](RequestRecorder* request) {
      request->consume = Chance(2);
      Act(request);
    };
    connection_ = std::make_unique<ServerConnection>(loop, std::make_unique<FakeByteStream>(&peer_),
                                                     ServerOptions(), &handler_);
    connection_->Start("");
  }

  void Feed(absl::string_view bytes) {
    if (Chance(4)) peer_.write_room = random_() % 200;
    if (Chance(4)) peer_.read_max = 1 + random_() % 50;
    while (!bytes.empty() && peer_.handler != nullptr) {
      const size_t piece = std::min<size_t>(bytes.size(), 1 + random_() % 300);
      peer_.Send(bytes.substr(0, piece));
      bytes.remove_prefix(piece);
      if (Chance(2)) Turn();
      if (!handler_.requests.empty()) Act(handler_.requests.back().get());
      if (Chance(64)) connection_->Drain();
      if (Chance(8)) peer_.Take(random_() % 1000);
    }
  }

  void End() {
    if (Chance(4)) return connection_.reset();
    if (Chance(2)) {
      peer_.Break(ECONNRESET);
    } else {
      peer_.write_room = 1 << 30;
      peer_.Take(1);
      peer_.End();
    }
    // The application answers what it still owes; then nothing is left to wait for.
    for (int i = 0; i < 1000 && !handler_.closed; ++i) {
      Turn();
      for (size_t n = 0; n < handler_.requests.size(); ++n) {
        RequestRecorder* request = handler_.requests[n].get();
        if (request->stream == nullptr) continue;
        request->consume = true;
        request->ConsumeAll();
        if (request->stream != nullptr) request->stream->ResetStream(http::kH2Cancel);
        request->stream = nullptr;
      }
    }
    FUZZ_CHECK(handler_.closed);
    FUZZ_CHECK(connection_->active_streams() == 0);
  }

 private:
  bool Chance(uint32_t of) { return random_() % of == 0; }
  void Turn() { loop_->RunOnce(absl::ZeroDuration()); }

  void Act(RequestRecorder* request) {
    if (request->stream == nullptr) return;
    FUZZ_CHECK(request->unconsumed <= size_t{128} * 1024);
    switch (random_() % 8) {
      case 0:
        if (Answered(request)) return;
        return request->Respond(200, std::string(random_() % 100, 'x'), Chance(8));
      case 1:
        if (Answered(request)) return;
        return request->RespondHead(Chance(4) ? 101 : 200, {{"a", Chance(16) ? "\n" : "b"}},
                                    http::BodyKind::kChunked);
      case 2:
        if (Answered(request) && !request->stream->SendBlocked()) {
          request->stream->SendData(std::string(random_() % 5000, 'y'));
        }
        return;
      case 3:
        if (Answered(request)) request->stream->SendEnd(nullptr);
        return;
      case 4:
        return request->ConsumeAll();
      case 5:
        if (Chance(16)) std::exchange(request->stream, nullptr)->ResetStream(http::kH2Cancel);
        return;
      default:
        return;
    }
  }
  // Remembers which requests have had a head, in their status.
  bool Answered(RequestRecorder* request) { return std::exchange(request->status, 1) == 1; }

  event::Loop* const loop_;
  std::minstd_rand random_;
  FakePeer peer_;
  ServerRecorder handler_;
  std::unique_ptr<ServerConnection> connection_;
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
