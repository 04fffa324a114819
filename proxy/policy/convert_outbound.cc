#include "proxy/policy/convert_outbound.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "proxy/policy/convert_common.h"
#include "proxy/policy/convert_endpoint.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::outbound;

absl::StatusOr<Metadata> ConvertOutboundMetadata(
    const io::linkerd::proxy::meta::Metadata& message) {
  GOSSAMER_ASSIGN_OR_RETURN(Metadata metadata, ConvertMetadata(message));
  const bool resource = message.has_resource();
  if (resource && (metadata.group.empty() || metadata.kind.empty() || metadata.name.empty() ||
                   metadata.ns.empty())) {
    return absl::InvalidArgumentError("a resource lacks group, kind, name or namespace");
  }
  return metadata;
}

bool IsNameAndPort(absl::string_view path) {
  const size_t colon = path.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  uint32_t port = 0;
  return absl::SimpleAtoi(path.substr(colon + 1), &port) && port > 0 && port <= 65535;
}

// What `message` says where it is `given`, else `fallback`.
absl::Status SetDuration(bool given, const google::protobuf::Duration& message,
                         absl::Duration fallback, absl::Duration* duration) {
  *duration = fallback;
  if (given) {
    GOSSAMER_ASSIGN_OR_RETURN(*duration, ConvertDuration(message));
  }
  return absl::OkStatus();
}

absl::Status ConvertLoad(const api::Backend::BalanceP2c::PeakEwma& ewma, LoadEstimate* load) {
  if (!ewma.has_default_rtt() || !ewma.has_decay()) {
    return absl::InvalidArgumentError("a balancer's load estimate lacks default_rtt or decay");
  }
  GOSSAMER_ASSIGN_OR_RETURN(load->default_rtt, ConvertDuration(ewma.default_rtt()));
  GOSSAMER_ASSIGN_OR_RETURN(load->decay, ConvertDuration(ewma.decay()));
  return absl::OkStatus();
}

absl::Status ConvertLoad(const api::Backend::BalanceP2c::PenaltyPeakEwma& ewma,
                         LoadEstimate* load) {
  GOSSAMER_RETURN_IF_ERROR(SetDuration(ewma.has_default_rtt(), ewma.default_rtt(),
                                       load->default_rtt, &load->default_rtt));
  GOSSAMER_RETURN_IF_ERROR(SetDuration(ewma.has_decay(), ewma.decay(), load->decay, &load->decay));
  GOSSAMER_RETURN_IF_ERROR(
      SetDuration(ewma.has_penalty(), ewma.penalty(), absl::Seconds(5), &load->penalty.emplace()));
  return SetDuration(ewma.has_max_retry_after(), ewma.max_retry_after(), load->max_retry_after,
                     &load->max_retry_after);
}

