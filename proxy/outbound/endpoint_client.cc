#include "proxy/outbound/endpoint_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "proxy/transport/metered_stream.h"

namespace gossamer::proxy {
namespace {

// An endpoint that is this very workload: its connection goes over loopback past the inbound side.
bool IsLocal(const WorkerContext& context, const net::SocketAddress& address) {
  const auto& ips = context.config->inbound.ips;
  return std::find(ips.begin(), ips.end(), address.ip()) != ips.end();
}

OutboundEndpointLabels MakeLabels(const WorkerContext& context, const Endpoint& endpoint,
                                  std::string authority) {
  OutboundEndpointLabels labels;
  if (!authority.empty()) labels.authority = std::move(authority);
  labels.target = endpoint.address;
  labels.dst = endpoint.labels;
  if (IsLocal(context, endpoint.address)) {
    labels.tls = OutboundTls::None("loopback");
  } else if (endpoint.tls.has_value()) {
    labels.tls = OutboundTls::True(endpoint.tls->id);
  } else {
    labels.tls = OutboundTls::None("not_provided_by_service_discovery");
  }
  return labels;
}

H1Pool::Options PoolOptions(const WorkerContext& context) {
  H1Pool::Options options;
  options.max_idle = context.config->outbound.max_idle_connections_per_endpoint;
  options.idle_timeout = context.config->outbound.http1_pool_idle_timeout;
  return options;
}

H2Client::Options ClientOptions(const WorkerContext& context, const EndpointHttp2& endpoint,
                                bool eager) {
  H2Client::Options options;
  options.http2 = MakeClientHttp2Options(context.config->http2_client);
  if (endpoint.stream_window_bytes > 0) {
    options.http2.stream_window_bytes = endpoint.stream_window_bytes;
    options.http2.connection_window_bytes = endpoint.connection_window_bytes;
  }
  if (endpoint.keepalive_interval != absl::InfiniteDuration()) {
    options.http2.keepalive_interval = endpoint.keepalive_interval;
    options.http2.keepalive_timeout = endpoint.keepalive_timeout;
    options.http2.keepalive_while_idle = endpoint.keepalive_while_idle;
  }
  options.backoff = MakeBackoffOptions(context.config->outbound.connect_backoff);
  options.eager = eager;
  return options;
}

StreamDecorator Metered(const EndpointTarget* target) {
  return [target](std::unique_ptr<net::ByteStream> stream) {
    return std::make_unique<MeteredStream>(std::move(stream), target->tcp_metrics());
  };
}

TransportHeader MakeHeader(const Endpoint& endpoint, TransportHeader::Session session) {
  TransportHeader header;
  header.port = endpoint.address.port();
  const std::string& override = endpoint.authority_override;
  const size_t colon = override.rfind(':');
  uint32_t port = 0;
  if (colon != std::string::npos && absl::SimpleAtoi(override.substr(colon + 1), &port) &&
      port > 0 && port <= 65535) {
    header.name = override.substr(0, colon);
    header.port = static_cast<uint16_t>(port);
  }
  if (endpoint.hint != Endpoint::Hint::kOpaque) header.session = session;
  return header;
}

}  // namespace

EndpointTarget::EndpointTarget(WorkerContext* context, const Endpoint& endpoint,
                               std::string authority)
    : context_(context), endpoint_(endpoint), authority_(std::move(authority)) {
  if (endpoint_.tls.has_value() && !IsLocal(*context, endpoint_.address)) tls_ = &*endpoint_.tls;
  tcp_metrics_ = context->metrics->outbound.Dial(MakeLabels(*context, endpoint, authority_));
}

OutboundMetrics::HttpRef EndpointTarget::ResolveHttpMetrics() const {
  return context_->metrics->outbound.Http(MakeLabels(*context_, endpoint_, authority_));
}

const std::string& EndpointTarget::server_id() const {
  static const std::string* const kNone = new std::string();
  return tls_ == nullptr ? *kNone : tls_->id;
}

DialTarget EndpointTarget::Target(TransportHeader::Session session) const {
  DialTarget target;
  target.address = endpoint_.address;
  target.options = MakeSocketOptions(context_->config->outbound.connect);
  target.timeout = context_->config->outbound.connect_timeout;
  if (tls_ == nullptr) return target;
  target.server_name = tls_->server_name;
  target.expected_id = tls_->id;
  if (endpoint_.transport_port == 0 && endpoint_.authority_override.empty()) {
    target.tls = context_->credentials->client;
    return target;
  }
  target.tls = context_->credentials->client_transport;
  target.transport_header = EncodeTransportHeader(MakeHeader(endpoint_, session));
  if (endpoint_.transport_port != 0) {
    target.address = net::SocketAddress(endpoint_.address.ip(), endpoint_.transport_port);
  }
  return target;
}

EndpointClient::EndpointClient(WorkerContext* context, const Endpoint& endpoint,
                               std::string authority, Observer* observer)
    : observer_(observer),
      target_(context, endpoint, std::move(authority)),
      metrics_(target_.ResolveHttpMetrics()),
      keeps_connection_(target_.meshed() && target_.dialable() &&
                        endpoint.hint == Endpoint::Hint::kHttp2),
      h1_(
          context->loop, PoolOptions(*context),
          [this] { return target_.Target(TransportHeader::Session::kHttp1); }, Metered(&target_)),
      h2_(
          context->loop, ClientOptions(*context, endpoint.http2, keeps_connection_),
          [this] { return target_.Target(TransportHeader::Session::kHttp2); }, Metered(&target_),
          context->draining_connections, *context->random, this) {}

void EndpointClient::Send(PendingRequest* request) {
  if (!target_.dialable()) {
    return request->OnConnectFailure(
        absl::UnavailableError("loopback addresses are not dialled: connection refused"));
  }
  if (request->head().version == http::Version::kHttp2) {
    h2_.Start(request);
  } else {
    h1_.Start(request);
  }
}

}  // namespace gossamer::proxy
