#include "lib/net/testing/loopback.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"

namespace gossamer::net::testing {
namespace {

template <typename T>
T Value(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "loopback: %s\n", result.status().ToString().c_str());
    std::abort();
  }
  return *std::move(result);
}

void LimitBuffers(int fd, int bytes) {
  if (bytes == 0) return;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

}  // namespace

SocketPair TcpPair(int buffer_bytes) {
  const SocketAddress any = Value(SocketAddress::Parse("127.0.0.1:0"));
  UniqueFd listener = Value(Listen(any, ListenOptions()));
  LimitBuffers(listener.get(), buffer_bytes);
  SocketPair pair;
  pair.client = Value(Connect(LocalAddress(listener.get()), SocketOptions()));
  LimitBuffers(pair.client.get(), buffer_bytes);
  pollfd waiting = {listener.get(), POLLIN, 0};
  poll(&waiting, 1, 10'000);
  pair.server = UniqueFd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!pair.server.valid()) std::abort();
  SetSocketOptions(pair.server.get(), SocketOptions());
  LimitBuffers(pair.server.get(), buffer_bytes);
  return pair;
}

StreamPair TcpStreamPair(event::Loop* loop, int buffer_bytes) {
  SocketPair sockets = TcpPair(buffer_bytes);
  return {Value(TcpStream::Create(loop, std::move(sockets.client))),
          Value(TcpStream::Create(loop, std::move(sockets.server)))};
}

bool RunUntil(event::Loop* loop, const std::function<bool()>& done) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!done()) {
    if (absl::Now() > deadline) return false;
    loop->RunOnce(absl::Milliseconds(10));
  }
  return true;
}

}  // namespace gossamer::net::testing
