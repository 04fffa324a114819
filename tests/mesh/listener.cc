#include "tests/mesh/listener.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace gossamer::mesh_test {

Listener::Listener(harness::Pod* pod, int port) {
  pod->net().Run([&] {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const timeval timeout = {Socket::kTimeoutSeconds, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
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
