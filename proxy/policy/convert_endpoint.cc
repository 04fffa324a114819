#include "proxy/policy/convert_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "proxy/policy/convert_common.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::destination;

// Without a usable strategy the endpoint counts as one without TLS.
std::optional<ServerTls> ConvertTls(const api::TlsIdentity& message) {
  ServerTls tls;
  switch (message.strategy_case()) {
    case api::TlsIdentity::kDnsLikeIdentity:
      tls.id = tls.server_name = message.dns_like_identity().name();
      break;
    case api::TlsIdentity::kUriLikeIdentity:
      tls.id = message.uri_like_identity().uri();
      break;
    case api::TlsIdentity::STRATEGY_NOT_SET:
      return std::nullopt;
  }
  if (!message.server_name().name().empty()) tls.server_name = message.server_name().name();
  if (tls.id.empty() || tls.server_name.empty()) return std::nullopt;
  return tls;
}

EndpointHttp2 ConvertHttp2(const api::Http2ClientParams& message) {
  EndpointHttp2 http2;
  const auto& flow = message.flow_control();
  if (flow.initial_stream_window_size() > 0 && flow.initial_connection_window_size() > 0) {
    http2.stream_window_bytes = flow.initial_stream_window_size();
    http2.connection_window_bytes = flow.initial_connection_window_size();
  }
  const auto& keepalive = message.keep_alive();
  if (keepalive.has_interval() && keepalive.has_timeout()) {
    const absl::StatusOr<absl::Duration> interval = ConvertDuration(keepalive.interval());
    const absl::StatusOr<absl::Duration> timeout = ConvertDuration(keepalive.timeout());
    // An interval of nothing would ping without end.
    if (interval.ok() && timeout.ok() && *interval > absl::ZeroDuration() &&
        *timeout > absl::ZeroDuration()) {
      http2.keepalive_interval = *interval;
      http2.keepalive_timeout = *timeout;
      http2.keepalive_while_idle = keepalive.while_idle();
    }
  }
  return http2;
}

}  // namespace

absl::StatusOr<Endpoint> ConvertEndpoint(
    const api::WeightedAddr& message,
    const google::protobuf::Map<std::string, std::string>& set_labels) {
  Endpoint endpoint;
  GOSSAMER_ASSIGN_OR_RETURN(endpoint.address, ConvertAddress(message.addr()));
  // To Linux it means loopback, which the proxy must not dial: what listens there is for the
  // workload alone.
  if (endpoint.address.ip().IsUnspecified()) {
    return absl::InvalidArgumentError(
        absl::StrCat(endpoint.address.ToString(), " is no endpoint's address"));
  }
  std::map<std::string, std::string> labels(set_labels.begin(), set_labels.end());
  for (const auto& [name, value] : message.metric_labels()) labels[name] = value;
  endpoint.labels.assign(labels.begin(), labels.end());
  if (message.has_tls_identity()) endpoint.tls = ConvertTls(message.tls_identity());
  switch (message.protocol_hint().protocol_case()) {
    case api::ProtocolHint::kH2:
      endpoint.hint = Endpoint::Hint::kHttp2;
      break;
    case api::ProtocolHint::kOpaque:
      endpoint.hint = Endpoint::Hint::kOpaque;
      break;
    case api::ProtocolHint::PROTOCOL_NOT_SET:
      break;
  }
  const uint32_t port = message.protocol_hint().opaque_transport().inbound_port();
  if (port > 0 && port < 65535) endpoint.transport_port = static_cast<uint16_t>(port);
  endpoint.authority_override = message.authority_override().authority_override();
  endpoint.http2 = ConvertHttp2(message.http2());
  return endpoint;
}

}  // namespace gossamer::proxy
