#include "services/destination/endpoints/workload.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/destination/endpoints/opaque_ports.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::destination;

constexpr char kControlPlaneLabel[] = "linkerd.io/control-plane-ns";
constexpr char kTemplateHashLabel[] = "pod-template-hash";
constexpr int kDefaultInboundPort = 4143;
constexpr uint32_t kWeight = 10000;
constexpr int kKeepAliveIntervalSeconds = 10;
constexpr int kKeepAliveTimeoutSeconds = 3;

// The workload that keeps the pod, by kind and name. A ReplicaSet that bears the pod's template
// hash is a Deployment's; the ReplicaSet itself need not be known for that.
k8s::OwnerReference OwnerOf(const k8s::Pod& pod) {
  if (pod.meta.owners.size() != 1) return {"Pod", pod.meta.name};
  k8s::OwnerReference owner = pod.meta.owners[0];
  const std::string* hash = pod.meta.Label(kTemplateHashLabel);
  absl::string_view name = owner.name;
  if (owner.kind == "ReplicaSet" && hash != nullptr &&
      absl::ConsumeSuffix(&name, absl::StrCat("-", *hash)) && !name.empty()) {
    return {"Deployment", std::string(name)};
  }
  return owner;
}

void AddLabels(const k8s::Pod& pod, proto::WeightedAddr* address) {
  auto& labels = *address->mutable_metric_labels();
  const k8s::OwnerReference owner = OwnerOf(pod);
  const std::string kind = absl::AsciiStrToLower(owner.kind);
  labels[kind == "job" ? "k8s_job" : kind] = owner.name;
  labels["pod"] = pod.meta.name;
  labels["serviceaccount"] = pod.service_account;
  if (const std::string* plane = pod.meta.Label(kControlPlaneLabel)) {
    labels["control_plane_ns"] = *plane;
  }
  if (const std::string* hash = pod.meta.Label(kTemplateHashLabel)) {
    labels["pod_template_hash"] = *hash;
  }
}

// The port of one of the proxy's listeners, by what the proxy's container says of it; `fallback`
// where it says nothing.
int ListenPort(const k8s::Pod& pod, absl::string_view listener, int fallback) {
  const std::string variable = absl::StrCat("LINKERD2_PROXY_", listener, "_LISTEN_ADDR");
  for (const k8s::Pod::Container& container : pod.containers) {
    if (container.name != "linkerd-proxy") continue;
    const auto found = container.listen_addresses.find(variable);
    if (found == container.listen_addresses.end()) continue;
    const absl::StatusOr<net::SocketAddress> address = net::SocketAddress::Parse(found->second);
    if (address.ok()) return address->port();
  }
  return fallback;
}

bool IsProxysOwn(const k8s::Pod& pod, int port) {
  return port == ListenPort(pod, "ADMIN", 4191) || port == ListenPort(pod, "CONTROL", 4190);
}

void SetHttp2(proto::Http2ClientParams* params) {
  proto::Http2ClientParams::KeepAlive* keep_alive = params->mutable_keep_alive();
  keep_alive->mutable_interval()->set_seconds(kKeepAliveIntervalSeconds);
  keep_alive->mutable_timeout()->set_seconds(kKeepAliveTimeoutSeconds);
  keep_alive->set_while_idle(true);
}

}  // namespace

std::string IdentityOf(const std::string& service_account, const std::string& namespace_name,
                       const Settings& settings) {
  return absl::StrCat(service_account, ".", namespace_name, ".serviceaccount.identity.",
                      settings.controller_namespace, ".", settings.trust_domain);
}

bool Selects(const k8s::Server& server, const k8s::Pod& pod, int port) {
  if (!server.pod_selector || !server.pod_selector->Matches(pod.meta.labels)) return false;
  if (server.port.number != 0) return server.port.number == port;
  // One name may stand for several numbers, in different containers.
  return std::any_of(
      pod.containers.begin(), pod.containers.end(), [&](const k8s::Pod::Container& container) {
        return std::any_of(container.ports.begin(), container.ports.end(),
                           [&](const k8s::Pod::ContainerPort& named) {
                             return named.name == server.port.name && named.container_port == port;
                           });
      });
}

bool IsOpaque(const Cluster& cluster, const Settings& settings, const k8s::Pod& pod, int port) {
  if (OpaquePortsOf(pod, settings.default_opaque_ports).Contains(static_cast<uint16_t>(port))) {
    return true;
  }
  const auto servers = cluster.ServersIn(pod.meta.namespace_name);
  return std::any_of(servers.begin(), servers.end(), [&](const auto& server) {
    return server->protocol == k8s::Server::Protocol::kOpaque && Selects(*server, pod, port);
  });
}

void DescribePod(const Cluster& cluster, const Settings& settings, const k8s::Pod& pod, int port,
                 proto::WeightedAddr* address) {
  address->set_weight(kWeight);
  AddLabels(pod, address);
  const bool opaque = IsOpaque(cluster, settings, pod, port);
  if (opaque) address->mutable_protocol_hint()->mutable_opaque();
  const std::string* plane = pod.meta.Label(kControlPlaneLabel);
  const bool skipped = AnnotatedPorts(pod, "config.linkerd.io/skip-inbound-ports")
                           .Contains(static_cast<uint16_t>(port));
  if (plane == nullptr || skipped) return;

  if (*plane == settings.controller_namespace) {
    const std::string identity = IdentityOf(pod.service_account, pod.meta.namespace_name, settings);
    address->mutable_tls_identity()->mutable_dns_like_identity()->set_name(identity);
    address->mutable_tls_identity()->mutable_server_name()->set_name(identity);
  }
  SetHttp2(address->mutable_http2());
  if (!opaque && settings.h2_upgrade) address->mutable_protocol_hint()->mutable_h2();
  if ((settings.transport_header || opaque) && !IsProxysOwn(pod, port)) {
    address->mutable_protocol_hint()->mutable_opaque_transport()->set_inbound_port(
        static_cast<uint32_t>(ListenPort(pod, "INBOUND", kDefaultInboundPort)));
  }
}

void SetIp(const net::IpAddress& from, io::linkerd::proxy::net::IPAddress* to) {
  if (from.is_v4()) {
    to->set_ipv4(from.v4_value());
    return;
  }
  const std::array<uint8_t, 16>& octets = from.octets();
  uint64_t halves[2] = {0, 0};
  for (size_t i = 0; i < octets.size(); ++i) halves[i / 8] = halves[i / 8] << 8 | octets[i];
  to->mutable_ipv6()->set_first(halves[0]);
  to->mutable_ipv6()->set_last(halves[1]);
}

void SetAddress(const net::SocketAddress& from, io::linkerd::proxy::net::TcpAddress* to) {
  to->set_port(from.port());
  SetIp(from.ip(), to->mutable_ip());
}

}  // namespace gossamer::destination
