#include "tests/conformance/http1/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace gossamer::conformance {
namespace {

void Require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::abort();
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int Listen(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd >= 0, "socket");
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  Require(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  Require(listen(fd, 64) == 0, "listen");
  Require(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd >= 0, "socket");
  const sockaddr_in address = Loopback(port);
  Require(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
          "connect");
  return fd;
}

bool SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

int Receive(int fd, int timeout_ms, std::string* bytes) {
  pollfd poll_fd = {fd, POLLIN, 0};
  if (poll(&poll_fd, 1, timeout_ms) <= 0) return -1;
  char buffer[65536];
  const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
  if (got <= 0) return 0;
  bytes->append(buffer, static_cast<size_t>(got));
  return 1;
}

}  // namespace gossamer::conformance
