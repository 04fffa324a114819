#ifndef PROXY_TRANSPORT_TCP_FORWARD_H_
#define PROXY_TRANSPORT_TCP_FORWARD_H_

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
// A side's FIN is passed on while the other direction goes on (half-close); a side's reset becomes
// a reset of the other. Each direction holds at most one read's bytes while its receiver is slow.
class TcpForward {
 public:
  // 0, or the errno that ended it.
  using OnDone = absl::AnyInvocable<void(int error)>;

  // `already_read` are bytes of the client's that were taken to find out the protocol. `on_done`
  // runs once, never within the constructor, and may destroy this object.
  TcpForward(event::Loop* loop, std::unique_ptr<net::ByteStream> client,
             std::unique_ptr<net::ByteStream> server, absl::string_view already_read,
             OnDone on_done);

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

  // Both ends' handler: an end tells both directions, for one reads it and the other writes it.
  class End final : public event::IoHandler {
   public:
    explicit End(TcpForward* forward) : forward_(forward) {}
    void OnIo(event::IoEvents) override { forward_->Pump(); }

   private:
    TcpForward* const forward_;
  };

  void Pump();
  // False where the connection has failed.
  bool Move(Pipe* pipe);
  bool FlushPending(Pipe* pipe);
  static void AdaptReads(size_t got, Pipe* pipe);
  void Finish(int error);

  const std::unique_ptr<net::ByteStream> client_;
  const std::unique_ptr<net::ByteStream> server_;
  OnDone on_done_;
  End end_;
  event::Deferred again_;
  Pipe up_;
  Pipe down_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_TCP_FORWARD_H_
