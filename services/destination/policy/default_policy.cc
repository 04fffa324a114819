#include "services/destination/policy/default_policy.h"

#include <array>

#include "absl/strings/match.h"
#include "services/destination/endpoints/workload.h"

namespace gossamer::destination {

namespace proto = io::linkerd::proxy::inbound;

bool IsDefaultPolicy(absl::string_view name) {
  for (absl::string_view known : {"deny", "audit", "all-authenticated", "all-unauthenticated",
                                  "cluster-authenticated", "cluster-unauthenticated"}) {
    if (name == known) return true;
  }
  return false;
}

std::vector<proto::Authz> DefaultAuthorizations(const std::string& name, const Settings& settings) {
  if (name == "deny" || !IsDefaultPolicy(name)) return {};
  proto::Authz authz;
  const bool cluster_only = absl::StartsWith(name, "cluster-");
  // Without a network an authorization is invalid, so that a cluster without networks admits
  // nobody.
  if (cluster_only && settings.cluster_networks.empty()) return {};
  AddNetworks(cluster_only ? settings.cluster_networks : AllNetworks(), &authz);
  if (absl::EndsWith(name, "-authenticated")) {
    // A suffix of no labels: any identity.
    authz.mutable_authentication()->mutable_meshtls()->mutable_identities()->add_suffixes();
  } else {
    authz.mutable_authentication()->mutable_unauthenticated();
  }
  SetDefaultOrigin(name, &authz);
  return {authz};
}

std::string AuthenticatedVariant(const std::string& name) {
  if (name == "all-unauthenticated" || name == "audit") return "all-authenticated";
  if (name == "cluster-unauthenticated") return "cluster-authenticated";
  return name;
}

void SetDefaultOrigin(const std::string& name, proto::Authz* authz) {
  auto& labels = *authz->mutable_labels();
  labels["group"] = "";
  labels["kind"] = "default";
  labels["name"] = name;
  authz->mutable_metadata()->set_default_(name);
}

void AddNetworks(const std::vector<net::IpNetwork>& networks, proto::Authz* authz) {
  for (const net::IpNetwork& network : networks) {
    SetNetwork(network, authz->add_networks()->mutable_net());
  }
}

void SetNetwork(const net::IpNetwork& from, io::linkerd::proxy::net::IPNetwork* to) {
  SetIp(from.ip(), to->mutable_ip());
  to->set_prefix_len(static_cast<uint32_t>(from.prefix_bits()));
}

std::vector<net::IpNetwork> AllNetworks() {
  return {net::IpNetwork(net::IpAddress(), 0),
          net::IpNetwork(net::IpAddress::V6(std::array<uint8_t, 16>{}), 0)};
}

}  // namespace gossamer::destination
