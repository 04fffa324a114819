#ifndef LIB_NET_TESTING_LOOPBACK_H_
#define LIB_NET_TESTING_LOOPBACK_H_

#include <functional>
#include <memory>

#include "lib/event/loop.h"
#include "lib/net/socket.h"
#include "lib/net/tcp_stream.h"

namespace gossamer::net::testing {

struct SocketPair {
  UniqueFd client;
  UniqueFd server;
};

// A TCP connection over loopback, both ends non-blocking. With `buffer_bytes`, the kernel's buffers
// are about that small. Aborts the test where the system refuses.
SocketPair TcpPair(int buffer_bytes = 0);

struct StreamPair {
  std::unique_ptr<TcpStream> client;
  std::unique_ptr<TcpStream> server;
};
StreamPair TcpStreamPair(event::Loop* loop, int buffer_bytes = 0);

// Runs the loop until `done`; false where that takes longer than ten seconds.
[[nodiscard]] bool RunUntil(event::Loop* loop, const std::function<bool()>& done);

}  // namespace gossamer::net::testing

#endif  // LIB_NET_TESTING_LOOPBACK_H_
