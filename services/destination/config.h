#ifndef SERVICES_DESTINATION_CONFIG_H_
#define SERVICES_DESTINATION_CONFIG_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "lib/service/flags.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// The service's flags, as they were given.
struct Config {
  // Adds them to the command line; the members' values are the defaults.
  void AddTo(service::Flags* flags);
  // What they say about the cluster. InvalidArgument names each flag that is wrong.
  absl::StatusOr<Settings> ReadSettings() const;

  std::string manifests;
  std::string grpc_address = "0.0.0.0:8086";
  std::string policy_address = "0.0.0.0:8090";
  std::string cluster_domain = "cluster.local";
  std::string trust_domain;  // The cluster domain where it is empty.
  std::string controller_namespace = "linkerd";
  std::string default_inbound_policy = "all-unauthenticated";
  std::string cluster_networks = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8";
  std::string probe_networks = "0.0.0.0/0,::/0";
  std::string default_opaque_ports = "25,587,3306,4444,5432,6379,9300,11211";
  std::string outbound_transport_mode = "transport-header";
  bool h2_upgrade = true;
  bool allow_l5d_request_headers = false;
  // Far more than proxies one replica serves well, and a bound on its memory.
  size_t streams_max = 200'000;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_CONFIG_H_
