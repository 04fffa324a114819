#include "services/destination/policy/inbound_policy.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "services/destination/endpoints/http_types.h"
#include "services/destination/endpoints/opaque_ports.h"
#include "services/destination/endpoints/workload.h"
#include "services/destination/policy/authorizations.h"
#include "services/destination/policy/default_policy.h"
#include "services/destination/policy/routes.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::inbound;
using ServerPtr = std::shared_ptr<const k8s::Server>;

constexpr int64_t kDetectTimeoutSeconds = 10;

class InboundPolicyBuilder {
 public:
  InboundPolicyBuilder(const Cluster& cluster, const Settings& settings, const k8s::Pod& pod,
                       int port, Topics* topics)
      : cluster_(cluster),
        settings_(settings),
        pod_(pod),
        space_(pod.meta.namespace_name),
        port_(port),
        topics_(topics) {}

  proto::Server Build() {
    topics_->insert(PodTopic(space_, pod_.meta.name));
    topics_->insert(ServersTopic(space_));
    const ServerPtr server = SelectServer();
    return server == nullptr ? OfDefault() : OfServer(*server);
  }

 private:
  // The oldest of the servers that select the port.
  ServerPtr SelectServer() const {
    ServerPtr selected;
    for (const ServerPtr& server : cluster_.ServersIn(space_)) {
      if (!Selects(*server, pod_, port_)) continue;
      if (selected == nullptr || std::tie(server->meta.created, server->meta.name) <
                                     std::tie(selected->meta.created, selected->meta.name)) {
        selected = server;
      }
    }
    return selected;
  }

  bool IsAnnotated(absl::string_view annotation) const {
    return AnnotatedPorts(pod_, annotation).Contains(static_cast<uint16_t>(port_));
  }

  // An annotation that names no policy lets nobody in, rather than what the cluster's default
  // would.
  std::string DefaultPolicy() const {
    const std::string* annotated = pod_.meta.Annotation("config.linkerd.io/default-inbound-policy");
    std::string policy = annotated == nullptr          ? settings_.default_inbound_policy
                         : IsDefaultPolicy(*annotated) ? *annotated
                                                       : "deny";
    if (IsAnnotated("config.linkerd.io/proxy-require-identity-inbound-ports")) {
      policy = AuthenticatedVariant(policy);
    }
    return policy;
  }

  proto::Server OfDefault() {
    proto::Server answer;
    const std::string policy = DefaultPolicy();
    auto& labels = *answer.mutable_labels();
    labels["group"] = "";
    labels["kind"] = "default";
    labels["name"] = policy;
    for (proto::Authz& authz : DefaultAuthorizations(policy, settings_)) {
      *answer.add_authorizations() = std::move(authz);
    }
    if (IsAnnotated(kOpaquePortsAnnotation)) {
      answer.mutable_protocol()->mutable_opaque();
    } else {
      proto::ProxyProtocol::Detect* detect = answer.mutable_protocol()->mutable_detect();
      detect->mutable_timeout()->set_seconds(kDetectTimeoutSeconds);
      AddHttpRoutes(nullptr, detect->mutable_http_routes());
    }
    return answer;
  }

  proto::Server OfServer(const k8s::Server& server) {
    proto::Server answer;
    auto& labels = *answer.mutable_labels();
    labels["group"] = std::string(k8s::kPolicyGroup);
    labels["kind"] = "server";
    labels["name"] = server.meta.name;
    const auto is_wanted = [&](const k8s::ObjectRef& target) {
      return (target.group == k8s::kPolicyGroup && target.kind == k8s::Server::kKind &&
              target.name == server.meta.name) ||
             ((target.group.empty() || target.group == "core") &&
              target.kind == k8s::Namespace::kKind && target.name == space_);
    };
    for (proto::Authz& authz : AuthorizationsFor(space_, is_wanted, cluster_, settings_, topics_)) {
      *answer.add_authorizations() = std::move(authz);
    }
    for (proto::Authz& authz : DefaultAuthorizations(server.access_policy, settings_)) {
      *answer.add_authorizations() = std::move(authz);
    }
    SetProtocol(server, answer.mutable_protocol());
    return answer;
  }

  void SetProtocol(const k8s::Server& server, proto::ProxyProtocol* protocol) {
    switch (server.protocol) {
      case k8s::Server::Protocol::kUnknown:
        protocol->mutable_detect()->mutable_timeout()->set_seconds(kDetectTimeoutSeconds);
        AddHttpRoutes(&server, protocol->mutable_detect()->mutable_http_routes());
        break;
      case k8s::Server::Protocol::kHttp1:
        AddHttpRoutes(&server, protocol->mutable_http1()->mutable_routes());
        break;
      case k8s::Server::Protocol::kHttp2:
        AddHttpRoutes(&server, protocol->mutable_http2()->mutable_routes());
        break;
      case k8s::Server::Protocol::kGrpc: {
        proto::GrpcRoute* route = protocol->mutable_grpc()->add_routes();
        route->mutable_metadata()->set_default_("default");
        // An RPC match without members is any RPC; the proxy wants it to be there.
        route->add_rules()->add_matches()->mutable_rpc();
        break;
      }
      case k8s::Server::Protocol::kOpaque:
        protocol->mutable_opaque();
        break;
      case k8s::Server::Protocol::kTls:
        protocol->mutable_tls();
        break;
    }
  }

