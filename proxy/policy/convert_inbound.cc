#include "proxy/policy/convert_inbound.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/status/status_macros.h"
#include "proxy/policy/convert_common.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::inbound;

Metadata FromLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  const auto get = [&](const char* name) {
    const auto it = labels.find(name);
    return it == labels.end() ? std::string() : it->second;
  };
  Metadata metadata;
  metadata.group = get("group");
  metadata.kind = get("kind").empty() ? "default" : get("kind");
  metadata.name = get("name");
  return metadata;
}

absl::StatusOr<NetworkMatch> ConvertNetworkMatch(const api::Network& message) {
  NetworkMatch match;
  GOSSAMER_ASSIGN_OR_RETURN(match.network, ConvertNetwork(message.net()));
  GOSSAMER_ASSIGN_OR_RETURN(match.except,
                            ConvertAll<net::IpNetwork>(message.except(), ConvertNetwork));
  return match;
}

absl::Status ConvertAuthentication(const api::Authn& message, Authorization* authorization) {
  using Authentication = Authorization::Authentication;
  if (message.permit_case() == api::Authn::kUnauthenticated) {
    authorization->authentication = Authentication::kUnauthenticated;
    return absl::OkStatus();
  }
  using MeshTls = api::Authn::PermitMeshTLS;
  if (message.permit_case() != api::Authn::kMeshTLS) {
    return absl::InvalidArgumentError("an authorization permits nobody");
  }
  switch (message.meshtls().clients_case()) {
    case MeshTls::kUnauthenticated:
      authorization->authentication = Authentication::kTlsUnauthenticated;
      return absl::OkStatus();
    case MeshTls::kIdentities:
      authorization->authentication = Authentication::kTlsAuthenticated;
      for (const auto& identity : message.meshtls().identities().identities()) {
        authorization->identities.push_back(identity.name());
      }
      for (const auto& suffix : message.meshtls().identities().suffixes()) {
        // Only no parts at all mean any name: one empty part must not.
        authorization->suffixes.push_back(
            suffix.parts().empty() ? "" : absl::StrCat(".", absl::StrJoin(suffix.parts(), ".")));
      }
      return absl::OkStatus();
    case MeshTls::CLIENTS_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("an authorization by mesh TLS names no clients");
}

absl::StatusOr<Authorization> ConvertAuthorization(const api::Authz& message) {
  Authorization authorization;
  if (message.networks().empty()) {
    return absl::InvalidArgumentError("an authorization has no networks");
  }
  GOSSAMER_ASSIGN_OR_RETURN(authorization.networks,
                            ConvertAll<NetworkMatch>(message.networks(), ConvertNetworkMatch));
  GOSSAMER_RETURN_IF_ERROR(ConvertAuthentication(message.authentication(), &authorization));
  if (message.has_metadata()) {
    GOSSAMER_ASSIGN_OR_RETURN(authorization.metadata, ConvertMetadata(message.metadata()));
  } else {
    authorization.metadata = FromLabels(message.labels());
  }
  return authorization;
}

template <typename Message>
absl::StatusOr<InboundHttpRoute> ConvertRoute(const Message& message) {
  InboundHttpRoute route;
  GOSSAMER_ASSIGN_OR_RETURN(route.metadata, ConvertMetadata(message.metadata()));
  GOSSAMER_ASSIGN_OR_RETURN(
      route.hosts, ConvertAll<HostMatch>(message.hosts(),
                                         ConvertHost<io::linkerd::proxy::http_route::HostMatch>));
  GOSSAMER_ASSIGN_OR_RETURN(
      route.authorizations,
      ConvertAll<Authorization>(message.authorizations(), ConvertAuthorization));
  for (const auto& rule_message : message.rules()) {
    RouteRule rule;
    GOSSAMER_ASSIGN_OR_RETURN(
        rule.matches, ConvertAll<RequestMatch>(rule_message.matches(),
                                               [](const auto& m) { return ConvertMatch(m); }));
    GOSSAMER_ASSIGN_OR_RETURN(
        rule.filters,
        ConvertAll<Filter>(rule_message.filters(), [](const auto& m) { return ConvertFilter(m); }));
    route.rules.push_back(std::move(rule));
  }
  return route;
}

template <typename Routes>
absl::Status SetRoutes(const Routes& routes, ServerPolicy* policy) {
  GOSSAMER_ASSIGN_OR_RETURN(policy->routes, ConvertAll<InboundHttpRoute>(routes, [](const auto& m) {
                              return ConvertRoute(m);
                            }));
  return absl::OkStatus();
}

absl::Status ConvertProtocol(const api::ProxyProtocol& message, ServerPolicy* policy) {
  using Protocol = ServerPolicy::Protocol;
  switch (message.kind_case()) {
    case api::ProxyProtocol::kDetect: {
      if (!message.detect().has_timeout()) {
        return absl::InvalidArgumentError("detection has no timeout");
      }
      policy->protocol = Protocol::kDetect;
      GOSSAMER_ASSIGN_OR_RETURN(policy->detect_timeout,
                                ConvertDuration(message.detect().timeout()));
      return SetRoutes(message.detect().http_routes(), policy);
    }
    case api::ProxyProtocol::kOpaque:
      policy->protocol = Protocol::kOpaque;
      return absl::OkStatus();
    case api::ProxyProtocol::kTls:
      policy->protocol = Protocol::kTls;
      return absl::OkStatus();
    case api::ProxyProtocol::kHttp1:
      policy->protocol = Protocol::kHttp1;
      return SetRoutes(message.http1().routes(), policy);
    case api::ProxyProtocol::kHttp2:
      policy->protocol = Protocol::kHttp2;
      return SetRoutes(message.http2().routes(), policy);
    case api::ProxyProtocol::kGrpc:
      policy->protocol = Protocol::kGrpc;
      return SetRoutes(message.grpc().routes(), policy);
    case api::ProxyProtocol::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the protocol is not set");
}

std::vector<NetworkMatch> AllNetworks() {
  return {{net::IpNetwork(net::IpAddress::V4(0), 0), {}},
          {net::IpNetwork(net::IpAddress::V6({}), 0), {}}};
}

// The workload itself is always let in, over loopback, whatever the control plane says.
Authorization Localhost() {
  Authorization authorization;
  authorization.metadata = Metadata::Default("localhost");
  authorization.networks = {
      {net::IpNetwork(net::IpAddress::V4(0x7f000001), 32), {}},
      {*net::IpNetwork::Parse("::1/128"), {}},
  };
  return authorization;
}

}  // namespace

absl::StatusOr<ServerPolicy> ConvertServerPolicy(const api::Server& message) {
  ServerPolicy policy;
  if (message.labels().find("name") == message.labels().end()) {
    return absl::InvalidArgumentError("the server has no name");
  }
  policy.metadata = FromLabels(message.labels());
  GOSSAMER_RETURN_IF_ERROR(ConvertProtocol(message.protocol(), &policy));
  GOSSAMER_ASSIGN_OR_RETURN(
      policy.authorizations,
      ConvertAll<Authorization>(message.authorizations(), ConvertAuthorization));
  policy.authorizations.push_back(Localhost());
  return policy;
}

ServerPolicy InvalidServerPolicy() {
  ServerPolicy policy;
  policy.metadata = Metadata::Default("invalid");
  policy.invalid = true;
  return policy;
}

ServerPolicy DefaultServerPolicy(const InboundConfig& config, uint16_t port) {
  ServerPolicy policy;
  policy.metadata = Metadata::Default(std::string(DefaultPolicyName(config.default_policy)));
  policy.detect_timeout = config.detect_timeout;
  if (config.opaque_ports.Contains(port)) policy.protocol = ServerPolicy::Protocol::kOpaque;
  Authorization authorization;
  authorization.metadata = policy.metadata;
  authorization.networks = AllNetworks();
  const auto only_cluster = [&] {
    authorization.networks.clear();
    for (const net::IpNetwork& network : config.cluster_networks) {
      authorization.networks.push_back({network, {}});
    }
  };
  const auto only_mesh = [&] {
    authorization.authentication = Authorization::Authentication::kTlsAuthenticated;
    authorization.suffixes = {""};
  };
  switch (config.default_policy) {
    case DefaultPolicy::kDeny:
      policy.protocol = ServerPolicy::Protocol::kOpaque;
      return policy;
    case DefaultPolicy::kAllUnauthenticated:
    case DefaultPolicy::kAudit:
      break;
    case DefaultPolicy::kAllAuthenticated:
      only_mesh();
      break;
    case DefaultPolicy::kClusterAuthenticated:
      only_mesh();
      only_cluster();
      break;
    case DefaultPolicy::kClusterUnauthenticated:
      only_cluster();
      break;
  }
  policy.authorizations = {std::move(authorization)};
  return policy;
}

}  // namespace gossamer::proxy
