#ifndef PROXY_INBOUND_LOCAL_APPS_H_
#define PROXY_INBOUND_LOCAL_APPS_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "lib/event/loop.h"
#include "lib/net/ip.h"
#include "proxy/http/h1_pool.h"
#include "proxy/http/h2_client.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// The workload's server at one address, over plaintext, in either version of HTTP.
class LocalApp {
 public:
  LocalApp(WorkerContext* context, const net::SocketAddress& address);

  // Sends the request in its own version.
  void Send(PendingRequest* request);
  // Whether it has no connection, and was sent nothing since this was last asked.
  bool TakeUnused();

 private:
  H1Pool h1_;
  H2Client h2_;
  bool sent_ = false;  // Something, since TakeUnused().
};

// The servers that requests have gone to lately. An address that was not used for a while, and has
// no connection, is forgotten.
class LocalApps {
 public:
  explicit LocalApps(WorkerContext* context);

  LocalApp* Get(const net::SocketAddress& address);

 private:
  static constexpr absl::Duration kSweepInterval = absl::Seconds(90);

  void Sweep();

  WorkerContext* const context_;
  absl::flat_hash_map<net::SocketAddress, std::unique_ptr<LocalApp>> apps_;
  event::Timer sweep_;
};

// How the inbound side connects to the workload.
DialTarget LocalDialTarget(const WorkerContext& context, const net::SocketAddress& address);

}  // namespace gossamer::proxy

#endif  // PROXY_INBOUND_LOCAL_APPS_H_