  template <typename Routes>
  void AddHttpRoutes(const k8s::Server* server, Routes* routes) {
    if (server != nullptr) {
      for (const auto& route : cluster_.RoutesOfServer({space_, server->meta.name})) {
        AddRoute(*route, server->meta.name, routes);
      }
    }
    if (routes->empty()) AddDefaultRoutes(routes);
  }

  template <typename Routes>
  void AddRoute(const k8s::HttpRoute& route, const std::string& server, Routes* routes) {
    if (route.meta.namespace_name != space_ || !IsAttached(route, server)) return;
    proto::HttpRoute answer;
    for (const k8s::HttpRoute::Rule& rule : route.rules) {
      proto::HttpRoute::Rule* to = answer.add_rules();
      for (const auto& match : rule.matches) TranslateMatch(match, to->add_matches());
      // A filter we do not know must not be left out silently: the whole route is.
      if (!AddFilters(rule.filters, to)) return;
    }
    for (const std::string& host : route.hostnames) TranslateHost(host, answer.add_hosts());
    SetRouteMetadata(route, answer.mutable_metadata());
    const auto is_wanted = [&](const k8s::ObjectRef& target) {
      return target.group == route.group && target.kind == "HTTPRoute" &&
             target.name == route.meta.name;
    };
    for (proto::Authz& authz : AuthorizationsFor(space_, is_wanted, cluster_, settings_, topics_)) {
      *answer.add_authorizations() = std::move(authz);
    }
    *routes->Add() = std::move(answer);
  }

  static bool IsAttached(const k8s::HttpRoute& route, const std::string& server) {
    return std::any_of(route.parents.begin(), route.parents.end(), [&](const auto& parent) {
      return parent.ref.kind == k8s::Server::kKind && parent.ref.group == k8s::kPolicyGroup &&
             parent.ref.name == server && parent.port == 0 && parent.section.empty() &&
             IsAccepted(route, parent);
    });
  }

  static bool AddFilters(const std::vector<k8s::HttpRoute::Filter>& filters,
                         proto::HttpRoute::Rule* rule) {
    for (const k8s::HttpRoute::Filter& filter : filters) {
      if (filter.type == "RequestHeaderModifier") {
        TranslateHeaders(filter.headers, rule->add_filters()->mutable_request_header_modifier());
      } else if (filter.type == "RequestRedirect") {
        TranslateRedirect(filter.redirect, rule->add_filters()->mutable_redirect());
      } else if (filter.type != "ResponseHeaderModifier") {  // Of no use on this side.
        return false;
      }
    }
    return true;
  }

  template <typename Routes>
  void AddDefaultRoutes(Routes* routes) {
    proto::HttpRoute* any = routes->Add();
    any->mutable_metadata()->set_default_("default");
    any->add_rules()->add_matches()->mutable_path()->set_prefix("/");
    const std::set<std::string> paths = ProbePaths();
    if (paths.empty() || settings_.probe_networks.empty()) return;
    proto::HttpRoute* probe = routes->Add();
    probe->mutable_metadata()->set_default_("probe");
    proto::Authz* authz = probe->add_authorizations();
    AddNetworks(settings_.probe_networks, authz);
    authz->mutable_authentication()->mutable_unauthenticated();
    SetDefaultOrigin("probe", authz);
    proto::HttpRoute::Rule* rule = probe->add_rules();
    for (const std::string& path : paths) {
      auto* match = rule->add_matches();
      match->mutable_path()->set_exact(path);
      SetMethod("GET", match->mutable_method());
    }
  }

  std::set<std::string> ProbePaths() const {
    std::set<std::string> paths;
    for (const k8s::Pod::Container& container : pod_.containers) {
      for (const k8s::Pod::HttpProbe& probe : container.http_probes) {
        const int number =
            probe.port.number != 0 ? probe.port.number : pod_.FindPort(probe.port.name);
        // The query is not a part of what routes match.
        if (number == port_) paths.insert(probe.path.substr(0, probe.path.find('?')));
      }
    }
    return paths;
  }

  const Cluster& cluster_;
  const Settings& settings_;
  const k8s::Pod& pod_;
  const std::string& space_;
  const int port_;
  Topics* topics_;
};

}  // namespace

absl::StatusOr<proto::Server> BuildInboundPolicy(const Cluster& cluster, const Settings& settings,
                                                 const WorkloadToken& workload, int port,
                                                 Topics* topics) {
  const auto pod = cluster.FindPod({workload.namespace_name, workload.pod});
  if (pod == nullptr || pod->meta.Label("linkerd.io/control-plane-ns") == nullptr) {
    return absl::NotFoundError("unknown server");
  }
  return InboundPolicyBuilder(cluster, settings, *pod, port, topics).Build();
}

}  // namespace gossamer::destination
