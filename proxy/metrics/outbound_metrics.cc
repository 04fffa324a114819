#include "proxy/metrics/outbound_metrics.h"

namespace gossamer::proxy {
namespace {

using metrics::Dialect;

constexpr char kDirection[] = "direction=\"outbound\"";

LabelText ProfileLabels(absl::string_view destination, const ForeignLabels& route) {
  LabelText text;
  text.Add("direction", "outbound").Add("dst", destination);
  for (const auto& [name, value] : route) text.AddSanitized("rt_", name, value);
  return text;
}

LabelText TcpRouteLabels(const MetaLabels& parent, const OutboundRouteLabels& route,
                         const net::SocketAddress& target) {
  LabelText text;
  parent.Append("parent", &text);
  route.Append(&text);
  text.Add("target_ip", target.ip().ToString()).Add("target_port", uint64_t{target.port()});
  return text;
}

}  // namespace

OutboundMetrics::OutboundMetrics(const MetricsContext& context)
    : http_(context, Dialect::kPlain, HttpScope::Families("", "EP-IN or EP-OUT"), kDirection),
      profile_route_(context, Dialect::kPlain,
                     HttpScope::Families("route_", "direction, dst, rt_<label>"), kDirection),
      profile_route_actual_(context, Dialect::kPlain,
                            HttpScope::Families("route_actual_", "direction, dst, rt_<label>",
                                                /*with_latency=*/false),
                            kDirection),
      tcp_(context, Dialect::kPlain, TcpScope::Families(), kDirection),
      http_errors_(context, Dialect::kPlain, "outbound_http_errors_total", "error",
                   "Requests that failed in the proxy"),
      tcp_errors_(context, Dialect::kPlain, "outbound_tcp_errors_total", "TGT, error",
                  "Connections that failed in the proxy"),
      http_refused_(context, Dialect::kPlain, "outbound_http_refused_messages_total",
                    "message, reason", "Requests and responses that break HTTP's rules"),
      http_balancer_(context, Dialect::kOpenMetrics,
                     BalancerScope::Families("outbound_http", "PARENT, BACKEND")),
      tcp_balancer_(context, Dialect::kOpenMetrics,
                    BalancerScope::Families("outbound_tcp", "PARENT, BACKEND, logical, concrete")),
      http_route_(context, Dialect::kOpenMetrics, OutboundRouteScope::Families(RouteKind::kHttp)),
      grpc_route_(context, Dialect::kOpenMetrics, OutboundRouteScope::Families(RouteKind::kGrpc)),
      http_backend_(context, Dialect::kOpenMetrics,
                    OutboundBackendScope::Families(RouteKind::kHttp)),
      grpc_backend_(context, Dialect::kOpenMetrics,
                    OutboundBackendScope::Families(RouteKind::kGrpc)),
      tcp_route_open_(context, Dialect::kOpenMetrics, "outbound_tcp_route_open_total",
                      "PARENT, ROUTE, target_ip, target_port", "Connections opened on a route"),
      tcp_route_close_(context, Dialect::kOpenMetrics, "outbound_tcp_route_close_total",
                       "PARENT, ROUTE, target_ip, target_port, error",
                       "Connections closed on a route"),
      protocol_connections_(context, Dialect::kOpenMetrics,
                            "outbound_tcp_protocol_connections_total", "protocol, PARENT",
                            "Connections by the protocol that discovery gave"),
      detect_(context, Dialect::kOpenMetrics, DetectScope::Families("outbound", "PARENT")),
      transfer_cost_(
          context, Dialect::kOpenMetrics,
          {{{"outbound_tcp_transfer_cost_bytes_total", metrics::Type::kCounter, "op, zone_locality",
             "Bytes exchanged with endpoints by their zone", "bytes"},
            metrics::CounterScope::Write}}) {}

OutboundMetrics::HttpRef OutboundMetrics::Http(const OutboundEndpointLabels& labels) {
  LabelText text;
  labels.Append(/*with_direction=*/true, &text);
  return http_.Get(text.text());
}

OutboundMetrics::HttpRef OutboundMetrics::ProfileRoute(absl::string_view destination,
                                                       const ForeignLabels& route) {
  return profile_route_.Get(ProfileLabels(destination, route).text());
}

OutboundMetrics::HttpRef OutboundMetrics::ProfileRouteActual(absl::string_view destination,
                                                             const ForeignLabels& route) {
  return profile_route_actual_.Get(ProfileLabels(destination, route).text());
}

OutboundMetrics::RouteRef OutboundMetrics::Route(RouteKind kind, const MetaLabels& parent,
                                                 const OutboundRouteLabels& route,
                                                 absl::string_view hostname) {
  LabelText text;
  parent.Append("parent", &text);
  route.Append(&text);
  text.Add("hostname", hostname);
  return (kind == RouteKind::kHttp ? http_route_ : grpc_route_).Get(text.text());
}

OutboundMetrics::BackendRef OutboundMetrics::Backend(RouteKind kind, const MetaLabels& parent,
                                                     const OutboundRouteLabels& route,
                                                     const MetaLabels& backend) {
  LabelText text;
  parent.Append("parent", &text);
  route.Append(&text);
  backend.Append("backend", &text);
  return (kind == RouteKind::kHttp ? http_backend_ : grpc_backend_).Get(text.text());
}

OutboundMetrics::BalancerRef OutboundMetrics::HttpBalancer(const MetaLabels& parent,
                                                           const MetaLabels& backend) {
  LabelText text;
  parent.Append("parent", &text);
  backend.Append("backend", &text);
  return http_balancer_.Get(text.text());
}

OutboundMetrics::BalancerRef OutboundMetrics::TcpBalancer(const MetaLabels& parent,
                                                          const MetaLabels& backend,
                                                          absl::string_view logical,
                                                          absl::string_view concrete) {
  LabelText text;
  parent.Append("parent", &text);
  backend.Append("backend", &text);
  text.Add("logical", logical).Add("concrete", concrete);
  return tcp_balancer_.Get(text.text());
}

OutboundMetrics::TcpRef OutboundMetrics::Accept(const net::SocketAddress& target) {
  LabelText text;
  text.Add("direction", "outbound").Add("peer", "src");
  AppendTarget(target, &text);
  OutboundTls::None("loopback").Append(&text);
  return tcp_.Get(text.text());
}

OutboundMetrics::TcpRef OutboundMetrics::Dial(const OutboundEndpointLabels& labels) {
  LabelText text;
  text.Add("direction", "outbound").Add("peer", "dst");
  labels.Append(/*with_direction=*/false, &text);
  return tcp_.Get(text.text());
}

OutboundMetrics::DetectRef OutboundMetrics::Detect(const MetaLabels& parent) {
  LabelText text;
  parent.Append("parent", &text);
  return detect_.Get(text.text());
}

OutboundMetrics::CounterRef OutboundMetrics::ProtocolConnections(absl::string_view protocol,
                                                                 const MetaLabels& parent) {
  LabelText text;
  text.Add("protocol", protocol);
  parent.Append("parent", &text);
  return protocol_connections_.Get(text.text());
}

OutboundMetrics::CounterRef OutboundMetrics::TransferCost(absl::string_view op,
                                                          absl::string_view zone) {
  return transfer_cost_.Get(LabelText().Add("op", op).Add("zone_locality", zone).text());
}

OutboundMetrics::CounterRef OutboundMetrics::TcpRouteOpen(const MetaLabels& parent,
                                                          const OutboundRouteLabels& route,
                                                          const net::SocketAddress& target) {
  return tcp_route_open_.Get(TcpRouteLabels(parent, route, target).text());
}

OutboundMetrics::CounterRef OutboundMetrics::TcpRouteClose(const MetaLabels& parent,
                                                           const OutboundRouteLabels& route,
                                                           const net::SocketAddress& target,
                                                           absl::string_view error) {
  return tcp_route_close_.Get(TcpRouteLabels(parent, route, target).Add("error", error).text());
}

OutboundMetrics::CounterRef OutboundMetrics::HttpError(absl::string_view error) {
  return http_errors_.Get(LabelText().Add("error", error).text());
}

OutboundMetrics::CounterRef OutboundMetrics::TcpError(const net::SocketAddress& target,
                                                      absl::string_view error) {
  LabelText text;
  AppendTarget(target, &text);
  return tcp_errors_.Get(text.Add("error", error).text());
}

OutboundMetrics::CounterRef OutboundMetrics::HttpRefused(absl::string_view message,
                                                         absl::string_view reason) {
  return http_refused_.Get(LabelText().Add("message", message).Add("reason", reason).text());
}

void OutboundMetrics::EvictIdle() {
  http_.EvictIdle();
  profile_route_.EvictIdle();
  profile_route_actual_.EvictIdle();
  tcp_.EvictIdle();
  for (CounterFamily* family : {&http_errors_, &tcp_errors_, &http_refused_, &tcp_route_open_,
                                &tcp_route_close_, &protocol_connections_}) {
    family->EvictIdle();
  }
  http_balancer_.EvictIdle();
  tcp_balancer_.EvictIdle();
  http_route_.EvictIdle();
  grpc_route_.EvictIdle();
  http_backend_.EvictIdle();
  grpc_backend_.EvictIdle();
  detect_.EvictIdle();
}

}  // namespace gossamer::proxy
