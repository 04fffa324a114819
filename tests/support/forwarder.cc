#include "tests/support/forwarder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace gossamer::harness {
namespace {

sockaddr_in Address(const char* ip, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

// Copies what is readable on `from` to `to`; false when there will be no more.
bool Copy(int from, int to) {
  char buffer[16 * 1024];
  const ssize_t count = recv(from, buffer, sizeof(buffer), 0);
  for (ssize_t sent = 0; sent < count;) {
    const ssize_t now = send(to, buffer + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  if (count <= 0) shutdown(to, SHUT_WR);
  return count > 0;
}

}  // namespace

absl::StatusOr<HostListener> ListenOnHost(int port) {
  HostListener listener;
  listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  for (listener.port = port; listener.port <= port + kPortsTried; ++listener.port) {
    const sockaddr_in address = Address("127.0.0.1", listener.port);
    if (bind(listener.fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
        listen(listener.fd, 64) == 0) {
      return listener;
    }
    if (errno != EADDRINUSE) break;
  }
  const int error = errno;
  close(listener.fd);
  return absl::UnavailableError(absl::StrCat("cannot listen on 127.0.0.1:", port, " to ",
                                             port + kPortsTried, ": ", strerror(error)));
}

std::unique_ptr<Forwarder> Forwarder::Start(const HostListener& listener, const std::string& ip,
                                            int port) {
  std::unique_ptr<Forwarder> forwarder(new Forwarder());
  forwarder->listener_ = listener.fd;
  forwarder->stop_fd_ = eventfd(0, EFD_CLOEXEC);
  forwarder->ip_ = ip;
  forwarder->port_ = port;
  forwarder->thread_ = std::thread([raw = forwarder.get()] { raw->Accept(); });
  return forwarder;
}

Forwarder::~Forwarder() {
  // Never read: it wakes every thread.
  eventfd_write(stop_fd_, 1);
  thread_.join();
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(
        absl::Condition(+[](int* connections) { return *connections == 0; }, &connections_));
  }
  close(listener_);
  close(stop_fd_);
}

void Forwarder::Accept() {
  for (;;) {
    pollfd fds[] = {{listener_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if (fds[0].revents == 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    absl::MutexLock lock(&mutex_);
    if (connections_ >= kConnectionsMax) {
      close(client);
      continue;
    }
    ++connections_;
    std::thread([this, client] { Carry(client); }).detach();  // The destructor waits for it.
  }
}

void Forwarder::Carry(int client) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Address(ip_.c_str(), port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    bool client_open = true;
    bool server_open = true;
    while (client_open || server_open) {
      // A negative descriptor is one that poll() leaves out.
      pollfd fds[] = {{client_open ? client : -1, POLLIN, 0},
                      {server_open ? server : -1, POLLIN, 0},
                      {stop_fd_, POLLIN, 0}};
      if (poll(fds, 3, -1) < 0 && errno != EINTR) break;
      if (fds[2].revents != 0) break;
      if (fds[0].revents != 0) client_open = Copy(client, server);
      if (fds[1].revents != 0) server_open = Copy(server, client);
    }
  }
  close(server);
  close(client);
  absl::MutexLock lock(&mutex_);
  --connections_;
}

}  // namespace gossamer::harness
