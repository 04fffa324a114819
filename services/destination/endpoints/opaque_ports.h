#ifndef SERVICES_DESTINATION_ENDPOINTS_OPAQUE_PORTS_H_
#define SERVICES_DESTINATION_ENDPOINTS_OPAQUE_PORTS_H_

#include "absl/strings/string_view.h"
#include "lib/config/port_set.h"
#include "lib/k8s/object.h"

namespace gossamer::destination {

inline constexpr char kOpaquePortsAnnotation[] = "config.linkerd.io/opaque-ports";

// The opaque ports of a pod or service: those of its annotation, which may be empty, else the
// default. An annotation lists numbers, ranges and names of ports. What is none of these is passed
// over: one slip must not make the other ports something else.
config::PortSet OpaquePortsOf(const k8s::Pod& pod, const config::PortSet& default_ports);
config::PortSet OpaquePortsOf(const k8s::Service& service, const config::PortSet& default_ports);

// The ports that a pod's annotation lists; none without it.
config::PortSet AnnotatedPorts(const k8s::Pod& pod, absl::string_view annotation);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_OPAQUE_PORTS_H_
