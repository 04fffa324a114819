#ifndef TESTS_BENCH_SOCKETS_H_
#define TESTS_BENCH_SOCKETS_H_

#include <string>

namespace gossamer::bench {

// The load programs' sockets: IPv4, non-blocking, TCP_NODELAY. -1 where it cannot be had.
int ConnectTo(const std::string& ip, int port);
// Without waiting: the connection is made when the socket becomes writable.
int BeginConnect(const std::string& ip, int port);
int ListenAt(int port, const std::string& ip = "0.0.0.0");
int AcceptFrom(int listener);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_SOCKETS_H_
