#include "services/destination/config.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/destination/policy/default_policy.h"

namespace gossamer::destination {
namespace {

void ReadNetworks(const char* flag, const std::string& text, std::vector<net::IpNetwork>* networks,
                  std::vector<std::string>* faults) {
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    item = absl::StripAsciiWhitespace(item);
    if (item.empty()) continue;
    auto network = net::IpNetwork::Parse(item);
    if (network.ok()) {
      networks->push_back(*network);
    } else {
      faults->push_back(
          absl::StrCat(flag, ": expected networks such as 10.0.0.0/8, found \"", item, "\""));
    }
  }
}

}  // namespace

void Config::AddTo(service::Flags* flags) {
  flags->AddListenAddress("--grpc-addr", &grpc_address, "Where proxies ask for endpoints");
  flags->AddListenAddress("--policy-addr", &policy_address, "Where proxies ask for policy");
  CLI::App& app = flags->app();
  const auto add = [&](const char* flag, auto* value, const char* description) {
    app.add_option(flag, *value, description)->capture_default_str();
  };
  app.add_option("--manifests", manifests,
                 "The folder of Kubernetes manifests that is the cluster; it is followed")
      ->required();
  add("--cluster-domain", &cluster_domain, "The DNS suffix of services");
  app.add_option("--identity-trust-domain", trust_domain,
                 "The suffix of identities; by default the cluster domain");
  add("--controller-namespace", &controller_namespace, "The namespace of the mesh's control plane");
  add("--default-inbound-policy", &default_inbound_policy,
      "Who reaches a port that no Server is about: deny, audit, all-authenticated, "
      "all-unauthenticated, cluster-authenticated, cluster-unauthenticated");
  add("--cluster-networks", &cluster_networks, "What counts as inside the cluster");
  add("--probe-networks", &probe_networks, "Where health probes come from");
  add("--default-opaque-ports", &default_opaque_ports,
      "Ports carried without looking at their protocol, where no annotation says otherwise");
  app.add_option("--outbound-transport-mode", outbound_transport_mode,
                 "Whether meshed endpoints are reached through their proxy's port always "
                 "(transport-header) or for opaque ports only (transparent)")
      ->check(CLI::IsMember({"transport-header", "transparent"}))
      ->capture_default_str();
  add("--enable-h2-upgrade", &h2_upgrade, "Let proxies carry HTTP/1 over HTTP/2 between them");
  add("--allow-l5d-request-headers", &allow_l5d_request_headers,
      "Let requests carry retry and timeout headers");
  app.add_option("--streams-max", streams_max, "The most streams to serve at once")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  flags->AddExample("gossamer-destination --manifests /etc/mesh", "Serves a folder as a cluster");
}

absl::StatusOr<Settings> Config::ReadSettings() const {
  Settings settings;
  std::vector<std::string> faults;
  settings.cluster_domain = cluster_domain;
  settings.trust_domain = trust_domain.empty() ? cluster_domain : trust_domain;
  settings.controller_namespace = controller_namespace;
  settings.transport_header = outbound_transport_mode == "transport-header";
  settings.h2_upgrade = h2_upgrade;
  settings.allow_l5d_request_headers = allow_l5d_request_headers;
  settings.default_inbound_policy = default_inbound_policy;
  if (!IsDefaultPolicy(default_inbound_policy)) {
    faults.push_back(absl::StrCat("--default-inbound-policy: no policy is called \"",
                                  default_inbound_policy, "\""));
  }
  ReadNetworks("--cluster-networks", cluster_networks, &settings.cluster_networks, &faults);
  ReadNetworks("--probe-networks", probe_networks, &settings.probe_networks, &faults);
  auto ports = config::PortSet::Parse(default_opaque_ports);
  if (ports.ok()) {
    settings.default_opaque_ports = *std::move(ports);
  } else {
    faults.push_back(
        absl::StrCat("--default-opaque-ports: ", std::string(ports.status().message())));
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "; "));
  return settings;
}

}  // namespace gossamer::destination
