#include "tests/bench/keep_alive_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/load_ports.h"
#include "tests/bench/sockets.h"

namespace gossamer::bench {
namespace {

constexpr int kTimeoutMs = 5000;

}  // namespace

KeepAliveClient::KeepAliveClient(harness::PodNamespace* net, const std::string& ip, int port,
                                 const std::string& authority)
    : request_(absl::StrCat("GET / HTTP/1.1\r\nhost: ", authority, "\r\n\r\n")) {
  net->Run([&] { fd_ = ConnectTo(ip, port); });
}

KeepAliveClient::~KeepAliveClient() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<std::string> KeepAliveClient::Get() {
  if (fd_ < 0) return absl::UnavailableError("cannot connect to the load server");
  send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL);
  std::string answer;
  for (;;) {
    const size_t head = answer.find("\r\n\r\n");
    if (head != std::string::npos && !absl::StartsWith(answer, "HTTP/1.1 200")) break;
    if (head != std::string::npos && answer.size() >= head + 4 + kPlainBody) {
      return answer.substr(0, head + 4);
    }
    pollfd ready = {fd_, POLLIN, 0};
    char buffer[4096];
    const ssize_t size =
        poll(&ready, 1, kTimeoutMs) == 1 ? recv(fd_, buffer, sizeof(buffer), 0) : 0;
    if (size <= 0) break;
    answer.append(buffer, static_cast<size_t>(size));
  }
  return absl::UnavailableError(absl::StrCat("the load server answered: ", answer));
}

}  // namespace gossamer::bench
