#include "tests/conformance/http1/scripted_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "tests/conformance/http1/sockets.h"

namespace gossamer::conformance {

ScriptedServer::ScriptedServer()
    : ScriptedServer([] {
        uint16_t port = 0;
        return Listen(&port);
      }()) {}

ScriptedServer::ScriptedServer(int listener) : port_(PortOf(listener)), listener_(listener) {
  if (pipe(stop_pipe_) != 0) std::abort();
  thread_ = std::thread([this] { Run(); });
}

ScriptedServer::~ScriptedServer() {
  close(stop_pipe_[1]);
  thread_.join();
  for (const auto& [fd, connection] : connections_) close(fd);
  close(stop_pipe_[0]);
  close(listener_);
}

void ScriptedServer::Play(const Http1Case* test_case) {
  absl::MutexLock lock(&mutex_);
  test_case_ = test_case;
  requests_.clear();
}

std::vector<std::string> ScriptedServer::Requests() {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

void ScriptedServer::Run() {
  while (true) {
    std::vector<pollfd> fds = {{stop_pipe_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [fd, connection] : connections_) fds.push_back({fd, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0) Accept();
    for (size_t i = 2; i < fds.size(); ++i) {
      const int fd = fds[i].fd;
      if (fds[i].revents == 0 || Read(fd, &connections_[fd])) continue;
      close(fd);
      connections_.erase(fd);
    }
  }
}

void ScriptedServer::Accept() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) connections_[fd];
}

bool ScriptedServer::Read(int fd, Connection* connection) {
  std::string bytes;
  if (Receive(fd, 0, &bytes) == 0) return false;
  if (connection->tunnel) return SendAll(fd, bytes);
  connection->reader.Add(bytes);
  while (!connection->tunnel) {
    AnswerHead(fd, connection);
    const absl::optional<std::string> request = connection->reader.NextRequest();
    if (!request) return true;
    connection->interim_sent = false;
    if (!Answer(fd, *request, connection)) return false;
  }
  return true;
}

void ScriptedServer::AnswerHead(int fd, Connection* connection) {
  if (connection->interim_sent || !connection->reader.HasHead()) return;
  connection->interim_sent = true;
  if (absl::StrContains(connection->reader.bytes(), kProbePath)) return;
  absl::MutexLock lock(&mutex_);
  if (test_case_ != nullptr) SendAll(fd, test_case_->interim);
}

bool ScriptedServer::Answer(int fd, const std::string& request, Connection* connection) {
  if (absl::StrContains(request, kProbePath)) {
    const absl::string_view body = kProbeBody;
    return SendAll(
        fd, absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
  }
  absl::MutexLock lock(&mutex_);
  requests_.push_back(request);
  if (test_case_ == nullptr || absl::StartsWith(request, "malformed")) return false;
  connection->tunnel = test_case_->tunnel;
  return SendAll(fd, test_case_->response) && !test_case_->server_closes;
}

}  // namespace gossamer::conformance