absl::Status ConvertBalancer(const api::Backend::BalanceP2c& message, Backend* backend) {
  constexpr absl::Duration kMinDefaultRtt = absl::Milliseconds(1);
  backend->kind = Backend::Kind::kBalance;
  backend->path = message.discovery().dst().path();
  if (!IsNameAndPort(backend->path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the balancer's path '", backend->path, "' is not name:port"));
  }
  LoadEstimate& load = backend->load;
  switch (message.load_case()) {
    case api::Backend::BalanceP2c::kPeakEwma:
      GOSSAMER_RETURN_IF_ERROR(ConvertLoad(message.peak_ewma(), &load));
      break;
    case api::Backend::BalanceP2c::kPenaltyPeakEwma:
      GOSSAMER_RETURN_IF_ERROR(ConvertLoad(message.penalty_peak_ewma(), &load));
      break;
    case api::Backend::BalanceP2c::LOAD_NOT_SET:
      return absl::InvalidArgumentError("a balancer has no load estimate");
  }
  load.default_rtt = std::max(load.default_rtt, kMinDefaultRtt);
  return absl::OkStatus();
}

absl::StatusOr<Backend> ConvertBackend(const api::Backend& message) {
  Backend backend;
  GOSSAMER_ASSIGN_OR_RETURN(backend.metadata, ConvertOutboundMetadata(message.metadata()));
  if (!message.queue().has_failfast_timeout()) {
    return absl::InvalidArgumentError("a backend's queue has no failfast timeout");
  }
  switch (message.kind_case()) {
    case api::Backend::kForward: {
      backend.kind = Backend::Kind::kForward;
      GOSSAMER_ASSIGN_OR_RETURN(backend.endpoint, ConvertEndpoint(message.forward(), {}));
      return backend;
    }
    case api::Backend::kBalancer:
      GOSSAMER_RETURN_IF_ERROR(ConvertBalancer(message.balancer(), &backend));
      return backend;
    case api::Backend::KIND_NOT_SET:
      return backend;
  }
  return backend;
}

// Unlike inbound, an outbound filter must say what it does.
template <typename Message>
absl::StatusOr<Filter> ConvertSetFilter(const Message& message) {
  if (message.kind_case() == Message::KIND_NOT_SET) {
    return absl::InvalidArgumentError("a filter is not set");
  }
  return ConvertFilter(message);
}

template <typename Messages>
absl::StatusOr<std::vector<Filter>> ConvertFilters(const Messages& messages) {
  return ConvertAll<Filter>(messages, [](const auto& m) { return ConvertSetFilter(m); });
}

template <typename Message>
absl::StatusOr<Backend> ConvertRouteBackend(const Message& message) {
  GOSSAMER_ASSIGN_OR_RETURN(Backend backend, ConvertBackend(message.backend()));
  if constexpr (requires { message.filters(0).has_failure_injector(); }) {
    GOSSAMER_ASSIGN_OR_RETURN(backend.filters, ConvertFilters(message.filters()));
  } else if (!message.filters().empty()) {
    // Each filter of a TCP backend says that connections must not get through.
    backend.kind = Backend::Kind::kFail;
  }
  return backend;
}

template <typename Message>
absl::StatusOr<Distribution> ConvertDistribution(const Message& message) {
  Distribution distribution;
  switch (message.kind_case()) {
    case Message::kEmpty:
      return distribution;
    case Message::kFirstAvailable: {
      distribution.kind = Distribution::Kind::kFirstAvailable;
      GOSSAMER_ASSIGN_OR_RETURN(
          distribution.backends,
          ConvertAll<Backend>(message.first_available().backends(),
                              [](const auto& m) { return ConvertRouteBackend(m); }));
      break;
    }
    case Message::kRandomAvailable: {
      distribution.kind = Distribution::Kind::kRandomAvailable;
      uint64_t total = 0;
      for (const auto& weighted : message.random_available().backends()) {
        GOSSAMER_ASSIGN_OR_RETURN(Backend backend, ConvertRouteBackend(weighted.backend()));
        backend.weight = weighted.weight();
        total += backend.weight;
        distribution.backends.push_back(std::move(backend));
      }
      if (total == 0) return absl::InvalidArgumentError("all weights of a distribution are 0");
      break;
    }
    case Message::KIND_NOT_SET:
      return absl::InvalidArgumentError("a distribution is not set");
  }
  if (distribution.backends.empty()) {
    return absl::InvalidArgumentError("a distribution has no backends");
  }
  return distribution;
}

template <typename Message>
absl::StatusOr<OutboundHttpRoute> ConvertHttpRoute(const Message& message) {
  OutboundHttpRoute route;
  GOSSAMER_ASSIGN_OR_RETURN(route.metadata, ConvertOutboundMetadata(message.metadata()));
  GOSSAMER_ASSIGN_OR_RETURN(
      route.hosts, ConvertAll<HostMatch>(message.hosts(),
                                         ConvertHost<io::linkerd::proxy::http_route::HostMatch>));
  for (const auto& rule_message : message.rules()) {
    OutboundRule rule;
    GOSSAMER_ASSIGN_OR_RETURN(
        rule.matches, ConvertAll<RequestMatch>(rule_message.matches(),
                                               [](const auto& m) { return ConvertMatch(m); }));
    GOSSAMER_ASSIGN_OR_RETURN(rule.filters, ConvertFilters(rule_message.filters()));
    GOSSAMER_ASSIGN_OR_RETURN(rule.distribution, ConvertDistribution(rule_message.backends()));
    route.rules.push_back(std::move(rule));
  }
  return route;
}

// An opaque or a TLS route: each has one rule.
template <typename Message>
absl::StatusOr<OutboundTcpRoute> ConvertTcpRoute(const Message& message) {
  OutboundTcpRoute route;
  if (message.rules().size() != 1) {
    return absl::InvalidArgumentError("a TCP route needs exactly one rule");
  }
  GOSSAMER_ASSIGN_OR_RETURN(route.metadata, ConvertOutboundMetadata(message.metadata()));
  const auto& rule = message.rules(0);
  GOSSAMER_ASSIGN_OR_RETURN(route.distribution, ConvertDistribution(rule.backends()));
  for (const auto& filter : rule.filters()) {
    if (filter.has_forbidden()) {
      route.forbidden = true;
    } else if (filter.has_invalid()) {
      route.invalid = filter.invalid().message().empty() ? "the route is misconfigured"
                                                         : filter.invalid().message();
    } else {
      return absl::InvalidArgumentError("a filter is not set");
    }
  }
  return route;
}

template <typename Routes>
absl::Status SetOpaqueRoute(const Routes& routes, OutboundTcpRoute* route) {
  if (routes.empty()) return absl::OkStatus();
  if (routes.size() > 1) {
    return absl::InvalidArgumentError("an opaque policy needs exactly one route");
  }
  GOSSAMER_ASSIGN_OR_RETURN(*route, ConvertTcpRoute(routes[0]));
  return absl::OkStatus();
}

absl::StatusOr<OutboundTlsRoute> ConvertTlsRoute(const api::TlsRoute& message) {
  OutboundTlsRoute route;
  GOSSAMER_ASSIGN_OR_RETURN(
      route.snis,
      ConvertAll<HostMatch>(message.snis(), ConvertHost<io::linkerd::proxy::tls_route::SniMatch>));
  GOSSAMER_ASSIGN_OR_RETURN(route.tcp, ConvertTcpRoute(message));
  return route;
}

absl::Status SetTlsRoutes(const api::ProxyProtocol::Tls& message, OutboundPolicy* policy) {
  GOSSAMER_ASSIGN_OR_RETURN(policy->tls_routes,
                            ConvertAll<OutboundTlsRoute>(message.routes(), ConvertTlsRoute));
  return absl::OkStatus();
}

template <typename Routes>
absl::Status SetHttpRoutes(const Routes& routes, OutboundPolicy* policy) {
  GOSSAMER_ASSIGN_OR_RETURN(
      policy->http_routes,
      ConvertAll<OutboundHttpRoute>(routes, [](const auto& m) { return ConvertHttpRoute(m); }));
  return absl::OkStatus();
}

absl::Status ConvertProtocol(const api::ProxyProtocol& message, OutboundPolicy* policy) {
  using Protocol = OutboundPolicy::Protocol;
  switch (message.kind_case()) {
    case api::ProxyProtocol::kDetect:
      policy->protocol = Protocol::kDetect;
      if (!message.detect().has_timeout() || !message.detect().has_opaque() ||
          !message.detect().has_http1() || !message.detect().has_http2()) {
        return absl::InvalidArgumentError("detection lacks its timeout or one of its protocols");
      }
      // The routes for HTTP/1 and HTTP/2 are the same in what controllers send.
      GOSSAMER_RETURN_IF_ERROR(SetHttpRoutes(message.detect().http1().routes(), policy));
      return SetOpaqueRoute(message.detect().opaque().routes(), &policy->tcp_route);
    case api::ProxyProtocol::kOpaque:
      policy->protocol = Protocol::kOpaque;
      return SetOpaqueRoute(message.opaque().routes(), &policy->tcp_route);
    case api::ProxyProtocol::kHttp1:
      policy->protocol = Protocol::kHttp1;
      return SetHttpRoutes(message.http1().routes(), policy);
    case api::ProxyProtocol::kHttp2:
      policy->protocol = Protocol::kHttp2;
      return SetHttpRoutes(message.http2().routes(), policy);
    case api::ProxyProtocol::kGrpc:
      policy->protocol = Protocol::kHttp2;
      return SetHttpRoutes(message.grpc().routes(), policy);
    case api::ProxyProtocol::kTls:
      policy->protocol = Protocol::kTls;
      return SetTlsRoutes(message.tls(), policy);
    case api::ProxyProtocol::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the protocol is not set");
}

// A policy whose every route is one distribution.
OutboundPolicy SinglePolicy(Metadata parent, absl::string_view route_name,
                            const Distribution& distribution) {
  OutboundPolicy policy;
  policy.parent = std::move(parent);
  OutboundHttpRoute route;
  route.metadata = Metadata::Default(std::string(route_name));
  OutboundRule rule;
  rule.distribution = distribution;
  route.rules.push_back(std::move(rule));
  policy.http_routes.push_back(std::move(route));
  policy.tcp_route.metadata = Metadata::Default(std::string(route_name));
  policy.tcp_route.distribution = distribution;
  policy.tls_routes.push_back({{}, policy.tcp_route});
  return policy;
}

OutboundPolicy ForwardPolicy(const net::SocketAddress& original, const Profile* profile) {
  const bool known = profile != nullptr && profile->endpoint.has_value();
  const char* name = known ? "endpoint" : "fallback";
  Backend backend;
  backend.metadata = Metadata::Default(name);
  backend.kind = Backend::Kind::kForward;
  if (known) {
    backend.endpoint = *profile->endpoint;
  } else {
    backend.endpoint.address = original;
  }
  return SinglePolicy(Metadata::Default(name), name,
                      {Distribution::Kind::kFirstAvailable, {std::move(backend)}});
}

OutboundPolicy SplitPolicy(const OutboundPolicy& policy, const Profile& profile) {
  Distribution distribution;
  distribution.kind = Distribution::Kind::kRandomAvailable;
  for (const Profile::Override& entry : profile.overrides) {
    Backend backend;
    backend.metadata = policy.parent;
    backend.kind = Backend::Kind::kBalance;
    backend.path = entry.path;
    backend.weight = entry.weight;
    distribution.backends.push_back(std::move(backend));
  }
  OutboundPolicy split = SinglePolicy(policy.parent, "serviceprofile", distribution);
  split.protocol = policy.protocol;
  return split;
}

}  // namespace

Profile ConvertProfile(const io::linkerd::proxy::destination::DestinationProfile& message) {
  Profile profile;
  profile.name = message.fully_qualified_name();
  profile.opaque = message.opaque_protocol();
  if (message.has_endpoint()) {
    absl::StatusOr<Endpoint> endpoint = ConvertEndpoint(message.endpoint(), {});
    if (endpoint.ok()) profile.endpoint = *std::move(endpoint);
  }
  for (const auto& entry : message.dst_overrides()) {
    if (entry.weight() == 0 || !IsNameAndPort(entry.authority())) continue;
    profile.overrides.push_back({entry.authority(), entry.weight()});
  }
  return profile;
}

absl::StatusOr<OutboundPolicy> ConvertOutboundPolicy(const api::OutboundPolicy& message) {
  OutboundPolicy policy;
  GOSSAMER_ASSIGN_OR_RETURN(policy.parent, ConvertOutboundMetadata(message.metadata()));
  GOSSAMER_RETURN_IF_ERROR(ConvertProtocol(message.protocol(), &policy));
  return policy;
}

OutboundPolicy CombinePolicy(const net::SocketAddress& original, const OutboundPolicy* policy,
                             const Profile* profile) {
  OutboundPolicy combined = policy == nullptr ? ForwardPolicy(original, profile) : *policy;
  if (profile == nullptr) return combined;
  if (policy != nullptr && !profile->name.empty() && !profile->overrides.empty()) {
    combined = SplitPolicy(*policy, *profile);
  }
  // Where policy names another protocol it has no route for opaque bytes: then it holds.
  if (profile->opaque && combined.tcp_route.distribution.kind != Distribution::Kind::kEmpty) {
    combined.protocol = OutboundPolicy::Protocol::kOpaque;
  }
  if (!profile->name.empty())
    combined.logical_name = absl::StrCat(profile->name, ":", original.port());
  return combined;
}

OutboundPolicy InvalidOutboundPolicy() {
  OutboundPolicy policy;
  policy.parent = Metadata::Default("invalid");
  policy.invalid = true;
  return policy;
}

OutboundPolicy RefusedOutboundPolicy() {
  OutboundPolicy policy;
  policy.parent = Metadata::Default("fail");
  policy.refused = true;
  return policy;
}

}  // namespace gossamer::proxy
