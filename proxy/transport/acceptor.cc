#include "proxy/transport/acceptor.h"

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
                                                           OnConnection on_connection) {
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(loop, std::move(listener), std::move(on_connection)));
  // Connections inherit them.
  net::SetSocketOptions(acceptor->listener_.get(), options);
  GOSSAMER_RETURN_IF_ERROR(acceptor->watch_.Start(loop, acceptor->listener_.get(), acceptor.get()));
  acceptor->again_.Schedule();
  return acceptor;
}

Acceptor::Acceptor(event::Loop* loop, net::UniqueFd listener, OnConnection on_connection)
    : listener_(std::move(listener)),
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
  sockaddr_storage storage;
  socklen_t length = sizeof(storage);
  net::UniqueFd fd(accept4(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.valid()) {
    on_connection_(std::move(fd), net::SocketAddress::From(storage));
    return true;
  }
  switch (errno) {
    case EAGAIN:
      return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy", "cannot accept connections; they wait",
                         {"error", std::strerror(errno)});
      retry_.Arm(kExhaustedPause);
      return false;
    default:
      // ECONNABORTED and the network's own errors belong to the connection that was not to be.
      return true;
  }
}

}  // namespace gossamer::proxy
