#ifndef SERVICES_DESTINATION_SETTINGS_H_
#define SERVICES_DESTINATION_SETTINGS_H_

#include <string>
#include <vector>

#include "lib/config/port_set.h"
#include "lib/net/ip.h"

namespace gossamer::destination {

// What holds for the whole cluster. Set once, at the start; every answer may depend on it.
struct Settings {
  std::string cluster_domain = "cluster.local";
  std::string trust_domain = "cluster.local";
  std::string controller_namespace = "linkerd";
  // Ports whose protocol is not to be detected, where nothing nearer says otherwise.
  config::PortSet default_opaque_ports;
  // What counts as inside the cluster.
  std::vector<net::IpNetwork> cluster_networks;
  // Where health probes come from; none means that they get no authorization of their own.
  std::vector<net::IpNetwork> probe_networks;
  std::string default_inbound_policy = "all-unauthenticated";
  // Tell clients to reach every meshed endpoint through its proxy's inbound port, with a header;
  // else only where the port is opaque.
  bool transport_header = true;
  // Tell clients that a meshed endpoint's proxy takes HTTP/1 upgraded to HTTP/2.
  bool h2_upgrade = true;
  // Let clients' requests carry retry and timeout headers.
  bool allow_l5d_request_headers = false;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_SETTINGS_H_
