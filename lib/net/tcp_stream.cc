#include "lib/net/tcp_stream.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "lib/status/status_macros.h"

namespace gossamer::net {
namespace {

// The C library's recv() and send() are cancellation points: in a program with threads each makes
// two atomic operations more, for threads that nobody cancels.
ssize_t Receive(int fd, char* buffer, size_t size, int flags) {
  return syscall(SYS_recvfrom, fd, buffer, size, flags, nullptr, nullptr);
}

ssize_t Send(int fd, const char* data, size_t size, int flags) {
  return syscall(SYS_sendto, fd, data, size, MSG_NOSIGNAL | flags, nullptr, 0);
}

ssize_t Send(int fd, iovec* parts, int count, int flags) {
  if (count == 1) return Send(fd, static_cast<const char*>(parts->iov_base), parts->iov_len, flags);
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<size_t>(count);
  return syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL | flags);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TcpStream>> TcpStream::Create(event::Loop* loop, UniqueFd fd) {
  std::unique_ptr<TcpStream> stream(new TcpStream(std::move(fd)));
  GOSSAMER_RETURN_IF_ERROR(stream->watch_.Start(loop, stream->fd_.get(), stream.get()));
  return stream;
}

TcpStream::~TcpStream() { watch_.StopBeforeClose(); }

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
  const ssize_t count = Receive(fd_.get(), buffer, max, 0);
  drained_ = count > 0 && static_cast<size_t>(count) < max;
  return FromRead(count);
}

IoResult TcpStream::Peek(char* buffer, size_t max) {
  return FromRead(Receive(fd_.get(), buffer, max, MSG_PEEK));
}

IoResult TcpStream::WriteAndShutdown(ByteQueue* queue) {
  const IoResult result = Write(queue, MSG_MORE);
  if (result.status == IoStatus::kOk) ShutdownWrite();
  return result;
}

IoResult TcpStream::Write(ByteQueue* queue, int flags) {
  constexpr int kMaxParts = 16;
  IoResult total;
  while (!queue->empty()) {
    iovec parts[kMaxParts];
    const ssize_t count = Send(fd_.get(), parts, queue->Gather(parts, kMaxParts), flags);
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
    const ssize_t count = Send(fd_.get(), data.data() + total.bytes, data.size() - total.bytes, 0);
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
