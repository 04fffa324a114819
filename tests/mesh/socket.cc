#include "tests/mesh/socket.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gossamer::mesh_test {
namespace {

void SetTimeouts(int fd) {
  const timeval timeout = {Socket::kTimeoutSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

}  // namespace

Socket::Socket(const std::string& ip, int port) {
  sockaddr_in v4 = {};
  sockaddr_in6 v6 = {};
  const bool ipv6 = inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr) == 1;
  inet_pton(AF_INET, ip.c_str(), &v4.sin_addr);
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(static_cast<uint16_t>(port));
  const auto* address = ipv6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  fd_ = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SetTimeouts(fd_);
  connected_ = connect(fd_, address, ipv6 ? sizeof(v6) : sizeof(v4)) == 0;
}

Socket::Socket(int fd) : fd_(fd), connected_(fd >= 0) { SetTimeouts(fd_); }

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

void Socket::Reset() {
  const linger abort = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  close(std::exchange(fd_, -1));
}

bool Socket::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      NoteError();
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void Socket::ShutdownWrite() { shutdown(fd_, SHUT_WR); }

// The kernel tells of a reset once, to whichever call comes first.
void Socket::NoteError() {
  if (error_ == 0) error_ = errno;
}

bool Socket::Fill() {
  if (ended_) return false;
  char chunk[64 * 1024];
  const ssize_t count = recv(fd_, chunk, sizeof(chunk), 0);
  if (count <= 0) {
    if (count < 0) NoteError();
    ended_ = true;
    return false;
  }
  buffer_.append(chunk, static_cast<size_t>(count));
  return true;
}

std::string Socket::ReadUntil(absl::string_view end) {
  const std::string wanted(end);
  size_t found = std::string::npos;
  while ((found = buffer_.find(wanted)) == std::string::npos && Fill()) {
  }
  const size_t size = found == std::string::npos ? buffer_.size() : found + wanted.size();
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

std::string Socket::Read(size_t size) {
  while (buffer_.size() < size && Fill()) {
  }
  std::string taken = buffer_.substr(0, std::min(size, buffer_.size()));
  buffer_.erase(0, taken.size());
  return taken;
}

bool Socket::EndsInReset() {
  ReadAll();
  return error_ == ECONNRESET;
}

bool Socket::AtEnd() {
  if (!buffer_.empty()) return false;
  char byte;
  return ended_ ? true : recv(fd_, &byte, 1, MSG_PEEK) == 0;
}

bool Socket::EndsWithin(absl::Duration timeout) {
  pollfd waiting = {fd_, POLLRDHUP, 0};
  return ended_ || poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0;
}

}  // namespace gossamer::mesh_test
