#include "proxy/init/validator/validator.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/net/socket.h"
#include "lib/status/status_macros.h"

namespace gossamer::proxy_init {
namespace {

// Long enough that nobody else says it by chance.
constexpr size_t kTokenSize = 64;

// 63 letters and digits, and a newline.
std::string MakeToken() {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  absl::BitGen random;
  std::string token;
  while (token.size() < kTokenSize - 1) {
    token += kAlphabet[absl::Uniform<size_t>(random, 0, sizeof(kAlphabet) - 1)];
  }
  return token + '\n';
}

class Deadline {
 public:
  explicit Deadline(absl::Duration timeout) : end_(absl::Now() + timeout) {}

  int RemainingMs() const {
    const absl::Duration left = end_ - absl::Now();
    return left <= absl::ZeroDuration() ? 0 : static_cast<int>(absl::ToInt64Milliseconds(left) + 1);
  }

 private:
  const absl::Time end_;
};

// Sends `token` to whoever connects to `listener`, reads what the connection `client` gets, and
// returns it once it is as long. Other clients of the listener get the token too: it is no secret.
absl::StatusOr<std::string> Exchange(int listener, int client, const std::string& token,
                                     const Deadline& deadline) {
  std::string received;
  net::UniqueFd server;
  while (received.size() < token.size()) {
    std::array<pollfd, 2> fds = {pollfd{listener, POLLIN, 0}, pollfd{client, POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), deadline.RemainingMs());
    if (ready == 0) {
      return absl::DeadlineExceededError(
          server.valid() ? "the connection came back, but not what was sent on it"
                         : "nothing came back: the connection was not redirected");
    }
    if (ready < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "poll");
    if ((fds[0].revents & POLLIN) != 0) {
      server.Reset(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
      // 64 bytes fit into an empty send buffer.
      if (server.valid()) (void)!send(server.get(), token.data(), token.size(), MSG_NOSIGNAL);
    }
    if (fds[1].revents == 0) continue;
    if (const int error = net::SocketError(client); error != 0) {
      return absl::ErrnoToStatus(error, "connect");
    }
    std::array<char, kTokenSize> buffer;
    const ssize_t size = recv(client, buffer.data(), token.size() - received.size(), 0);
    if (size == 0) return absl::UnavailableError("the connection was closed");
    if (size > 0) received.append(buffer.data(), static_cast<size_t>(size));
  }
  return received;
}

}  // namespace

absl::Status ValidateRedirection(const ValidatorOptions& options) {
  const Deadline deadline(options.timeout);
  GOSSAMER_ASSIGN_OR_RETURN(const net::UniqueFd listener, net::Listen(options.listen, {}));
  GOSSAMER_ASSIGN_OR_RETURN(const net::UniqueFd client, net::Connect(options.connect, {}));
  const std::string token = MakeToken();
  GOSSAMER_ASSIGN_OR_RETURN(const std::string received,
                            Exchange(listener.get(), client.get(), token, deadline));
  if (received != token) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.connect.ToString(),
                     " is somebody else's: connections to it are not "
                     "redirected to the proxy"));
  }
  return absl::OkStatus();
}

}  // namespace gossamer::proxy_init
