#ifndef PROXY_CONFIG_CONFIG_H_
#define PROXY_CONFIG_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "lib/config/control_address.h"
#include "lib/config/dns_suffixes.h"
#include "lib/config/port_set.h"
#include "lib/config/values.h"
#include "lib/net/ip.h"

namespace gossamer::proxy {

// How the kernel watches over a TCP connection.
struct TcpOptions {
  std::optional<absl::Duration> keepalive;     // Idle time before the first probe.
  std::optional<absl::Duration> user_timeout;  // TCP_USER_TIMEOUT.
};

// Wait before try n: min * 2^n plus a share of it at random, at most max.
struct BackoffConfig {
  absl::Duration min;
  absl::Duration max;
  double jitter = 0;  // 0 to 100, as a share of the wait.
};

// What clients of HTTP, in either version, have time for.
struct HttpDeadlines {
  // From the first of a request's head to its end.
  absl::Duration head_timeout;
  // Of a connection without a request.
  absl::Duration idle_timeout;
};

// HTTP/2 towards clients; what is unset keeps the HTTP/2 library's default.
struct Http2ServerOptions {
  bool adaptive_flow_control = false;
  // Both or neither are set.
  std::optional<uint32_t> initial_stream_window_bytes;
  std::optional<uint32_t> initial_connection_window_bytes;
  // Both or neither are set.
  std::optional<absl::Duration> keepalive_interval;
  std::optional<absl::Duration> keepalive_timeout;
  std::optional<uint32_t> max_concurrent_streams;
  std::optional<uint32_t> max_frame_bytes;
  std::optional<uint32_t> max_header_list_bytes;
  std::optional<uint32_t> max_pending_accept_reset_streams;
  std::optional<uint64_t> max_send_buffer_bytes;
};

// HTTP/2 towards servers.
struct Http2ClientOptions {
  uint32_t initial_stream_window_bytes = 0;
  uint32_t initial_connection_window_bytes = 0;
};

// What the inbound and the outbound side have in common.
struct SideConfig {
  TcpOptions accept;
  TcpOptions connect;
  std::optional<uint32_t> listen_backlog;
  absl::Duration detect_timeout;
  absl::Duration connect_timeout;
  BackoffConfig connect_backoff;
  absl::Duration discovery_idle_timeout;
  uint64_t http_queue_capacity = 0;
  absl::Duration http_failfast_timeout;
  // The pool of HTTP/1 connections to an endpoint.
  uint64_t max_idle_connections_per_endpoint = 0;
  absl::Duration http1_pool_idle_timeout;
  uint64_t max_in_flight_requests = 0;
  HttpDeadlines http_deadlines;
  Http2ServerOptions http2_server;
};

// Connections whose bytes are forwarded as they are, in both directions of the proxy. Not
// Linkerd's.
struct TcpForwardConfig {
  // How long such a connection may go without a byte, with both directions open or with one of them
  // ended; zero for ever.
  absl::Duration idle_timeout;
  absl::Duration half_closed_timeout;
};

// What an inbound port allows until the policy service says otherwise.
enum class DefaultPolicy {
  kDeny,
  kAllAuthenticated,
  kAllUnauthenticated,
  kClusterAuthenticated,
  kClusterUnauthenticated,
  kAudit,
};
// As the environment and metrics spell it: "all-unauthenticated".
absl::string_view DefaultPolicyName(DefaultPolicy policy);

struct InboundConfig : SideConfig {
  net::SocketAddress listen_address;
  // Ports whose policy is watched from the start; has the admin port, and the inbound port where
  // this is a gateway.
  config::PortSet ports;
  config::PortSet opaque_ports;
  DefaultPolicy default_policy = DefaultPolicy::kDeny;
  std::vector<net::IpNetwork> cluster_networks;
  // Original destinations that are served; empty for all.
  std::vector<net::IpAddress> ips;
  config::DnsSuffixes gateway_suffixes;
  // A request goes on without the profile's metrics labels once this has passed.
  absl::Duration profile_initial_timeout;
  bool authority_labels = false;
};

struct OutboundConfig : SideConfig {
  std::vector<net::SocketAddress> listen_addresses;  // One or two.
  uint64_t tcp_queue_capacity = 0;
  absl::Duration tcp_failfast_timeout;
  bool ingress_mode = false;
  // Whether l5d-proxy-error and its kin go to the application.
  bool informational_headers = true;
  bool hostname_labels = false;
};

// A control-plane service. Without a server name it is at a loopback address and spoken to in
// plaintext; with one, that is both the SNI to send and the identity to require.
struct ControlService {
  config::ControlAddress address;
  std::optional<std::string> server_name;
};

struct ControlStreamLimits {
  std::optional<absl::Duration> initial_timeout;
  std::optional<absl::Duration> idle_timeout;
  std::optional<absl::Duration> lifetime;
};

struct DestinationConfig {
  ControlService service;
  std::string context;  // Handed over as the context token.
  config::DnsSuffixes profile_suffixes;
  std::vector<net::IpNetwork> profile_networks;
};

struct PolicyConfig {
  ControlService service;
  std::string workload;
};

struct IdentityConfig {
  std::string trust_anchors_pem;
  std::string id;           // A DNS name or a spiffe:// URI.
  std::string server_name;  // The SNI that is terminated.
  absl::Duration min_refresh;
  absl::Duration max_refresh;
  // Set without SPIRE.
  std::optional<ControlService> service;
  std::string directory;   // May hold csr.der and key.p8.
  std::string token_file;  // Read again for every certificate.
  // Set with SPIRE: the path of the workload API's socket.
  std::optional<std::string> spire_socket;
  BackoffConfig spire_backoff;
};

struct TracingConfig {
  ControlService collector;
  std::optional<std::string> service_name;
  std::string attributes_path;  // k=v lines; empty for none.
  // The later of two equal keys counts. After the file's attributes.
  config::KeyValues attributes;
  std::string host_name;
};

enum class AccessLogFormat { kOff, kApache, kJson };

struct LogConfig {
  std::string filter;
  bool json = false;
  AccessLogFormat access_log = AccessLogFormat::kOff;
};

struct AdminConfig {
  net::SocketAddress listen_address;
  bool shutdown_enabled = false;
  absl::Duration metrics_retain_idle;
};

struct TapConfig {
  net::SocketAddress listen_address;
  std::optional<std::string> client_id;  // The only client served; tap is off without.
};

struct CoresConfig {
  uint64_t min = 1;
  std::optional<uint64_t> max;
  std::optional<double> max_ratio;  // Over 0, at most 1: of the cores available.
};

struct DnsConfig {
  std::optional<absl::Duration> min_ttl;
  std::optional<absl::Duration> max_ttl;
};

// Everything that the environment says. Plain data, immutable after start.
struct Config {
  LogConfig log;
  AdminConfig admin;
  TapConfig tap;
  InboundConfig inbound;
  OutboundConfig outbound;
  TcpForwardConfig tcp;
  Http2ClientOptions http2_client;
  DestinationConfig destination;
  PolicyConfig policy;
  IdentityConfig identity;
  ControlStreamLimits control_streams;
  std::optional<TracingConfig> tracing;
  DnsConfig dns;
  CoresConfig cores;
  // Beyond which no new work is taken on, in bytes; 0 for no limit. Unset: what the control groups
  // allow decides.
  std::optional<uint64_t> max_memory_bytes;
  absl::Duration shutdown_grace_period;
  // What the operator should know and that stops nothing: log each as a warning.
  std::vector<std::string> warnings;
};

}  // namespace gossamer::proxy

#endif  // PROXY_CONFIG_CONFIG_H_
