#include "lib/net/socket.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace gossamer::net {
namespace {

// From linux/netfilter_ipv4.h and ip6_tables.h, whose headers clash with netinet/in.h.
constexpr int kSoOriginalDst = 80;

void SetInt(int fd, int level, int name, int value) {
  // A socket that the peer has reset already refuses options: its next read reports it.
  (void)setsockopt(fd, level, name, &value, sizeof(value));
}

absl::Status ErrnoStatus(int error, absl::string_view what, const SocketAddress& address) {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", address.ToString()));
}

absl::StatusOr<UniqueFd> OpenSocket(const SocketAddress& address, absl::string_view what) {
  const int family = address.ip().is_v4() ? AF_INET : AF_INET6;
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus(errno, what, address);
  return fd;
}

}  // namespace

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

void SetSocketOptions(int fd, const SocketOptions& options) {
  SetInt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetInt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (options.keepalive != absl::InfiniteDuration()) {
    constexpr int64_t kMaxKeepaliveSeconds = 32767;  // The kernel's; more would be refused.
    const int seconds = static_cast<int>(
        std::clamp<int64_t>(absl::ToInt64Seconds(options.keepalive), 1, kMaxKeepaliveSeconds));
    SetInt(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    SetInt(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
  }
  if (options.user_timeout != absl::InfiniteDuration()) {
    SetInt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
           static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(options.user_timeout),
                                              std::numeric_limits<int>::max())));
  }
}

absl::StatusOr<UniqueFd> Listen(const SocketAddress& address, const ListenOptions& options) {
  absl::StatusOr<UniqueFd> fd = OpenSocket(address, "listen on");
  if (!fd.ok()) return fd;
  SetInt(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  // [::] takes IPv4 clients too, whatever the system's default.
  if (!address.ip().is_v4()) SetInt(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (options.reuse_port) SetInt(fd->get(), SOL_SOCKET, SO_REUSEPORT, 1);
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage);
  if (bind(fd->get(), reinterpret_cast<sockaddr*>(&storage), length) != 0 ||
      listen(fd->get(), options.backlog) != 0) {
    return ErrnoStatus(errno, "listen on", address);
  }
  return fd;
}

absl::StatusOr<UniqueFd> Connect(const SocketAddress& address, const SocketOptions& options) {
  absl::StatusOr<UniqueFd> fd = OpenSocket(address, "connect to");
  if (!fd.ok()) return fd;
  SetSocketOptions(fd->get(), options);
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage);
  if (connect(fd->get(), reinterpret_cast<sockaddr*>(&storage), length) != 0 &&
      errno != EINPROGRESS) {
    return ErrnoStatus(errno, "connect to", address);
  }
  return fd;
}

int SocketError(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

absl::StatusOr<SocketAddress> OriginalDestination(int fd, const SocketAddress& client) {
  const bool v4 = client.ip().is_v4();
  sockaddr_storage storage;
  socklen_t length = sizeof(storage);
  if (getsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, kSoOriginalDst, &storage, &length) != 0) {
    return absl::NotFoundError(absl::StrCat("no original destination: ", std::strerror(errno)));
  }
  return SocketAddress::From(storage);
}

SocketAddress LocalAddress(int fd) {
  sockaddr_storage storage = {};
  socklen_t length = sizeof(storage);
  (void)getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::From(storage);
}

SocketAddress PeerAddress(int fd) {
  sockaddr_storage storage = {};
  socklen_t length = sizeof(storage);
  (void)getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::From(storage);
}

}  // namespace gossamer::net
