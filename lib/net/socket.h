#ifndef LIB_NET_SOCKET_H_
#define LIB_NET_SOCKET_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"

namespace gossamer::net {

// Owns a file descriptor; closes it when destroyed.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

// Options of every TCP connection, accepted or dialled. TCP_NODELAY and SO_KEEPALIVE are always on.
struct SocketOptions {
  // Idle time before keep-alive probes, and their interval; the kernel's where not set.
  absl::Duration keepalive = absl::InfiniteDuration();
  // TCP_USER_TIMEOUT: how long sent data may stay unacknowledged; the kernel's where not set.
  absl::Duration user_timeout = absl::InfiniteDuration();
};

// The one place that sets options on a connected or connecting TCP socket.
void SetSocketOptions(int fd, const SocketOptions& options);

struct ListenOptions {
  int backlog = 4096;  // The kernel caps it at net.core.somaxconn.
  // Several listeners share the port and the kernel spreads connections over them.
  bool reuse_port = false;
};

// A non-blocking listening socket. The error names the address.
absl::StatusOr<UniqueFd> Listen(const SocketAddress& address, const ListenOptions& options);

// Starts a non-blocking connect; the socket becomes writable when it is done, and
// SocketError() then tells how it went. An error here is final (no route, no descriptor).
absl::StatusOr<UniqueFd> Connect(const SocketAddress& address, const SocketOptions& options);

// Takes SO_ERROR: 0, or the errno of what befell the socket.
int SocketError(int fd);

// Where the client wanted to go before netfilter redirected the connection
// (SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST). NotFound where the connection was not redirected.
// `client` is the peer's address: its family decides, also on an IPv6 socket that took an IPv4
// client.
absl::StatusOr<SocketAddress> OriginalDestination(int fd, const SocketAddress& client);

// The socket's own address and its peer's.
SocketAddress LocalAddress(int fd);
SocketAddress PeerAddress(int fd);

}  // namespace gossamer::net

#endif  // LIB_NET_SOCKET_H_
