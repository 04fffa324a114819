#include "tests/conformance/http1/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

// Tests send small pieces and wait for what comes of each.
void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace

int Listen(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd >= 0, "socket");
  sockaddr_in address = Loopback(0);
  const socklen_t size = sizeof(address);
  Require(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  Require(listen(fd, 64) == 0, "listen");
  *port = PortOf(fd);
  return fd;
}

uint16_t PortOf(int listener) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  Require(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd >= 0, "socket");
  const sockaddr_in address = Loopback(port);
  Require(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
          "connect");
  SendAtOnce(fd);
  return fd;
}

int ListenAt(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd >= 0, "socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = Loopback(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  Require(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "bind");
  Require(listen(fd, 64) == 0, "listen");
  return fd;
}

int ConnectTo(const std::string& ip, uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(fd >= 0, "socket");
  sockaddr_in address = Loopback(port);
  SendAtOnce(fd);
  Require(inet_pton(AF_INET, ip.c_str(), &address.sin_addr) == 1, "inet_pton");
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
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
