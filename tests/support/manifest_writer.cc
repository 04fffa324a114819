#include "tests/support/manifest_writer.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace gossamer::harness {
namespace {

// A double-quoted YAML scalar; C escapes are YAML's too.
std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::CEscape(text), "\""); }

std::string MapYaml(absl::string_view indent, absl::string_view name, const StringMap& map) {
  if (map.empty()) return "";
  std::string yaml = absl::StrCat(indent, name, ":\n");
  for (const auto& [key, value] : map) {
    absl::StrAppend(&yaml, indent, "  ", key, ": ", Quoted(value), "\n");
  }
  return yaml;
}

std::string ReplicaSetName(const Workload& workload) {
  return absl::StrCat(workload.name, "-", kPodTemplateHash);
}

std::string ContainerPortsYaml(const std::vector<ContainerPort>& ports) {
  std::string yaml;
  for (const ContainerPort& port : ports) {
    absl::StrAppend(&yaml, yaml.empty() ? "    ports:\n" : "", "    - containerPort: ", port.number,
                    "\n", port.name.empty() ? "" : absl::StrCat("      name: ", port.name, "\n"));
  }
  return yaml;
}

std::string ProxyContainerYaml() {
  return absl::Substitute(R"(  - name: linkerd-proxy
    image: gossamer/proxy
    ports:
    - containerPort: $0
      name: linkerd-proxy
    - containerPort: $1
      name: linkerd-admin
    env:
    - name: LINKERD2_PROXY_INBOUND_LISTEN_ADDR
      value: "0.0.0.0:$0"
    - name: LINKERD2_PROXY_ADMIN_LISTEN_ADDR
      value: "0.0.0.0:$1"
    - name: LINKERD2_PROXY_CONTROL_LISTEN_ADDR
      value: "0.0.0.0:$2"
)",
                          kInboundPort, kAdminPort, kTapPort);
}

int TargetPort(const ServicePort& port) {
  return port.target_port != 0 ? port.target_port : port.port;
}

}  // namespace

std::string IdentityName(absl::string_view account, absl::string_view ns) {
  return absl::StrCat(account, ".", ns, ".serviceaccount.identity.", kControlPlaneNamespace, ".",
                      kTrustDomain);
}

StringMap PodLabels(const Workload& workload) {
  StringMap labels = workload.labels;
  if (labels.empty()) labels["app"] = workload.name;
  labels["pod-template-hash"] = kPodTemplateHash;
  if (workload.meshed) {
    labels["linkerd.io/control-plane-ns"] = kControlPlaneNamespace;
    labels["linkerd.io/proxy-deployment"] = workload.name;
    labels["linkerd.io/workload-ns"] = workload.ns;
  }
  return labels;
}

std::string NodeYaml() {
  return absl::StrCat("apiVersion: v1\nkind: Node\nmetadata:\n  name: ", kNodeName,
                      "\n  labels:\n    topology.kubernetes.io/zone: zone-1\n");
}

std::string NamespaceYaml(absl::string_view name) {
  return absl::StrCat("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ", name, "\n");
}

std::string WorkloadYaml(const Workload& workload) {
  return absl::Substitute(R"(apiVersion: v1
kind: ServiceAccount
metadata:
  name: $0
  namespace: $1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $2
  namespace: $1
spec:
  replicas: $3
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: $4
  namespace: $1
  ownerReferences:
  - apiVersion: apps/v1
    kind: Deployment
    name: $2
    controller: true
    uid: "deployment-$2"
)",
                          workload.account(), workload.ns, workload.name, workload.replicas,
                          ReplicaSetName(workload));
}

