#ifndef PROXY_CONFIG_OPTIONS_H_
#define PROXY_CONFIG_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "lib/config/option_table.h"
#include "proxy/config/config.h"

namespace gossamer::proxy {

struct RawService {
  std::optional<config::ControlAddress> address;
  std::optional<std::string> name;
};

struct RawBackoff {
  std::optional<absl::Duration> min;
  std::optional<absl::Duration> max;
  std::optional<double> jitter;
};

// The variables' values before they are checked against each other; `config` holds those that need
// no such check.
struct RawConfig {
  Config config;
  std::vector<net::SocketAddress> outbound_listen_addresses;
  net::SocketAddress outbound_listen_address;
  std::optional<bool> disable_informational_headers;
  std::optional<std::string> default_policy;
  RawService destination, policy, identity, trace_collector;
  RawBackoff inbound_backoff, outbound_backoff, spire_backoff;
  std::optional<std::string> policy_workload;
  std::string identity_disabled;
  std::optional<std::string> identity_directory, identity_token_file, identity_trust_anchors;
  std::optional<std::string> identity_local_name, identity_server_id, identity_server_name;
  std::optional<std::string> spire_socket, old_spire_socket;
  TracingConfig tracing;
  config::KeyValues otel_attributes;
  std::optional<std::string> cores_min, cores, cores_max, cores_max_ratio;
};

// Every variable that the proxy knows, in the order of the documentation.
const std::vector<config::OptionGroup<RawConfig>>& Options();

}  // namespace gossamer::proxy

#endif  // PROXY_CONFIG_OPTIONS_H_
