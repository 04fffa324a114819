// Bytes between two connections that read, block, end and break in any order: each byte of the
// input is an event. Whatever comes, each side gets a prefix of what the other has sent, all of it
// before an end in order, and what is held back is no more than a read.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "lib/net/read_buffer.h"
#include "lib/net/testing/fake_byte_stream.h"
#include "proxy/transport/tcp_forward.h"

namespace gossamer::proxy {
namespace {

using net::testing::FakeByteStream;
using net::testing::FakePeer;

class Fuzz {
 public:
  Fuzz() {
    sides_[0].sent = "the client spoke";
    sides_[1].sent = "the server spoke";
    forward_ = std::make_unique<TcpForward>(
        loop_.get(), std::make_unique<FakeByteStream>(&sides_[0].peer),
        std::make_unique<FakeByteStream>(&sides_[1].peer),
        TcpForward::AlreadyRead{sides_[0].sent, sides_[1].sent}, [this](int error) {
          FUZZ_CHECK(!done_);
          done_ = true;
          error_ = error;
          loop_->DeleteLater(std::move(forward_));
        });
  }

  void Run(const uint8_t* data, size_t size) {
    for (size_t i = 0; i < size; ++i) {
      Step(data[i]);
      Check(sides_[0], sides_[1]);
      Check(sides_[1], sides_[0]);
    }
    End();
  }

 private:
  struct Side {
    FakePeer peer;
    std::string sent;
    bool ended = false;
    bool broken = false;
  };

  void Step(uint8_t event) {
    Side& side = sides_[event & 1];
    const size_t amount = size_t{1} << ((event >> 4) & 15);
    switch ((event >> 1) & 7) {
      case 0:
      case 1:
        if (side.ended) return;
        side.sent.append(amount, static_cast<char>('a' + side.sent.size() % 23));
        return side.peer.Send(absl::string_view(side.sent).substr(side.sent.size() - amount));
      case 2:
        if (side.ended) return;
        side.ended = true;
        return side.peer.End();
      case 3:
        side.ended = side.broken = true;
        return side.peer.Break(ECONNRESET);
      case 4:
        side.peer.write_room = amount / 2;
        return;
      case 5:
        return side.peer.Take(amount);
      case 6:
        side.peer.read_max = amount;
        return;
      default:
        loop_->RunOnce(absl::ZeroDuration());
    }
  }

  void Check(const Side& from, const Side& to) {
    FUZZ_CHECK(absl::StartsWith(from.sent, to.peer.output));
    // An end in order says that this was all.
    if (to.peer.shut_down && !to.peer.reset_on_close) {
      FUZZ_CHECK(from.ended && to.peer.output == from.sent);
    }
    // Neither delivered nor waiting to be read: held.
    if (!done_) {
      const size_t held = from.sent.size() - from.peer.input.size() - to.peer.output.size();
      FUZZ_CHECK(held <= kHeldMax);
    }
  }

  // Everybody reads, and ends what is still open: then all of it arrives, and the forward is over.
  void End() {
    for (Side& side : sides_) {
      side.peer.read_max = 1 << 20;
      side.peer.Take(1 << 30);
      if (!side.ended) {
        side.ended = true;
        side.peer.End();
      }
    }
    for (int i = 0; i < kTurns; ++i) loop_->RunOnce(absl::ZeroDuration());
    FUZZ_CHECK(done_ && forward_ == nullptr);
    FUZZ_CHECK(sides_[0].peer.destroyed && sides_[1].peer.destroyed);
    const bool broken = sides_[0].broken || sides_[1].broken;
    if (error_ == 0) {
      FUZZ_CHECK(sides_[1].peer.output == sides_[0].sent);
      FUZZ_CHECK(sides_[0].peer.output == sides_[1].sent);
    } else {
      FUZZ_CHECK(broken);
      // Who is not the one that broke must be told by a reset.
      FUZZ_CHECK(sides_[0].peer.reset_on_close || sides_[1].peer.reset_on_close);
    }
  }

  static constexpr size_t kHeldMax = 2 * net::kReadBufferBytes;
  static constexpr int kTurns = 200;

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  Side sides_[2];
  bool done_ = false;
  int error_ = 0;
  std::unique_ptr<TcpForward> forward_;
};

}  // namespace
}  // namespace gossamer::proxy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMaxEvents = 200;
  if (size <= kMaxEvents) gossamer::proxy::Fuzz().Run(data, size);
  return 0;
}
