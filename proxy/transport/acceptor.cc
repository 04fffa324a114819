#include "proxy/transport/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/log/log.h"
#include "lib/status/status_macros.h"

namespace gossamer::proxy {

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Create(event::Loop* loop,
                                                           net::UniqueFd listener,
                                                           const net::SocketOptions& options,
                                                           OnConnection on_connection,
                                                           const ConnectionLimit* limit) {
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(loop, std::move(listener), limit, std::move(on_connection)));
  // Connections inherit them.
  net::SetSocketOptions(acceptor->listener_.get(), options);
  GOSSAMER_RETURN_IF_ERROR(acceptor->watch_.Start(loop, acceptor->listener_.get(), acceptor.get()));
  acceptor->again_.Schedule();
  return acceptor;
}

Acceptor::Acceptor(event::Loop* loop, net::UniqueFd listener, const ConnectionLimit* limit,
                   OnConnection on_connection)
    : listener_(std::move(listener)),
      limit_(limit),
      on_connection_(std::move(on_connection)),
      again_(loop, [this] { AcceptSome(); }),
      retry_(loop, [this] { AcceptSome(); }) {}

void Acceptor::Stop() {
  watch_.Stop();
  again_.Cancel();
  retry_.Cancel();
  listener_.Reset();
}

void Acceptor::AcceptSome() {
  for (int i = 0; i < kMaxPerTurn; ++i) {
    if (stopped() || !AcceptOne()) return;
  }
  again_.Schedule();
}

bool Acceptor::AcceptOne() {
  if (limit_ != nullptr && limit_->full()) {
    Pause(limit_->short_of_memory() ? "memory is short"
                                    : "as many clients as the limit of open files allows");
    return false;
  }
  net::SocketAddress client;
  net::UniqueFd fd = TakeConnection(&client);
  if (!fd.valid() && errno == EMFILE && spare_.valid()) {
    spare_.Reset();
    fd = TakeConnection(&client);
  }
  if (fd.valid()) {
    on_connection_(std::move(fd), client);
    return true;
  }
  switch (errno) {
    case EAGAIN:
      return false;
    // These belong to the connection that was not to be (accept(2)).
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPERM:  // A firewall's refusal.
    case EPROTO:
      return true;
    default:
      // EMFILE, ENFILE, ENOBUFS, ENOMEM; and what is not known must not make the loop spin.
      Pause(std::strerror(errno));
      return false;
  }
}

net::UniqueFd Acceptor::TakeConnection(net::SocketAddress* client) {
  sockaddr_storage storage;
  socklen_t length = sizeof(storage);
  net::UniqueFd fd(accept4(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.valid()) *client = net::SocketAddress::From(storage);
  return fd;
}

void Acceptor::KeepSpare() {
  if (!spare_.valid()) spare_.Reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Acceptor::Pause(absl::string_view why) {
  GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy", "cannot accept connections; they wait",
                     {"error", why});
  retry_.Arm(kExhaustedPause);
}

}  // namespace gossamer::proxy
