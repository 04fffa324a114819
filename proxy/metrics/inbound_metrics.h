#ifndef PROXY_METRICS_INBOUND_METRICS_H_
#define PROXY_METRICS_INBOUND_METRICS_H_

#include "absl/strings/string_view.h"
#include "lib/metrics/scopes.h"
#include "proxy/metrics/http_scope.h"
#include "proxy/metrics/labels.h"
#include "proxy/metrics/metrics_context.h"
#include "proxy/metrics/route_scopes.h"
#include "proxy/metrics/tcp_scope.h"
#include "proxy/metrics/transport_scopes.h"

namespace gossamer::proxy {

using CounterRef = metrics::ScopeMap<metrics::CounterScope>::Ref;
using HttpRef = metrics::ScopeMap<HttpScope>::Ref;
using TcpRef = metrics::ScopeMap<TcpScope>::Ref;

// Everything that one worker counts on the inbound side.
//
// Each method resolves a label set, which costs about a microsecond and at first use an allocation,
// and returns a counted reference to its cells: keep it for as long as the connection, the
// endpoint or the route lives, and count on it. A reference also keeps its label set from being
// evicted; it must not outlive this object. Owned by the worker and used on its thread only.
class InboundMetrics {
 public:
  explicit InboundMetrics(const MetricsContext& context);

  // request_total, response_total and response_latency_ms.
  HttpRef Http(const InboundEndpointLabels& labels);
  // route_request_total and its kin; `destination` is the profile's name with port.
  HttpRef ProfileRoute(absl::string_view destination, const ForeignLabels& route);
  // inbound_http_* or inbound_grpc_*.
  metrics::ScopeMap<InboundRouteScope>::Ref Route(RouteKind kind, const ServerLabels& parent,
                                                  const ResourceLabels& route);

  // The client's side of a connection and the application's: tcp_*.
  TcpRef Accept(const net::SocketAddress& target, const InboundTls& tls,
                const ServerLabels& server);
  TcpRef Dial();
  metrics::ScopeMap<DetectScope>::Ref Detect(const ServerLabels& server);
  // `session_protocol` is http/1, http/2 or nothing.
  CounterRef TransportHeader(absl::string_view session_protocol, uint16_t target_port,
                             absl::string_view target_name, absl::string_view client_id);

  CounterRef HttpAuthzAllow(const net::SocketAddress& target, const ServerLabels& server,
                            const ResourceLabels& route, const ResourceLabels& authz,
                            const InboundTls& tls);
  CounterRef HttpAuthzDeny(const net::SocketAddress& target, const ServerLabels& server,
                           const ResourceLabels& route, const InboundTls& tls);
  CounterRef HttpRouteNotFound(const net::SocketAddress& target, const ServerLabels& server,
                               const InboundTls& tls);
  // `scope` is total or identity.
  CounterRef HttpRateLimit(const net::SocketAddress& target, const ServerLabels& server,
                           const ResourceLabels& limit, absl::string_view scope,
                           const InboundTls& tls);
  CounterRef TcpAuthzAllow(const net::SocketAddress& target, const ServerLabels& server,
                           const ResourceLabels& authz, const InboundTls& tls);
  CounterRef TcpAuthzDeny(const net::SocketAddress& target, const ServerLabels& server,
                          const InboundTls& tls);
  CounterRef TcpAuthzTerminate(const net::SocketAddress& target, const ServerLabels& server,
                               const InboundTls& tls);
  // `error` is loadshed, failfast, "tls detection timeout", "gateway loop", "gateway domain
  // invalid", i/o or unexpected.
  CounterRef HttpError(absl::string_view error, const net::SocketAddress& target,
                       const ServerLabels& server);
  CounterRef TcpError(absl::string_view error, const net::SocketAddress& target);
  // `message` is request or response, `reason` one of the names that lib/http gives.
  CounterRef HttpRefused(absl::string_view message, absl::string_view reason,
                         const net::SocketAddress& target, const ServerLabels& server);

  // Drops idle label sets where room is short; call every minute or so.
  void EvictIdle();

 private:
  Registered<HttpScope> http_;
  Registered<HttpScope> profile_route_;
  Registered<TcpScope> tcp_;
  CounterFamily http_authz_allow_;
  CounterFamily http_authz_deny_;
  CounterFamily http_route_not_found_;
  CounterFamily http_rate_limit_;
  CounterFamily tcp_authz_allow_;
  CounterFamily tcp_authz_deny_;
  CounterFamily tcp_authz_terminate_;
  CounterFamily http_errors_;
  CounterFamily tcp_errors_;
  CounterFamily http_refused_;
  Registered<InboundRouteScope> http_route_;
  Registered<InboundRouteScope> grpc_route_;
  Registered<DetectScope> detect_;
  CounterFamily transport_header_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_INBOUND_METRICS_H_
