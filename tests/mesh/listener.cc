#include "tests/mesh/listener.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace gossamer::mesh_test {

Listener::Listener(harness::Pod* pod, int port) {
  sockaddr_in v4 = {};
  sockaddr_in6 v6 = {};  // Any address; IPv4's too.
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(static_cast<uint16_t>(port));
  const bool ipv6 = !pod->ip6().empty();
  const auto* address = ipv6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  pod->net().Run([&] {
    fd_ = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const timeval timeout = {Socket::kTimeoutSeconds, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    EXPECT_EQ(bind(fd_, address, ipv6 ? sizeof(v6) : sizeof(v4)), 0);
    EXPECT_EQ(listen(fd_, 16), 0);
  });
}

Listener::~Listener() { close(fd_); }

std::unique_ptr<Socket> Listener::Accept() {
  return std::make_unique<Socket>(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
}

bool Listener::HasConnection(absl::Duration timeout) {
  pollfd waiting = {fd_, POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) == 1;
}

}  // namespace gossamer::mesh_test
