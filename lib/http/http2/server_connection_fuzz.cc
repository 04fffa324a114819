// Bytes in: the first seeds how the rest is cut and how the application behaves, and says (if odd)
// that the client begins with the right preface; the rest is what it sends. Whatever that is, each
// stream ends exactly once, no more than a window is held, and a connection whose client has gone
// is over.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "lib/http/http2/connection.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/fake_byte_stream.h"

namespace gossamer::http2 {
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
    connection_ = *ServerConnection::Create(loop, std::make_unique<FakeByteStream>(&peer_),
                                            Options(), &handler_);
    connection_->Start((seed & 1) != 0 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : "");
  }

  void Feed(absl::string_view bytes) {
    if (Chance(4)) peer_.write_room = random_() % 200;
    while (!bytes.empty() && peer_.handler != nullptr) {
      const size_t piece = std::min<size_t>(bytes.size(), 1 + random_() % 100);
      peer_.Send(bytes.substr(0, piece));
      bytes.remove_prefix(piece);
      if (Chance(2)) loop_->RunOnce(absl::ZeroDuration());
      if (!handler_.requests.empty()) {
        Act(handler_.requests[random_() % handler_.requests.size()].get());
      }
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
      for (int i = 0; i < 10 && !handler_.closed; ++i) loop_->RunOnce(absl::ZeroDuration());
      FUZZ_CHECK(handler_.closed);
      FUZZ_CHECK(connection_->active_streams() == 0);
    }
    for (const auto& request : handler_.requests) {
      FUZZ_CHECK(request->over || request->stream == nullptr);
    }
  }

 private:
  bool Chance(uint32_t of) { return random_() % of == 0; }

  void Act(RequestRecorder* request) {
    if (request->stream == nullptr) return;
    FUZZ_CHECK(request->unconsumed <= size_t{128} * 1024);
    switch (random_() % 8) {
      case 0:
        if (Answered(request)) return;
        return request->Respond(200, std::string(random_() % 100, 'x'), Chance(16));
      case 1:
        if (Answered(request)) return;
        return request->RespondHead(200, {{"a", "b"}});
      case 2:
        if (Answered(request) && !request->stream->SendBlocked()) {
          request->stream->SendData(std::string(random_() % 5000, 'y'));
        }
        return;
      case 3:
        if (Answered(request)) request->stream->SendEnd(Chance(2) ? &trailers_ : nullptr);
        return;
      case 4:
        return request->ConsumeAll();
      case 5:
        if (Chance(4)) std::exchange(request->stream, nullptr)->ResetStream(http::kH2Cancel);
        return;
      default:
        return;
    }
  }
  bool Answered(RequestRecorder* request) { return std::exchange(request->status, 1) == 1; }

  event::Loop* const loop_;
  std::minstd_rand random_;
  http::Headers trailers_ = [] {
    http::Headers trailers;
    trailers.Add("grpc-status", "0");
    return trailers;
  }();
  FakePeer peer_;
  ServerRecorder handler_;
  std::unique_ptr<ServerConnection> connection_;
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
