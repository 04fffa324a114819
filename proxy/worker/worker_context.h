#ifndef PROXY_WORKER_WORKER_CONTEXT_H_
#define PROXY_WORKER_WORKER_CONTEXT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/net/ip.h"
#include "lib/net/socket.h"
#include "proxy/balance/fast_random.h"
#include "proxy/config/config.h"
#include "proxy/discovery/endpoint.h"
#include "proxy/discovery/hub.h"
#include "proxy/http/h2_client.h"
#include "proxy/identity/credentials.h"
#include "proxy/metrics/proxy_metrics.h"
#include "proxy/policy/inbound_policy.h"
#include "proxy/policy/outbound_policy.h"
#include "proxy/transport/connection_limit.h"
#include "proxy/transport/early_dial.h"
#include "proxy/transport/forward_deadline.h"

namespace gossamer::proxy {

using PortHub = Hub<uint16_t, ServerPolicy>;
using TargetHub = Hub<net::SocketAddress, OutboundPolicy>;
using EndpointsHub = Hub<std::string, EndpointSet>;

// What everything on one worker shares. Pointers are borrowed and outlive the worker's parts.
struct WorkerContext {
  event::Loop* loop = nullptr;
  const Config* config = nullptr;
  WorkerMetrics* metrics = nullptr;
  DrainingConnections* draining_connections = nullptr;
  ConnectionLimit* connections = nullptr;  // Of clients, inbound and outbound together.
  FastRandom* random = nullptr;
  PortHub* ports = nullptr;
  TargetHub* targets = nullptr;
  EndpointsHub* endpoints = nullptr;
  // Today's certificate; never null once connections are accepted.
  CredentialsPtr credentials;
  // The process is about to end: connections that come now are served, and do not last.
  bool draining = false;
  EarlyDials early_dials;
};

// How long a connection that comes while the process is about to end may be used. Not closed with
// its first request: clients that have not heard of the end yet would make a new one for each.
inline constexpr absl::Duration kLateConnectionLife = absl::Seconds(1);

// Settings of the library's parts as the environment has them.
net::SocketOptions MakeSocketOptions(const TcpOptions& options);
Backoff::Options MakeBackoffOptions(const BackoffConfig& config);
ForwardLimits MakeForwardLimits(const TcpForwardConfig& config);
http1::ServerOptions MakeServerHttp1Options(const HttpDeadlines& options);
http2::Options MakeServerHttp2Options(const Http2ServerOptions& options,
                                      const HttpDeadlines& deadlines);
http2::Options MakeClientHttp2Options(const Http2ClientOptions& options);

}  // namespace gossamer::proxy

#endif  // PROXY_WORKER_WORKER_CONTEXT_H_
