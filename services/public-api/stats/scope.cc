#include "services/public-api/stats/scope.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/prometheus/selector.h"

namespace gossamer::public_api {
namespace {

using prom::EscapeRegex;
using prom::Selector;

void SetTcp(Scope& scope, const Selector& connections, const char* peer) {
  scope.connections = connections;
  // Each proxied connection has two sides, and its bytes are counted on both.
  scope.bytes = connections;
  scope.bytes->Equal("peer", peer);
}

Scope PolicyScope(const Target& target, bool tcp) {
  Selector labels;
  Scope scope;
  const std::string name_label(MetricLabel(target.type));
  switch (target.type) {
    case ResourceType::kServer:
      labels.Equal("srv_kind", "server");
      scope.group_by = {"srv_kind", "namespace", "srv_name"};
      break;
    case ResourceType::kHttpRoute:
      scope.group_by = {"srv_name", "srv_kind", "route_kind", "namespace", "route_name"};
      break;
    default:
      labels.Equal("authz_kind", CanonicalName(target.type));
      scope.group_by = {"namespace", "authz_name"};
  }
  if (target.name.empty()) {
    labels.Present(name_label);
  } else {
    labels.Equal(name_label, target.name);
  }
  if (!target.namespace_name.empty()) labels.Equal("namespace", target.namespace_name);
  scope.authorizations = labels;
  scope.requests = std::move(labels.Equal("direction", "inbound"));
  if (tcp && target.type == ResourceType::kServer) {
    scope.connections = scope.requests;
    scope.connections->Equal("peer", "src");
    scope.bytes = scope.connections;
  }
  return scope;
}

Scope ServiceScope(const Target& target, const std::optional<Target>& to,
                   const std::optional<Target>& from, bool tcp, absl::string_view domain) {
  Scope scope;
  scope.group_by = {"dst_namespace", "dst_service"};
  scope.requests.Equal("direction", "outbound")
      .Regex("authority", absl::StrCat("^", ServiceNameRegex(target, domain), ".*"));
  if (to.has_value()) to->SelectAsDestination(&scope.requests);
  if (from.has_value()) from->SelectAsOwner(&scope.requests);
  if (tcp) {
    scope.connections = scope.requests;
    scope.connections->Equal("peer", "dst");
    scope.bytes = scope.connections;
  }
  return scope;
}

std::vector<std::string> OwnerGroup(ResourceType type, const char* prefix) {
  const std::string namespace_label = absl::StrCat(prefix, "namespace");
  if (type == ResourceType::kNamespace) return {namespace_label};
  return {namespace_label, absl::StrCat(prefix, MetricLabel(type))};
}

}  // namespace

std::string ServiceNameRegex(const Target& service, absl::string_view cluster_domain) {
  const auto part = [](const std::string& name) { return name.empty() ? ".+" : EscapeRegex(name); };
  return absl::StrCat(part(service.name), "\\.", part(service.namespace_name), "\\.svc\\.",
                      EscapeRegex(cluster_domain));
}

Scope StatScope(const Target& target, const std::optional<Target>& to,
                const std::optional<Target>& from, bool tcp, absl::string_view cluster_domain) {
  if (IsPolicy(target.type)) return PolicyScope(target, tcp);
  if (target.type == ResourceType::kService) {
    return ServiceScope(target, to, from, tcp, cluster_domain);
  }
  Scope scope;
  const bool inbound = !to.has_value() && !from.has_value();
  scope.requests.Equal("direction", inbound ? "inbound" : "outbound");
  if (from.has_value()) {
    from->SelectAsOwner(&scope.requests);
    target.SelectAsDestination(&scope.requests);
    scope.group_by = OwnerGroup(target.type, "dst_");
  } else {
    target.SelectAsOwner(&scope.requests);
    if (to.has_value()) to->SelectAsDestination(&scope.requests);
    scope.group_by = OwnerGroup(target.type, "");
  }
  if (tcp) SetTcp(scope, scope.requests, inbound ? "src" : "dst");
  return scope;
}

}  // namespace gossamer::public_api
