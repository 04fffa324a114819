#include "services/destination/policy/outbound_policy.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/status/status_macros.h"
#include "services/destination/endpoints/authority.h"
#include "services/destination/endpoints/opaque_ports.h"
#include "services/destination/endpoints/workload.h"
#include "services/destination/policy/outbound_routes.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::outbound;

constexpr int64_t kDetectTimeoutSeconds = 10;

enum class Protocol { kDetect, kHttp1, kHttp2, kOpaque };

Protocol ProtocolOf(const k8s::Service& service, const k8s::Service::Port* port, int number,
                    const Settings& settings) {
  if (port != nullptr && port->app_protocol) {
    if (*port->app_protocol == "http") return Protocol::kHttp1;
    if (*port->app_protocol == "kubernetes.io/h2c") return Protocol::kHttp2;
    return Protocol::kOpaque;
  }
  return OpaquePortsOf(service, settings.default_opaque_ports)
                 .Contains(static_cast<uint16_t>(number))
             ? Protocol::kOpaque
             : Protocol::kDetect;
}

proto::Backend ForwardBackend(const std::string& origin, const net::SocketAddress& address) {
  proto::Backend backend;
  backend.mutable_metadata()->set_default_(origin);
  SetQueue(&backend);
  backend.mutable_forward()->set_weight(1);
  SetAddress(address, backend.mutable_forward()->mutable_addr());
  return backend;
}

// A connection to a port that the service does not define is refused.
proto::OutboundPolicy UndefinedPort(const Name& service, int port) {
  proto::OutboundPolicy policy;
  SetServiceMetadata(service, port, policy.mutable_metadata());
  proto::OpaqueRoute* route = policy.mutable_protocol()->mutable_opaque()->add_routes();
  route->mutable_metadata()->set_default_("undefined-port");
  proto::OpaqueRoute::Rule* rule = route->add_rules();
  rule->mutable_backends()->mutable_empty();
  rule->add_filters()->mutable_forbidden();
  return policy;
}

// Outside the cluster traffic goes where it was meant to.
proto::OutboundPolicy EgressFallback(const net::SocketAddress& address) {
  const char* const kOrigin = "egress-fallback";
  const proto::Backend backend = ForwardBackend(kOrigin, address);
  proto::OutboundPolicy policy;
  policy.mutable_metadata()->set_default_(kOrigin);
  proto::ProxyProtocol::Detect* detect = policy.mutable_protocol()->mutable_detect();
  detect->mutable_timeout()->set_seconds(kDetectTimeoutSeconds);
  *detect->mutable_opaque()->add_routes() = DefaultOpaqueRoute(kOrigin, backend);
  *detect->mutable_http1()->add_routes() = DefaultHttpRoute(kOrigin, backend);
  *detect->mutable_http2()->add_routes() = DefaultHttpRoute(kOrigin, backend);
  return policy;
}

proto::OutboundPolicy OfService(const Cluster& cluster, const Settings& settings,
                                const OutboundQuery& query, const Name& name, Topics* topics) {
  topics->insert(ServiceTopic(name.first, name.second));
  topics->insert(RoutesTopic(name.first, name.second));
  const auto found = cluster.FindService(name);
  // A name is answered whether or not the service is there: Get says what is behind it.
  static const k8s::Service kUnknownService;
  const k8s::Service& service = found == nullptr ? kUnknownService : *found;
  const k8s::Service::Port* port = service.FindPort(query.port);
  if (found != nullptr && port == nullptr && !query.service) {
    return UndefinedPort(name, query.port);
  }

  OutboundRoutes routes(cluster, settings, name, service.meta, query.port, query.client_namespace,
                        topics);
  proto::OutboundPolicy policy;
  SetServiceMetadata(name, query.port, policy.mutable_metadata());
  proto::ProxyProtocol* protocol = policy.mutable_protocol();
  switch (ProtocolOf(service, port, query.port, settings)) {
    case Protocol::kOpaque:
      *protocol->mutable_opaque()->add_routes() = routes.Opaque();
      break;
    case Protocol::kHttp1:
      routes.FillHttp(protocol->mutable_http1());
      break;
    case Protocol::kHttp2:
      routes.FillHttp(protocol->mutable_http2());
      break;
    case Protocol::kDetect: {
      proto::ProxyProtocol::Detect* detect = protocol->mutable_detect();
      detect->mutable_timeout()->set_seconds(kDetectTimeoutSeconds);
      *detect->mutable_opaque()->add_routes() = routes.Opaque();
      routes.FillHttp(detect->mutable_http1());
      routes.FillHttp(detect->mutable_http2());
      break;
    }
  }
  return policy;
}

}  // namespace

std::string OutboundQuery::Key() const {
  return absl::StrCat(client_namespace, "|",
                      service ? absl::StrCat(service->first, "/", service->second) : ip.ToString(),
                      "|", port);
}

absl::StatusOr<OutboundQuery> ParseOutboundAuthority(absl::string_view authority,
                                                     const Settings& settings) {
  GOSSAMER_ASSIGN_OR_RETURN(const Authority parsed, ParseAuthority(authority));
  absl::string_view host = parsed.host;
  while (absl::ConsumeSuffix(&host, ".")) {
  }
  host = absl::StripSuffix(host, absl::StrCat(".", settings.cluster_domain));
  const std::vector<std::string> labels = absl::StrSplit(host, '.');
  if (parsed.ip || labels.size() != 3 || labels[2] != "svc" || labels[0].empty() ||
      labels[1].empty()) {
    return absl::NotFoundError(absl::StrCat("authority must be of the form <name>.<namespace>.svc.",
                                            settings.cluster_domain, "[:port]"));
  }
  OutboundQuery query;
  query.service = Name{labels[1], labels[0]};
  query.port = parsed.port;
  return query;
}

absl::StatusOr<proto::OutboundPolicy> BuildOutboundPolicy(const Cluster& cluster,
                                                          const Settings& settings,
                                                          const OutboundQuery& query,
                                                          Topics* topics) {
  if (query.service) return OfService(cluster, settings, query, *query.service, topics);
  topics->insert(IpTopic(query.ip));
  const std::vector<Name> services = cluster.ServicesWithIp(query.ip);
  // Where several claim the address, the first by name: every replica chooses the same.
  if (!services.empty()) return OfService(cluster, settings, query, services[0], topics);
  const bool in_cluster =
      std::any_of(settings.cluster_networks.begin(), settings.cluster_networks.end(),
                  [&](const net::IpNetwork& network) { return network.Contains(query.ip); });
  if (in_cluster) return absl::NotFoundError("No such service");
  return EgressFallback({query.ip, static_cast<uint16_t>(query.port)});
}

}  // namespace gossamer::destination
