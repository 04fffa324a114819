#ifndef PROXY_TRANSPORT_ACCEPTOR_H_
#define PROXY_TRANSPORT_ACCEPTOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "lib/event/loop.h"
#include "lib/net/socket.h"

namespace gossamer::proxy {

// Takes connections off a listening socket.
//
// Where the process is out of descriptors it leaves connections in the kernel's backlog and tries
// again shortly, instead of spinning: overload delays new work and harms nothing that runs.
class Acceptor final : private event::IoHandler {
 public:
  // Gets each connection with its socket options set. Runs on the loop's thread.
  using OnConnection = absl::AnyInvocable<void(net::UniqueFd fd, const net::SocketAddress& client)>;

  static absl::StatusOr<std::unique_ptr<Acceptor>> Create(event::Loop* loop, net::UniqueFd listener,
                                                          const net::SocketOptions& options,
                                                          OnConnection on_connection);

  // Closes the listener: what is in its backlog is refused by the kernel.
  void Stop();
  bool stopped() const { return !watch_.active(); }

 private:
  // A burst of clients must not keep established connections waiting.
  static constexpr int kMaxPerTurn = 64;
  static constexpr absl::Duration kExhaustedPause = absl::Milliseconds(100);

  Acceptor(event::Loop* loop, net::UniqueFd listener, OnConnection on_connection);

  void OnIo(event::IoEvents) override { AcceptSome(); }
  void AcceptSome();
  // True where accepting may go on.
  bool AcceptOne();

  net::UniqueFd listener_;
  OnConnection on_connection_;
  event::IoWatch watch_;
  event::Deferred again_;
  event::Timer retry_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_ACCEPTOR_H_
