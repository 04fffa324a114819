#ifndef SERVICES_DESTINATION_ENDPOINTS_WORKLOAD_H_
#define SERVICES_DESTINATION_ENDPOINTS_WORKLOAD_H_

#include <string>

#include "api/destination/v1/destination.pb.h"
#include "lib/k8s/object.h"
#include "lib/net/ip.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/settings.h"

// What clients are told of a pod.
namespace gossamer::destination {

// `<sa>.<ns>.serviceaccount.identity.<control-plane ns>.<trust domain>`.
std::string IdentityOf(const std::string& service_account, const std::string& namespace_name,
                       const Settings& settings);

// Whether the Server is about this port of this pod.
bool Selects(const k8s::Server& server, const k8s::Pod& pod, int port);

// Whether the port is to be carried without looking at what is said: by the pod's annotation or the
// default, or by a Server of its namespace, which can only say yes.
bool IsOpaque(const Cluster& cluster, const Settings& settings, const k8s::Pod& pod, int port);

// Fills in everything about a pod behind an address: labels, identity, hints.
void DescribePod(const Cluster& cluster, const Settings& settings, const k8s::Pod& pod, int port,
                 io::linkerd::proxy::destination::WeightedAddr* address);

void SetIp(const net::IpAddress& from, io::linkerd::proxy::net::IPAddress* to);
void SetAddress(const net::SocketAddress& from, io::linkerd::proxy::net::TcpAddress* to);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_WORKLOAD_H_
