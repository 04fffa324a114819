#ifndef PROXY_TRANSPORT_TCP_FORWARD_H_
#define PROXY_TRANSPORT_TCP_FORWARD_H_

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"
#include "lib/net/read_buffer.h"

namespace gossamer::proxy {

// Copies bytes between two connections until both directions have ended.
//
// A side's FIN is passed on while the other direction goes on (half-close). A side's reset becomes
// a reset of the other at once, whatever is still on its way: so a plain TCP connection behaves.
// Each direction holds at most one read's bytes while its receiver is slow.
class TcpForward {
 public:
  // 0, or the errno that ended it.
  using OnDone = absl::AnyInvocable<void(int error)>;

  // Bytes that were taken to find out the protocol; copied.
  struct AlreadyRead {
    absl::string_view client;
    absl::string_view server;
  };

  // `on_done` runs once, never within the constructor, and may destroy this object.
  TcpForward(event::Loop* loop, std::unique_ptr<net::ByteStream> client,
             std::unique_ptr<net::ByteStream> server, const AlreadyRead& already_read,
             OnDone on_done);

  // Resets both sides. Does nothing after the end.
  void Abort(int error);
  // Bytes read from both sides so far: grows while the connection is alive.
  uint64_t bytes_read() const { return bytes_read_; }
  // Read and not yet taken by the other side.
  size_t held_bytes() const { return up_.pending.size() + down_.pending.size(); }
  // Whether a side has ended its direction; the other one may go on.
  bool half_closed() const { return up_.source_ended || down_.source_ended; }

 private:
  // After this much, others of the loop get their turn.
  static constexpr size_t kMaxBytesPerTurn = 512 * 1024;

  // One direction.
  struct Pipe {
    net::ByteStream* from;
    net::ByteStream* to;
    size_t read_bytes = net::kUsualReadBytes;
    ByteQueue pending = {};  // Read and not yet written.
    bool blocked = false;    // The receiver is slow; it may hold bytes itself (TLS does).
    bool source_ended = false;
    bool done = false;  // FIN passed on.
  };

  // One side's handler: it tells both directions, for one reads it and the other writes it.
  class End final : public event::IoHandler {
   public:
    End(TcpForward* forward, const Pipe* outgoing) : forward_(forward), outgoing_(outgoing) {}
    void OnIo(event::IoEvents events) override { forward_->OnIo(events, *outgoing_); }

   private:
    TcpForward* const forward_;
    const Pipe* const outgoing_;  // What reads this side.
  };

  void OnIo(event::IoEvents events, const Pipe& outgoing);
  // False where the connection is over, and this object perhaps gone.
  bool Pump();
  // False where the connection has failed.
  bool Move(Pipe* pipe);
  bool FlushPending(Pipe* pipe);
  static void AdaptReads(size_t got, Pipe* pipe);
  void Finish(int error);

  const std::unique_ptr<net::ByteStream> client_;
  const std::unique_ptr<net::ByteStream> server_;
  OnDone on_done_;
  event::Deferred again_;
  Pipe up_;
  Pipe down_;
  End client_end_;
  End server_end_;
  uint64_t bytes_read_ = 0;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_TCP_FORWARD_H_
