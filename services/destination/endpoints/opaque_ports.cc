#include "services/destination/endpoints/opaque_ports.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace gossamer::destination {
namespace {

// `find_port` gives the number of a port by its name, or 0.
template <typename FindPort>
config::PortSet ParsePortList(absl::string_view list, FindPort find_port) {
  config::PortSet ports;
  for (absl::string_view item : absl::StrSplit(list, ',')) {
    item = absl::StripAsciiWhitespace(item);
    if (item.empty()) continue;
    if (const int named = find_port(item); named > 0) {
      ports.Add(static_cast<uint16_t>(named));
    } else if (const auto parsed = config::PortSet::Parse(item); parsed.ok()) {
      for (const config::PortSet::Range& range : parsed->ranges()) ports.AddRange(range);
    }
  }
  return ports;
}

int ServicePortNamed(const k8s::Service& service, absl::string_view name) {
  for (const k8s::Service::Port& port : service.ports) {
    if (port.name == name) return port.port;
  }
  return 0;
}

}  // namespace

config::PortSet OpaquePortsOf(const k8s::Pod& pod, const config::PortSet& default_ports) {
  if (pod.meta.Annotation(kOpaquePortsAnnotation) == nullptr) return default_ports;
  return AnnotatedPorts(pod, kOpaquePortsAnnotation);
}

config::PortSet OpaquePortsOf(const k8s::Service& service, const config::PortSet& default_ports) {
  const std::string* list = service.meta.Annotation(kOpaquePortsAnnotation);
  if (list == nullptr) return default_ports;
  return ParsePortList(*list,
                       [&](absl::string_view name) { return ServicePortNamed(service, name); });
}

config::PortSet AnnotatedPorts(const k8s::Pod& pod, absl::string_view annotation) {
  const std::string* list = pod.meta.Annotation(std::string(annotation));
  if (list == nullptr) return {};
  return ParsePortList(*list, [&](absl::string_view name) { return pod.FindPort(name); });
}

}  // namespace gossamer::destination
