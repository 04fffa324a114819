#include "lib/k8s/core.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace gossamer::k8s {
namespace {

void AddUnlessSeen(const std::string& ip, std::vector<std::string>* ips) {
  if (ip.empty() || ip == "None") return;
  if (std::find(ips->begin(), ips->end(), ip) == ips->end()) ips->push_back(ip);
}

Service::Port ReadServicePort(const FieldReader& field) {
  Service::Port port;
  port.name = field["name"].String();
  port.port = ReadPort(field["port"]);
  if (!field["port"].present()) field["port"].Fail("is required");
  port.target_port = ReadPortRef(field["targetPort"]);
  port.protocol = field["protocol"].String();
  if (field["appProtocol"].present()) port.app_protocol = field["appProtocol"].String();
  return port;
}

EndpointSlice::Endpoint ReadEndpoint(const FieldReader& field) {
  EndpointSlice::Endpoint endpoint;
  endpoint.addresses = field["addresses"].Strings();
  const FieldReader conditions = field["conditions"];
  endpoint.ready = conditions["ready"].Bool().value_or(true);
  endpoint.serving = conditions["serving"].Bool().value_or(true);
  endpoint.terminating = conditions["terminating"].Bool().value_or(false);
  endpoint.hostname = field["hostname"].String();
  endpoint.node_name = field["nodeName"].String();
  endpoint.zone = field["zone"].String();
  if (field["targetRef"].present()) endpoint.target = ReadObjectRef(field["targetRef"]);
  for (const FieldReader& zone : field["hints"]["forZones"].Items()) {
    endpoint.hinted_zones.push_back(zone["name"].String());
  }
  return endpoint;
}

Pod::Container ReadContainer(const FieldReader& field) {
  Pod::Container container;
  container.name = field["name"].String();
  for (const FieldReader& port : field["ports"].Items()) {
    container.ports.push_back({port["name"].String(), ReadPort(port["containerPort"]),
                               static_cast<int>(port["hostPort"].Int(0, 65535).value_or(0)),
                               port["protocol"].String()});
  }
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    const FieldReader get = field[probe]["httpGet"];
    if (!get.present()) continue;
    std::string path = get["path"].String();
    container.http_probes.push_back({path.empty() ? "/" : path, ReadPortRef(get["port"])});
  }
  for (const FieldReader& variable : field["env"].Items()) {
    const std::string name = variable["name"].String();
    if (absl::StartsWith(name, "LINKERD2_PROXY_") && absl::EndsWith(name, "_LISTEN_ADDR")) {
      container.listen_addresses[name] = variable["value"].String();
    }
  }
  return container;
}

}  // namespace

Service Service::Read(const FieldReader& root) {
  Service service;
  service.meta = ReadMeta(root["metadata"], kNamespaced);
  const FieldReader spec = root["spec"];
  service.type = spec["type"].String();
  AddUnlessSeen(spec["clusterIP"].String(), &service.cluster_ips);
  for (const std::string& ip : spec["clusterIPs"].Strings()) {
    AddUnlessSeen(ip, &service.cluster_ips);
  }
  for (const FieldReader& port : spec["ports"].Items()) {
    service.ports.push_back(ReadServicePort(port));
  }
  service.internal_traffic_local = spec["internalTrafficPolicy"].String() == "Local";
  return service;
}

const Service::Port* Service::FindPort(int number) const {
  for (const Port& port : ports) {
    if (port.port == number) return &port;
  }
  return nullptr;
}

EndpointSlice EndpointSlice::Read(const FieldReader& root) {
  EndpointSlice slice;
  slice.meta = ReadMeta(root["metadata"], kNamespaced);
  slice.address_type = root["addressType"].String();
  for (const FieldReader& port : root["ports"].Items()) {
    slice.ports.push_back({port["name"].String(), ReadPort(port["port"])});
  }
  for (const FieldReader& endpoint : root["endpoints"].Items()) {
    slice.endpoints.push_back(ReadEndpoint(endpoint));
  }
  return slice;
}

std::string EndpointSlice::ServiceName() const {
  if (const std::string* name = meta.Label("kubernetes.io/service-name")) return *name;
  for (const OwnerReference& owner : meta.owners) {
    if (owner.kind == "Service") return owner.name;
  }
  return "";
}

Pod Pod::Read(const FieldReader& root) {
  Pod pod;
  pod.meta = ReadMeta(root["metadata"], kNamespaced);
  const FieldReader spec = root["spec"];
  pod.node_name = spec["nodeName"].String();
  pod.service_account = spec["serviceAccountName"].String();
  if (pod.service_account.empty()) pod.service_account = "default";
  pod.host_network = spec["hostNetwork"].Bool().value_or(false);
  for (const char* list : {"initContainers", "containers"}) {
    for (const FieldReader& container : spec[list].Items()) {
      pod.containers.push_back(ReadContainer(container));
    }
  }
  const FieldReader status = root["status"];
  pod.phase = status["phase"].String();
  pod.host_ip = status["hostIP"].String();
  AddUnlessSeen(status["podIP"].String(), &pod.pod_ips);
  for (const FieldReader& ip : status["podIPs"].Items()) {
    AddUnlessSeen(ip["ip"].String(), &pod.pod_ips);
  }
  return pod;
}

int Pod::FindPort(absl::string_view port_name) const {
  for (const Container& container : containers) {
    for (const ContainerPort& port : container.ports) {
      if (!port_name.empty() && port.name == port_name) return port.container_port;
    }
  }
  return 0;
}

Namespace Namespace::Read(const FieldReader& root) {
  return {ReadMeta(root["metadata"], kNamespaced)};
}

Node Node::Read(const FieldReader& root) { return {ReadMeta(root["metadata"], kNamespaced)}; }

std::string Node::Zone() const {
  const std::string* zone = meta.Label("topology.kubernetes.io/zone");
  return zone == nullptr ? "" : *zone;
}

ServiceAccount ServiceAccount::Read(const FieldReader& root) {
  return {ReadMeta(root["metadata"], kNamespaced)};
}

}  // namespace gossamer::k8s
