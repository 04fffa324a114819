#include "proxy/metrics/inbound_metrics.h"

namespace gossamer::proxy {
namespace {

using metrics::Dialect;

// What the labels of most inbound counters begin with.
LabelText TargetAndServer(const net::SocketAddress& target, const ServerLabels& server) {
  LabelText text;
  AppendTarget(target, &text);
  server.Append(&text);
  return text;
}

constexpr char kDirection[] = "direction=\"inbound\"";

}  // namespace

InboundMetrics::InboundMetrics(const MetricsContext& context)
    : http_(context, Dialect::kPlain, HttpScope::Families("", "EP-IN or EP-OUT"), kDirection),
      profile_route_(context, Dialect::kPlain,
                     HttpScope::Families("route_", "direction, dst, rt_<label>"), kDirection),
      tcp_(context, Dialect::kPlain, TcpScope::Families(), kDirection),
      http_authz_allow_(context, Dialect::kPlain, "inbound_http_authz_allow_total",
                        "TGT, SRV, RT-IN, AZ, TLS-IN", "Requests that policy allowed"),
      http_authz_deny_(context, Dialect::kPlain, "inbound_http_authz_deny_total",
                       "TGT, SRV, RT-IN, TLS-IN", "Requests that policy refused"),
      http_route_not_found_(context, Dialect::kPlain, "inbound_http_route_not_found_total",
                            "TGT, SRV, TLS-IN", "Requests that matched no route"),
      http_rate_limit_(context, Dialect::kPlain, "inbound_http_local_ratelimit_total",
                       "TGT, SRV, ratelimit_group, ratelimit_kind, ratelimit_name, "
                       "ratelimit_scope, TLS-IN",
                       "Requests refused by a rate limit"),
      tcp_authz_allow_(context, Dialect::kPlain, "inbound_tcp_authz_allow_total",
                       "TGT, SRV, AZ, TLS-IN", "Connections that policy allowed"),
      tcp_authz_deny_(context, Dialect::kPlain, "inbound_tcp_authz_deny_total", "TGT, SRV, TLS-IN",
                      "Connections that policy refused"),
      tcp_authz_terminate_(context, Dialect::kPlain, "inbound_tcp_authz_terminate_total",
                           "TGT, SRV, TLS-IN", "Connections cut when policy changed"),
      http_errors_(context, Dialect::kPlain, "inbound_http_errors_total", "error, TGT, SRV",
                   "Requests that failed in the proxy"),
      tcp_errors_(context, Dialect::kPlain, "inbound_tcp_errors_total", "error, TGT",
                  "Connections that failed in the proxy"),
      http_refused_(context, Dialect::kPlain, "inbound_http_refused_messages_total",
                    "message, reason, TGT, SRV", "Requests and responses that break HTTP's rules"),
      http_route_(context, Dialect::kOpenMetrics, InboundRouteScope::Families(RouteKind::kHttp)),
      grpc_route_(context, Dialect::kOpenMetrics, InboundRouteScope::Families(RouteKind::kGrpc)),
      detect_(context, Dialect::kOpenMetrics, DetectScope::Families("inbound", "SRV")),
      transport_header_(context, Dialect::kOpenMetrics,
                        "inbound_tcp_transport_header_connections_total",
                        "session_protocol, target_port, target_name, client_id",
                        "Connections that came with a transport header") {}

HttpRef InboundMetrics::Http(const InboundEndpointLabels& labels) {
  LabelText text;
  labels.Append(&text);
  return http_.Get(text.text());
}

HttpRef InboundMetrics::ProfileRoute(absl::string_view destination, const ForeignLabels& route) {
  LabelText text;
  text.Add("direction", "inbound").Add("dst", destination);
  for (const auto& [name, value] : route) text.AddSanitized("rt_", name, value);
  return profile_route_.Get(text.text());
}

metrics::ScopeMap<InboundRouteScope>::Ref InboundMetrics::Route(RouteKind kind,
                                                                const ServerLabels& parent,
                                                                const ResourceLabels& route) {
  LabelText text;
  parent.resource.Append("parent", &text);
  text.Add("parent_port", uint64_t{parent.port});
  route.Append("route", &text);
  return (kind == RouteKind::kHttp ? http_route_ : grpc_route_).Get(text.text());
}

TcpRef InboundMetrics::Accept(const net::SocketAddress& target, const InboundTls& tls,
                              const ServerLabels& server) {
  LabelText text;
  text.Add("direction", "inbound").Add("peer", "src");
  AppendTarget(target, &text);
  tls.Append(&text);
  server.Append(&text);
  return tcp_.Get(text.text());
}

TcpRef InboundMetrics::Dial() {
  LabelText text;
  text.Add("direction", "inbound").Add("peer", "dst");
  InboundTls::None("loopback").Append(&text);
  return tcp_.Get(text.text());
}

metrics::ScopeMap<DetectScope>::Ref InboundMetrics::Detect(const ServerLabels& server) {
  LabelText text;
  server.Append(&text);
  return detect_.Get(text.text());
}

CounterRef InboundMetrics::TransportHeader(absl::string_view session_protocol, uint16_t target_port,
                                           absl::string_view target_name,
                                           absl::string_view client_id) {
  return transport_header_.Get(LabelText()
                                   .Add("session_protocol", session_protocol)
                                   .Add("target_port", uint64_t{target_port})
                                   .Add("target_name", target_name)
                                   .Add("client_id", client_id)
                                   .text());
}

CounterRef InboundMetrics::HttpAuthzAllow(const net::SocketAddress& target,
                                          const ServerLabels& server, const ResourceLabels& route,
                                          const ResourceLabels& authz, const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  route.Append("route", &text);
  authz.Append("authz", &text);
  tls.Append(&text);
  return http_authz_allow_.Get(text.text());
}

CounterRef InboundMetrics::HttpAuthzDeny(const net::SocketAddress& target,
                                         const ServerLabels& server, const ResourceLabels& route,
                                         const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  route.Append("route", &text);
  tls.Append(&text);
  return http_authz_deny_.Get(text.text());
}

CounterRef InboundMetrics::HttpRouteNotFound(const net::SocketAddress& target,
                                             const ServerLabels& server, const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  tls.Append(&text);
  return http_route_not_found_.Get(text.text());
}

CounterRef InboundMetrics::HttpRateLimit(const net::SocketAddress& target,
                                         const ServerLabels& server, const ResourceLabels& limit,
                                         absl::string_view scope, const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  limit.Append("ratelimit", &text);
  text.Add("ratelimit_scope", scope);
  tls.Append(&text);
  return http_rate_limit_.Get(text.text());
}

CounterRef InboundMetrics::TcpAuthzAllow(const net::SocketAddress& target,
                                         const ServerLabels& server, const ResourceLabels& authz,
                                         const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  authz.Append("authz", &text);
  tls.Append(&text);
  return tcp_authz_allow_.Get(text.text());
}

CounterRef InboundMetrics::TcpAuthzDeny(const net::SocketAddress& target,
                                        const ServerLabels& server, const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  tls.Append(&text);
  return tcp_authz_deny_.Get(text.text());
}

CounterRef InboundMetrics::TcpAuthzTerminate(const net::SocketAddress& target,
                                             const ServerLabels& server, const InboundTls& tls) {
  LabelText text = TargetAndServer(target, server);
  tls.Append(&text);
  return tcp_authz_terminate_.Get(text.text());
}

CounterRef InboundMetrics::HttpError(absl::string_view error, const net::SocketAddress& target,
                                     const ServerLabels& server) {
  LabelText text;
  text.Add("error", error);
  AppendTarget(target, &text);
  server.Append(&text);
  return http_errors_.Get(text.text());
}

CounterRef InboundMetrics::TcpError(absl::string_view error, const net::SocketAddress& target) {
  LabelText text;
  text.Add("error", error);
  AppendTarget(target, &text);
  return tcp_errors_.Get(text.text());
}

CounterRef InboundMetrics::HttpRefused(absl::string_view message, absl::string_view reason,
                                       const net::SocketAddress& target,
                                       const ServerLabels& server) {
  LabelText text;
  text.Add("message", message).Add("reason", reason);
  AppendTarget(target, &text);
  server.Append(&text);
  return http_refused_.Get(text.text());
}

void InboundMetrics::EvictIdle() {
  http_.EvictIdle();
  profile_route_.EvictIdle();
  tcp_.EvictIdle();
  for (CounterFamily* family :
       {&http_authz_allow_, &http_authz_deny_, &http_route_not_found_, &http_rate_limit_,
        &tcp_authz_allow_, &tcp_authz_deny_, &tcp_authz_terminate_, &http_errors_, &tcp_errors_,
        &http_refused_, &transport_header_}) {
    family->EvictIdle();
  }
  http_route_.EvictIdle();
  grpc_route_.EvictIdle();
  detect_.EvictIdle();
}

}  // namespace gossamer::proxy
