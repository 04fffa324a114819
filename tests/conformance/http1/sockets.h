#ifndef TESTS_CONFORMANCE_HTTP1_SOCKETS_H_
#define TESTS_CONFORMANCE_HTTP1_SOCKETS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// Blocking TCP over IPv4 for tests. What cannot fail on loopback ends the process if it does.
namespace gossamer::conformance {

// A listening socket on a free port.
int Listen(uint16_t* port);
// Where a listening socket listens.
uint16_t PortOf(int listener);
int Connect(uint16_t port);
// The same for any address of the calling thread's network: a listener on all of them at `port`,
// and a connection to one; -1 where there is none.
int ListenAt(uint16_t port);
int ConnectTo(const std::string& ip, uint16_t port);
// False where the peer has gone.
bool SendAll(int fd, absl::string_view bytes);
// Appends what is there within `timeout_ms`. 1: something; 0: the peer has closed or reset; -1:
// nothing in time.
int Receive(int fd, int timeout_ms, std::string* bytes);

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_SOCKETS_H_
