#ifndef PROXY_METRICS_OUTBOUND_METRICS_H_
#define PROXY_METRICS_OUTBOUND_METRICS_H_

#include "absl/strings/string_view.h"
#include "lib/metrics/scopes.h"
#include "proxy/metrics/http_scope.h"
#include "proxy/metrics/labels.h"
#include "proxy/metrics/metrics_context.h"
#include "proxy/metrics/route_scopes.h"
#include "proxy/metrics/tcp_scope.h"
#include "proxy/metrics/transport_scopes.h"

namespace gossamer::proxy {

// Everything that one worker counts on the outbound side; used as InboundMetrics.
class OutboundMetrics {
 public:
  using CounterRef = metrics::ScopeMap<metrics::CounterScope>::Ref;
  using HttpRef = metrics::ScopeMap<HttpScope>::Ref;
  using TcpRef = metrics::ScopeMap<TcpScope>::Ref;
  using RouteRef = metrics::ScopeMap<OutboundRouteScope>::Ref;
  using BackendRef = metrics::ScopeMap<OutboundBackendScope>::Ref;
  using BalancerRef = metrics::ScopeMap<BalancerScope>::Ref;
  using DetectRef = metrics::ScopeMap<DetectScope>::Ref;

  explicit OutboundMetrics(const MetricsContext& context);

  // An endpoint's request_total, response_total and response_latency_ms.
  HttpRef Http(const OutboundEndpointLabels& labels);
  // route_* (before retries, with latency) and route_actual_* (each try, without).
  HttpRef ProfileRoute(absl::string_view destination, const ForeignLabels& route);
  HttpRef ProfileRouteActual(absl::string_view destination, const ForeignLabels& route);

  // `hostname` is empty unless the operator has asked for it.
  RouteRef Route(RouteKind kind, const MetaLabels& parent, const OutboundRouteLabels& route,
                 absl::string_view hostname);
  BackendRef Backend(RouteKind kind, const MetaLabels& parent, const OutboundRouteLabels& route,
                     const MetaLabels& backend);
  BalancerRef HttpBalancer(const MetaLabels& parent, const MetaLabels& backend);
  // `logical` and `concrete` are names or addresses with port.
  BalancerRef TcpBalancer(const MetaLabels& parent, const MetaLabels& backend,
                          absl::string_view logical, absl::string_view concrete);

  // The application's side of a connection and the endpoint's: tcp_*.
  TcpRef Accept(const net::SocketAddress& target);
  TcpRef Dial(const OutboundEndpointLabels& labels);
  DetectRef Detect(const MetaLabels& parent);
  // `protocol` is http/1, http/2, detect, opaq or tls.
  CounterRef ProtocolConnections(absl::string_view protocol, const MetaLabels& parent);
  // `op` is Send or Recv, `zone` Unknown, Local or Remote: bytes.
  CounterRef TransferCost(absl::string_view op, absl::string_view zone);
  CounterRef TcpRouteOpen(const MetaLabels& parent, const OutboundRouteLabels& route,
                          const net::SocketAddress& target);
  // `error` is empty, forbidden, invalid_backend, invalid_policy or unexpected.
  CounterRef TcpRouteClose(const MetaLabels& parent, const OutboundRouteLabels& route,
                           const net::SocketAddress& target, absl::string_view error);

  // `error` is loadshed, failfast, "identity required", i/o, "response timeout" or unexpected.
  CounterRef HttpError(absl::string_view error);
  CounterRef TcpError(const net::SocketAddress& target, absl::string_view error);
  // As InboundMetrics::HttpRefused().
  CounterRef HttpRefused(absl::string_view message, absl::string_view reason);

  // Drops idle label sets where room is short; call every minute or so.
  void EvictIdle();

 private:
  Registered<HttpScope> http_;
  Registered<HttpScope> profile_route_;
  Registered<HttpScope> profile_route_actual_;
  Registered<TcpScope> tcp_;
  CounterFamily http_errors_;
  CounterFamily tcp_errors_;
  CounterFamily http_refused_;
  Registered<BalancerScope> http_balancer_;
  Registered<BalancerScope> tcp_balancer_;
  Registered<OutboundRouteScope> http_route_;
  Registered<OutboundRouteScope> grpc_route_;
  Registered<OutboundBackendScope> http_backend_;
  Registered<OutboundBackendScope> grpc_backend_;
  CounterFamily tcp_route_open_;
  CounterFamily tcp_route_close_;
  CounterFamily protocol_connections_;
  Registered<DetectScope> detect_;
  Registered<metrics::CounterScope> transfer_cost_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_OUTBOUND_METRICS_H_
