#ifndef PROXY_INBOUND_INBOUND_H_
#define PROXY_INBOUND_INBOUND_H_

#include <memory>

#include "absl/status/status.h"
#include "lib/net/socket.h"
#include "proxy/inbound/inbound_connection.h"
#include "proxy/transport/acceptor.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// A worker's inbound side: from the network to the workload.
class Inbound {
 public:
  // `context` is borrowed and outlives this.
  explicit Inbound(WorkerContext* context) : context_(context), shared_(context) {}
  ~Inbound();

  // Begins to take connections from a listening socket.
  absl::Status Listen(net::UniqueFd listener);
  // HTTP connections finish what is in flight and close; new connections are still served.
  void Drain();
  void StopListening() { acceptor_.reset(); }
  // Connections that are being served.
  int active() const { return static_cast<int>(shared_.connections.size()); }

 private:
  void OnConnection(net::UniqueFd fd, const net::SocketAddress& client);

  WorkerContext* const context_;
  InboundShared shared_;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_INBOUND_INBOUND_H_
