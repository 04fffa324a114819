#include "services/destination/policy/authorizations.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/destination/endpoints/workload.h"
#include "services/destination/policy/default_policy.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::inbound;
using Identities = proto::Authn::PermitMeshTLS::PermitClientIdentities;

bool IsCore(const std::string& group) { return group.empty() || group == "core"; }

void AddSuffix(absl::string_view suffix, Identities* identities) {
  proto::IdentitySuffix* to = identities->add_suffixes();
  for (absl::string_view part : absl::StrSplit(suffix, '.')) to->add_parts(std::string(part));
}

// `*` is any identity, `*.x` one below x, anything else exactly one.
void AddIdentity(absl::string_view pattern, Identities* identities) {
  if (pattern == "*") {
    identities->add_suffixes();
  } else if (absl::ConsumePrefix(&pattern, "*.")) {
    AddSuffix(pattern, identities);
  } else {
    identities->add_identities()->set_name(std::string(pattern));
  }
}

// Builds one policy's authorization.
class AuthzBuilder {
 public:
  AuthzBuilder(const k8s::AuthorizationPolicy& policy, const Cluster& cluster,
               const Settings& settings, Topics* topics)
      : policy_(policy), cluster_(cluster), settings_(settings), topics_(topics) {}

  std::optional<proto::Authz> Build() {
    for (const k8s::ObjectRef& ref : policy_.required_authentications) {
      if (!Require(ref)) return std::nullopt;
    }
    if (!has_networks_) AddNetworks(AllNetworks(), &authz_);
    if (!has_identities_) authz_.mutable_authentication()->mutable_unauthenticated();
    auto& labels = *authz_.mutable_labels();
    labels["group"] = std::string(k8s::kPolicyGroup);
    labels["kind"] = "authorizationpolicy";
    labels["name"] = policy_.meta.name;
    auto* resource = authz_.mutable_metadata()->mutable_resource();
    resource->set_group(std::string(k8s::kPolicyGroup));
    resource->set_kind("authorizationpolicy");
    resource->set_name(policy_.meta.name);
    return authz_;
  }

 private:
  std::string NamespaceOf(const k8s::ObjectRef& ref) const {
    return ref.namespace_name.empty() ? policy_.meta.namespace_name : ref.namespace_name;
  }

  bool Require(const k8s::ObjectRef& ref) {
    const bool is_policy = ref.group == k8s::kPolicyGroup;
    if (is_policy && ref.kind == k8s::NetworkAuthentication::kKind) return RequireNetworks(ref);
    // At most one may say who the client is.
    if (has_identities_) return false;
    has_identities_ = true;
    Identities* identities =
        authz_.mutable_authentication()->mutable_meshtls()->mutable_identities();
    if (is_policy && ref.kind == k8s::MeshTlsAuthentication::kKind) {
      return RequireMeshTls(ref, identities);
    }
    if (!IsCore(ref.group) || ref.kind != k8s::ServiceAccount::kKind) return false;
    AddIdentity(IdentityOf(ref.name, NamespaceOf(ref), settings_), identities);
    return true;
  }

  bool RequireMeshTls(const k8s::ObjectRef& ref, Identities* identities) {
    topics_->insert(AuthenticationsTopic(NamespaceOf(ref)));
    const auto authentication = cluster_.FindMeshTls({NamespaceOf(ref), ref.name});
    if (authentication == nullptr) return false;
    for (const std::string& identity : authentication->identities) {
      AddIdentity(identity, identities);
    }
    for (const k8s::ObjectRef& who : authentication->identity_refs) {
      const std::string space =
          who.namespace_name.empty() ? authentication->meta.namespace_name : who.namespace_name;
      if (!IsCore(who.group)) continue;
      if (who.kind == k8s::ServiceAccount::kKind) {
        AddIdentity(IdentityOf(who.name, space, settings_), identities);
      } else if (who.kind == k8s::Namespace::kKind) {
        // Every account of the namespace: the identity without its first label.
        AddSuffix(absl::StripPrefix(IdentityOf("", who.name, settings_), "."), identities);
      }
    }
    return identities->identities_size() + identities->suffixes_size() > 0;
  }

  bool RequireNetworks(const k8s::ObjectRef& ref) {
    if (has_networks_) return false;
    has_networks_ = true;
    topics_->insert(AuthenticationsTopic(NamespaceOf(ref)));
    const auto authentication = cluster_.FindNetworks({NamespaceOf(ref), ref.name});
    if (authentication == nullptr) return false;
    for (const k8s::NetworkAuthentication::Network& network : authentication->networks) {
      const auto parsed = net::IpNetwork::Parse(network.cidr);
      if (!parsed.ok()) return false;
      proto::Network* to = authz_.add_networks();
      SetNetwork(*parsed, to->mutable_net());
      for (const std::string& hole : network.except) {
        const auto except = net::IpNetwork::Parse(hole);
        if (!except.ok()) return false;
        SetNetwork(*except, to->add_except());
      }
    }
    return authz_.networks_size() > 0;
  }

  const k8s::AuthorizationPolicy& policy_;
  const Cluster& cluster_;
  const Settings& settings_;
  Topics* topics_;
  proto::Authz authz_;
  bool has_identities_ = false;
  bool has_networks_ = false;
};

}  // namespace

std::vector<proto::Authz> AuthorizationsFor(
    const std::string& namespace_name, const std::function<bool(const k8s::ObjectRef&)>& is_wanted,
    const Cluster& cluster, const Settings& settings, Topics* topics) {
  std::vector<proto::Authz> authorizations;
  topics->insert(AuthorizationsTopic(namespace_name));
  for (const auto& policy : cluster.AuthorizationPoliciesIn(namespace_name)) {
    if (!is_wanted(policy->target)) continue;
    auto authz = AuthzBuilder(*policy, cluster, settings, topics).Build();
    if (authz) authorizations.push_back(*std::move(authz));
  }
  return authorizations;
}

}  // namespace gossamer::destination
