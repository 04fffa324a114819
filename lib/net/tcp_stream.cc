#include "lib/net/tcp_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "lib/status/status_macros.h"

namespace gossamer::net {
absl::StatusOr<std::unique_ptr<TcpStream>> TcpStream::Create(event::Loop* loop, UniqueFd fd) {
  std::unique_ptr<TcpStream> stream(new TcpStream(std::move(fd)));
  GOSSAMER_RETURN_IF_ERROR(stream->watch_.Start(loop, stream->fd_.get(), stream.get()));
  return stream;
}

IoResult TcpStream::Failed() {
  // ENOTCONN: still connecting.
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOTCONN) {
    return {IoStatus::kBlocked, 0, 0};
  }
  // A broken pipe alone may also follow an end in order: what came before it can still be read.
  if (errno != EPIPE) reset_error_ = errno;
  return {IoStatus::kError, errno, 0};
}

IoResult TcpStream::FromRead(ssize_t count) {
  if (count > 0) return {IoStatus::kOk, 0, static_cast<size_t>(count)};
  if (count < 0) return Failed();
  if (reset_error_ != 0) return {IoStatus::kError, reset_error_, 0};
  return {IoStatus::kEof, 0, 0};
}

IoResult TcpStream::Read(char* buffer, size_t max) {
  // Saves the system call that would only say so.
  if (drained_ && !ended_) return {IoStatus::kBlocked, 0, 0};
  const ssize_t count = recv(fd_.get(), buffer, max, 0);
  drained_ = count > 0 && static_cast<size_t>(count) < max;
  return FromRead(count);
}

IoResult TcpStream::Peek(char* buffer, size_t max) {
  return FromRead(recv(fd_.get(), buffer, max, MSG_PEEK));
}

IoResult TcpStream::Write(ByteQueue* queue) {
  constexpr int kMaxParts = 16;
  IoResult total;
  while (!queue->empty()) {
    iovec parts[kMaxParts];
    msghdr message = {};
    message.msg_iov = parts;
    message.msg_iovlen = queue->Gather(parts, kMaxParts);
    const ssize_t count = sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (count < 0) {
      IoResult failed = Failed();
      failed.bytes = total.bytes;
      return failed;
    }
    queue->Consume(static_cast<size_t>(count));
    total.bytes += static_cast<size_t>(count);
  }
  return total;
}

IoResult TcpStream::Write(absl::string_view data) {
  IoResult total;
  while (total.bytes < data.size()) {
    const ssize_t count =
        send(fd_.get(), data.data() + total.bytes, data.size() - total.bytes, MSG_NOSIGNAL);
    if (count < 0) {
      IoResult failed = Failed();
      failed.bytes = total.bytes;
      return failed;
    }
    total.bytes += static_cast<size_t>(count);
  }
  return total;
}

void TcpStream::ShutdownWrite() { (void)shutdown(fd_.get(), SHUT_WR); }

void TcpStream::ResetOnClose() {
  const linger abort = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
}

}  // namespace gossamer::net
