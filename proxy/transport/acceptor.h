#ifndef PROXY_TRANSPORT_ACCEPTOR_H_
#define PROXY_TRANSPORT_ACCEPTOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/net/socket.h"
#include "proxy/transport/connection_limit.h"

namespace gossamer::proxy {

// Takes connections off a listening socket.
//
// Where the process is out of descriptors or memory, or has as many clients as it can serve, it
// leaves connections in the kernel's backlog and tries again shortly, instead of spinning: overload
// delays new work and harms nothing that runs.
class Acceptor final : private event::IoHandler {
 public:
  // Gets each connection with its socket options set. Runs on the loop's thread.
  using OnConnection = absl::AnyInvocable<void(net::UniqueFd fd, const net::SocketAddress& client)>;

  // `limit` is borrowed and outlives the acceptor; null for none.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Create(event::Loop* loop, net::UniqueFd listener,
                                                          const net::SocketOptions& options,
                                                          OnConnection on_connection,
                                                          const ConnectionLimit* limit = nullptr);

  // For a listener that must answer when descriptors are out: keeps one to spare, with which the
  // next connection is then accepted. Call it again when that one has been closed.
  void KeepSpare();
  // Closes the listener: what is in its backlog is refused by the kernel.
  void Stop();
  bool stopped() const { return !watch_.active(); }

 private:
  // A burst of clients must not keep established connections waiting.
  static constexpr int kMaxPerTurn = 64;
  static constexpr absl::Duration kExhaustedPause = absl::Milliseconds(100);

  Acceptor(event::Loop* loop, net::UniqueFd listener, const ConnectionLimit* limit,
           OnConnection on_connection);

  void OnIo(event::IoEvents) override { AcceptSome(); }
  void AcceptSome();
  // True where accepting may go on.
  bool AcceptOne();
  net::UniqueFd TakeConnection(net::SocketAddress* client);
  void Pause(absl::string_view why);

  net::UniqueFd listener_;
  net::UniqueFd spare_;  // Given up for a connection where there is no other descriptor.
  const ConnectionLimit* const limit_;
  OnConnection on_connection_;
  event::IoWatch watch_;
  event::Deferred again_;
  event::Timer retry_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_ACCEPTOR_H_
