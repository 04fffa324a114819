#ifndef LIB_NET_TCP_STREAM_H_
#define LIB_NET_TCP_STREAM_H_

#include <sys/types.h>

#include <memory>

#include "absl/status/statusor.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"
#include "lib/net/socket.h"

namespace gossamer::net {

// A plain TCP connection.
class TcpStream final : public ByteStream, private event::IoHandler {
 public:
  // Takes a connected (or connecting) non-blocking socket.
  static absl::StatusOr<std::unique_ptr<TcpStream>> Create(event::Loop* loop, UniqueFd fd);

  ~TcpStream() override;

  void SetHandler(event::IoHandler* handler) override { handler_ = handler; }
  IoResult Read(char* buffer, size_t max) override;
  IoResult Write(ByteQueue* queue) override { return Write(queue, 0); }
  IoResult WriteAndShutdown(ByteQueue* queue) override;
  IoResult Write(absl::string_view data) override;
  void ShutdownWrite() override;
  void ResetOnClose() override;
  int fd() const override { return fd_.get(); }

  // Looks at the first bytes without taking them (MSG_PEEK).
  IoResult Peek(char* buffer, size_t max);
  // Whether the peer has ended its side, as far as the loop has heard: no more bytes will come than
  // Peek() shows.
  bool ended() const { return ended_; }

 private:
  explicit TcpStream(UniqueFd fd) : fd_(std::move(fd)) {}
  void OnIo(event::IoEvents events) override {
    if (events.readable) drained_ = false;
    ended_ = ended_ || events.ended;
    if (handler_ != nullptr) handler_->OnIo(events);
  }

  IoResult Write(ByteQueue* queue, int flags);
  IoResult Failed();
  IoResult FromRead(ssize_t count);

  UniqueFd fd_;
  bool drained_ = false;  // A read came back short: nothing is there until the next edge.
  bool ended_ = false;    // No edge will follow: what is there has to be read for.
  int reset_error_ = 0;   // Once told of a reset, the kernel reports an end in order.
  event::IoWatch watch_;  // After fd_: it ends before the descriptor closes.
  event::IoHandler* handler_ = nullptr;
};

}  // namespace gossamer::net

#endif  // LIB_NET_TCP_STREAM_H_