std::string PodYaml(const PodRecord& pod) {
  const Workload& workload = *pod.workload;
  return absl::StrCat(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ", pod.name, "\n  namespace: ", workload.ns,
      "\n", MapYaml("  ", "labels", PodLabels(workload)),
      MapYaml("  ", "annotations", workload.annotations),
      absl::Substitute(R"(  ownerReferences:
  - apiVersion: apps/v1
    kind: ReplicaSet
    name: $0
    controller: true
    uid: "replicaset-$0"
spec:
  nodeName: $1
  serviceAccountName: $2
  containers:
  - name: $3
    image: gossamer/$3
)",
                       ReplicaSetName(workload), kNodeName, workload.account(), workload.name),
      ContainerPortsYaml(workload.ports), workload.meshed ? ProxyContainerYaml() : "",
      absl::Substitute("status:\n  phase: Running\n  podIP: $0\n  podIPs:\n  - ip: $0\n", pod.ip),
      pod.ip6.empty() ? "" : absl::StrCat("  - ip: ", Quoted(pod.ip6), "\n"));
}

std::string ServiceYaml(const ServiceSpec& service, const std::vector<std::string>& cluster_ips) {
  std::string yaml = absl::StrCat(
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: ", service.name,
      "\n  namespace: ", service.ns, "\n", MapYaml("  ", "annotations", service.annotations),
      "spec:\n  type: ClusterIP\n  clusterIP: ",
      Quoted(cluster_ips.empty() ? "None" : cluster_ips[0]), "\n");
  for (const std::string& ip : cluster_ips) {
    absl::StrAppend(&yaml, &ip == &cluster_ips[0] ? "  clusterIPs:\n" : "", "  - ", Quoted(ip),
                    "\n");
  }
  absl::StrAppend(&yaml, MapYaml("  ", "selector", service.selector), "  ports:\n");
  for (const ServicePort& port : service.ports) {
    absl::StrAppend(&yaml, "  - port: ", port.port, "\n    targetPort: ", TargetPort(port),
                    "\n    protocol: TCP\n",
                    port.name.empty() ? "" : absl::StrCat("    name: ", port.name, "\n"),
                    port.app_protocol.empty()
                        ? ""
                        : absl::StrCat("    appProtocol: ", port.app_protocol, "\n"));
  }
  return yaml;
}

namespace {

std::string OneEndpointSliceYaml(const ServiceSpec& service, const std::vector<PodRecord>& ready,
                                 bool ipv6) {
  std::string yaml =
      absl::Substitute(R"(apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: $0-$2
  namespace: $1
  labels:
    kubernetes.io/service-name: $0
addressType: $3
)",
                       service.name, service.ns, ipv6 ? 2 : 1, ipv6 ? "IPv6" : "IPv4");
  absl::StrAppend(&yaml, "ports:", service.ports.empty() ? " []\n" : "\n");
  for (const ServicePort& port : service.ports) {
    absl::StrAppend(&yaml, "- port: ", TargetPort(port),
                    "\n  protocol: TCP\n  name: ", Quoted(port.name), "\n");
  }
  absl::StrAppend(&yaml, "endpoints:", ready.empty() ? " []\n" : "\n");
  for (const PodRecord& pod : ready) {
    absl::StrAppend(&yaml, "- addresses:\n  - ", Quoted(ipv6 ? pod.ip6 : pod.ip),
                    "\n  conditions:\n    ready: true\n  nodeName: ", kNodeName,
                    "\n  zone: zone-1\n  targetRef:\n    kind: Pod\n    name: ", pod.name,
                    "\n    namespace: ", pod.workload->ns, "\n");
  }
  return yaml;
}

}  // namespace

std::string EndpointSliceYaml(const ServiceSpec& service, const std::vector<PodRecord>& ready) {
  switch (service.families) {
    case IpFamilies::kIpv4:
      return OneEndpointSliceYaml(service, ready, /*ipv6=*/false);
    case IpFamilies::kIpv6:
      return OneEndpointSliceYaml(service, ready, /*ipv6=*/true);
    case IpFamilies::kDual:
      return absl::StrCat(OneEndpointSliceYaml(service, ready, /*ipv6=*/false), "---\n",
                          OneEndpointSliceYaml(service, ready, /*ipv6=*/true));
  }
  return "";
}

}  // namespace gossamer::harness
