#include "tests/fault/tcp.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"

namespace gossamer::fault_test {
namespace {

sockaddr_in AddressOf(const std::string& ip, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

// True where the descriptor is ready before the deadline.
bool Await(int fd, short events, absl::Time deadline) {
  while (true) {
    const int64_t left = std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now()));
    pollfd ready = {fd, events, 0};
    const int count = poll(&ready, 1, static_cast<int>(left) + 1);
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

}  // namespace

std::unique_ptr<Tcp> Tcp::Connect(harness::Pod* from, const std::string& ip, int port,
                                  int receive_buffer) {
  std::unique_ptr<Tcp> tcp;
  from->net().Run([&] { tcp = Connect(ip, port, receive_buffer); });
  return tcp;
}

std::unique_ptr<Tcp> Tcp::Connect(const std::string& ip, int port, int receive_buffer) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::make_unique<Tcp>(fd);
  if (receive_buffer > 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  const sockaddr_in address = AddressOf(ip, port);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  auto tcp = std::make_unique<Tcp>(fd);
  tcp->connected_ = connected;
  return tcp;
}

Tcp::Tcp(int fd) : fd_(fd), connected_(fd >= 0) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Tcp::~Tcp() { close(fd_); }

bool Tcp::Send(absl::string_view bytes) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (sent == 0 || (errno != EAGAIN && errno != EINTR) || !Await(fd_, POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

size_t Tcp::SendUntilBlocked(absl::string_view block, size_t max, absl::Duration still) {
  size_t total = 0;
  while (total < max) {
    const ssize_t sent =
        send(fd_, block.data(), std::min(block.size(), max - total), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      total += static_cast<size_t>(sent);
    } else if (sent == 0 || errno != EAGAIN || !Await(fd_, POLLOUT, absl::Now() + still)) {
      break;
    }
  }
  return total;
}

void Tcp::Fin() { shutdown(fd_, SHUT_WR); }

void Tcp::Reset() {
  if (std::exchange(closed_, true)) return;
  const linger abort = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  // Disconnecting resets at once, and the number stays this object's.
  sockaddr nowhere = {};
  nowhere.sa_family = AF_UNSPEC;
  (void)connect(fd_, &nowhere, sizeof(nowhere));
}

bool Tcp::Fill(absl::Time deadline) {
  if (end_ != End::kOpen || closed_) return false;
  if (!Await(fd_, POLLIN, deadline)) return false;
  char chunk[64 * 1024];
  const ssize_t count = recv(fd_, chunk, sizeof(chunk), MSG_DONTWAIT);
  if (count > 0) {
    buffer_.append(chunk, static_cast<size_t>(count));
    return true;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  end_ = count == 0 ? End::kFin : End::kReset;
  return false;
}

std::string Tcp::ReadUntil(absl::string_view mark) {
  const absl::Time deadline = absl::Now() + kPatience;
  const std::string wanted(mark);
  size_t at = std::string::npos;
  while ((at = buffer_.find(wanted)) == std::string::npos && Fill(deadline)) {
  }
  const size_t size = at == std::string::npos ? buffer_.size() : at + wanted.size();
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

std::string Tcp::Read(size_t bytes) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (buffer_.size() < bytes && Fill(deadline)) {
  }
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, taken.size());
  return taken;
}

std::string Tcp::ReadSome() {
  const absl::Time deadline = absl::Now() + kPatience;
  while (buffer_.empty() && Fill(deadline)) {
  }
  return std::exchange(buffer_, std::string());
}

std::string Tcp::ReadAll(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Fill(deadline)) {
  }
  return std::exchange(buffer_, std::string());
}

End Tcp::AwaitEnd(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Fill(deadline)) buffer_.clear();
  return end_;
}

void Tcp::Abort() { shutdown(fd_, SHUT_RDWR); }

TcpServer::TcpServer(harness::Pod* pod, int port, Serve serve) : serve_(std::move(serve)) {
  pod->net().Run([&] { listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); });
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in address = AddressOf("0.0.0.0", port);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, 4096) != 0) {
    std::perror("TcpServer: listen");
    std::abort();
  }
  accepter_ = std::thread([this] { Accept(); });
}

TcpServer::~TcpServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& connection : connections_) {
      if (connection != nullptr) connection->Abort();
    }
  }
  shutdown(listener_, SHUT_RDWR);
  accepter_.join();
  const auto all_served = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&all_served));
  close(listener_);
}

int TcpServer::accepted() {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(connections_.size());
}

int TcpServer::open() {
  absl::MutexLock lock(&mutex_);
  return open_;
}

void TcpServer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      if (fd >= 0) close(fd);
      return;
    }
    if (fd < 0) continue;
    const size_t index = connections_.size();
    connections_.push_back(std::make_unique<Tcp>(fd));
    ++open_;
    // Not kept: there are thousands over a test. The destructor waits for open_ to come down.
    std::thread([this, index, connection = connections_.back().get()] {
      serve_(connection);
      absl::MutexLock done(&mutex_);
      connections_[index].reset();
      --open_;
    }).detach();
  }
}

bool Eventually(const std::function<bool()>& done, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (!done()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace gossamer::fault_test
