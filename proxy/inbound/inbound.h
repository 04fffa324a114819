#ifndef PROXY_INBOUND_INBOUND_H_
#define PROXY_INBOUND_INBOUND_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "lib/net/socket.h"
#include "proxy/inbound/inbound_connection.h"
#include "proxy/overload/memory_holder.h"
#include "proxy/transport/acceptor.h"
#include "proxy/worker/connection_counts.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// A worker's inbound side: from the network to the workload.
class Inbound {
 public:
  // `context` is borrowed and outlives this.
  explicit Inbound(WorkerContext* context) : context_(context), shared_(context) {}
  // Begins to take connections from a listening socket.
  absl::Status Listen(net::UniqueFd listener);
  // HTTP connections finish what is in flight and close; new connections are still served.
  void Drain();
  // Stops listening and ends all connections: a turn of the loop before this is destroyed, for they
  // are gone at its end.
  void Abort();
  // Closes those that Drain() has told and that have not closed yet.
  void CloseDraining();
  ConnectionCounts Counts() const;
  // Adds all clients' connections.
  void ListHolders(std::vector<MemoryHolder*>* holders) const;

 private:
  void OnConnection(net::UniqueFd fd, const net::SocketAddress& client);

  WorkerContext* const context_;
  InboundShared shared_;
  std::unique_ptr<Acceptor> acceptor_;
  uint64_t accepted_ = 0;
};

}  // namespace gossamer::proxy

#endif  // PROXY_INBOUND_INBOUND_H_
