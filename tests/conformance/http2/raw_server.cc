#include "tests/conformance/http2/raw_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "tests/conformance/http1/sockets.h"

namespace gossamer::conformance {

RawServer::RawServer(int listener) : listener_(listener) {
  if (pipe(stop_pipe_) != 0) std::abort();
  thread_ = std::thread([this] { Run(); });
}

RawServer::~RawServer() {
  close(stop_pipe_[1]);
  thread_.join();
  for (const auto& [fd, connection] : connections_) close(fd);
  close(stop_pipe_[0]);
  close(listener_);
}

void RawServer::Play(ServerScript script) {
  absl::MutexLock lock(&mutex_);
  script_ = std::move(script);
  attempts_ = 0;
}

void RawServer::Run() {
  while (true) {
    std::vector<pollfd> fds = {{stop_pipe_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [fd, connection] : connections_) fds.push_back({fd, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) connections_[fd];
    }
    for (size_t i = 2; i < fds.size(); ++i) {
      const int fd = fds[i].fd;
      if (fds[i].revents == 0 || Read(fd, &connections_[fd])) continue;
      close(fd);
      connections_.erase(fd);
    }
  }
}

bool RawServer::Read(int fd, Connection* connection) {
  if (Receive(fd, 0, &connection->bytes) == 0) return false;
  bool goes_on = !connection->ended;
  if (goes_on && !connection->greeted) {
    if (connection->bytes.size() < kPreface.size()) return true;
    connection->bytes.erase(0, kPreface.size());
    connection->greeted = true;
    goes_on = Greet(fd);
  }
  while (goes_on) {
    const absl::optional<Frame> frame = TakeFrame(&connection->bytes);
    if (!frame) return true;
    goes_on = Handle(fd, *frame);
  }
  // Closing with input unread would make a reset, which may overtake what was said.
  connection->ended = true;
  connection->bytes.clear();
  shutdown(fd, SHUT_WR);
  return true;
}

bool RawServer::Greet(int fd) {
  absl::MutexLock lock(&mutex_);
  const bool stays = script_.answer != nullptr || !script_.closes;
  return SendAll(fd, script_.hello) && stays;
}

bool RawServer::Handle(int fd, const Frame& frame) {
  const bool ack = (frame.flags & kAck) != 0;
  if (frame.type == kHeaders) return Answer(fd, frame.stream);
  if (frame.type == kSettings && !ack) return SendAll(fd, Encode(kSettings, kAck, 0, ""));
  if (frame.type == kPing && !ack) return SendAll(fd, PingFrame(frame.payload, kAck));
  return true;
}

bool RawServer::Answer(int fd, uint32_t stream) {
  absl::MutexLock lock(&mutex_);
  if (script_.answer == nullptr) {
    return SendAll(fd, HeadersFrame(stream, {{":status", "200"}}, kEndHeaders) +
                           DataFrame(stream, "ok", kEndStream));
  }
  return SendAll(fd, script_.answer(stream, ++attempts_)) && !script_.closes;
}

}  // namespace gossamer::conformance
