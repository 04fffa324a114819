#include "proxy/config/options.h"

#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace gossamer::proxy {
namespace {

using Option = config::Option<RawConfig>;
using Group = config::OptionGroup<RawConfig>;

// Reaches the field of RawConfig `r` that an option fills.
#define FIELD(expr) config::Into<RawConfig>([](RawConfig& r) -> auto& { return expr; })

std::string Prefixed(absl::string_view name) { return absl::StrCat("LINKERD2_PROXY_", name); }

Option Make(absl::string_view name, absl::string_view type, absl::string_view default_value,
            absl::string_view doc,
            std::function<absl::Status(absl::string_view, RawConfig*)> apply) {
  return {{Prefixed(name), std::string(type), std::string(default_value), std::string(doc)},
          std::move(apply)};
}

Option Ignored(absl::string_view name, absl::string_view doc) {
  return Make(name, "text", "", absl::StrCat("Accepted; has no effect. ", doc), nullptr);
}

// An HTTP/2 setting's range (RFC 9113, section 6.5.2).
template <uint32_t kMin, uint32_t kMax, typename Field>
auto IntoRange(Field field) {
  return [field](absl::string_view text, RawConfig* raw) -> absl::Status {
    uint32_t value = 0;
    if (!config::ParseValue(text, &value).ok() || value < kMin || value > kMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("expected an integer from ", kMin, " to ", kMax));
    }
    field(*raw) = value;
    return absl::OkStatus();
  };
}
constexpr uint32_t kWindowMax = 0x7fffffff;
#define WINDOW(expr) IntoRange<0, kWindowMax>([](RawConfig& r) -> auto& { return expr; })

absl::Status SetAuthorityLabels(absl::string_view text, RawConfig* raw) {
  if (!text.empty() && text != "unsafe") {
    return absl::InvalidArgumentError("expected nothing or unsafe");
  }
  raw->config.inbound.authority_labels = !text.empty();
  return absl::OkStatus();
}

absl::Status SetMaxMemory(absl::string_view text, RawConfig* raw) {
  // Less than this is gone before the first connection.
  constexpr uint64_t kLeast = 8 << 20;
  uint64_t bytes = 0;
  if (!config::ParseValue(text, &bytes).ok() || (bytes > 0 && bytes < kLeast)) {
    return absl::InvalidArgumentError(absl::StrCat("expected 0 or an integer from ", kLeast));
  }
  raw->config.max_memory_bytes = bytes;
  return absl::OkStatus();
}

absl::Status SetAccessLog(absl::string_view text, RawConfig* raw) {
  AccessLogFormat& format = raw->config.log.access_log;
  if (absl::EqualsIgnoreCase(text, "apache")) {
    format = AccessLogFormat::kApache;
  } else if (absl::EqualsIgnoreCase(text, "json")) {
    format = AccessLogFormat::kJson;
  } else if (!text.empty()) {
    raw->config.warnings.push_back(
        absl::StrCat(Prefixed("ACCESS_LOG"), ": expected apache or json; the access log is off"));
  }
  return absl::OkStatus();
}

// A duration, or nothing at all for none.
template <typename Field>
auto IntoUnlessEmpty(Field field) {
  return [field](absl::string_view text, RawConfig* raw) -> absl::Status {
    if (text.empty()) return absl::OkStatus();
    return config::ParseValue(text, &field(*raw));
  };
}

Group LogOptions() {
  return {"Logging",
          {
              Make("LOG", "log filter", "warn,linkerd=info,hickory=error",
                   "Which log lines are written: a comma list of target=level; lib/log/filter.h "
                   "gives the syntax. A bad directive is left out with a warning.",
                   FIELD(r.config.log.filter)),
              Make("LOG_FORMAT", "plain or json", "plain",
                   "The form of a log line on standard output; anything but json is plain.",
                   [](absl::string_view text, RawConfig* raw) {
                     raw->config.log.json = absl::EqualsIgnoreCase(text, "json");
                     return absl::OkStatus();
                   }),
              Make("ACCESS_LOG", "apache or json", "",
                   "Writes a line a served request to standard error; off where unset or unknown.",
                   SetAccessLog),
          }};
}

Group ListenerOptions() {
  return {"Listeners",
          {
              Make("INBOUND_LISTEN_ADDR", "socket address", "0.0.0.0:4143",
                   "Where redirected connections to the application arrive.",
                   FIELD(r.config.inbound.listen_address)),
              Make("OUTBOUND_LISTEN_ADDR", "socket address", "127.0.0.1:4140",
                   "Where redirected connections from the application arrive.",
                   FIELD(r.outbound_listen_address)),
              Make("OUTBOUND_LISTEN_ADDRS", "one or two socket addresses", "",
                   "As LINKERD2_PROXY_OUTBOUND_LISTEN_ADDR, which it overrides.",
                   [](absl::string_view text, RawConfig* raw) -> absl::Status {
                     std::vector<net::SocketAddress> addresses;
                     const absl::Status status = config::ParseValue(text, &addresses);
                     if (status.ok() && !addresses.empty() && addresses.size() <= 2) {
                       raw->outbound_listen_addresses = std::move(addresses);
                       return absl::OkStatus();
                     }
                     return absl::InvalidArgumentError(
                         "expected one or two IP addresses with ports, such as "
                         "127.0.0.1:4140,[::1]:4140");
                   }),
              Make("ADMIN_LISTEN_ADDR", "socket address", "127.0.0.1:4191",
                   "Where metrics, readiness and the log level are served.",
                   FIELD(r.config.admin.listen_address)),
              Make("CONTROL_LISTEN_ADDR", "socket address", "0.0.0.0:4190",
                   "Where tap is served, if LINKERD2_PROXY_TAP_SVC_NAME is set.",
                   FIELD(r.config.tap.listen_address)),
              Make("INBOUND_TCP_LISTEN_BACKLOG", "count", "", "The inbound listener's backlog.",
                   FIELD(r.config.inbound.listen_backlog)),
              Make("OUTBOUND_TCP_LISTEN_BACKLOG", "count", "", "The outbound listeners' backlog.",
                   FIELD(r.config.outbound.listen_backlog)),
          }};
}

Group ProcessOptions() {
  return {
      "Process",
      {
          Make("CORES_MIN", "count", "",
               "Fewest workers; LINKERD2_PROXY_CORES stands in for it, then 1. A bad value of any "
               "of the CORES variables is left out with a warning.",
               FIELD(r.cores_min)),
          Make("CORES", "count", "", "An older name of LINKERD2_PROXY_CORES_MIN.", FIELD(r.cores)),
          Make("CORES_MAX", "count", "", "Most workers, where more cores are available.",
               FIELD(r.cores_max)),
          Make("CORES_MAX_RATIO", "number over 0, at most 1", "",
               "Most workers, as a share of the cores available.", FIELD(r.cores_max_ratio)),
          Make("SHUTDOWN_GRACE_PERIOD", "duration", "2m",
               "How long open connections may last after a signal to stop.",
               FIELD(r.config.shutdown_grace_period)),
          Make("SHUTDOWN_ENDPOINT_ENABLED", "bool", "false",
               "Whether POST /shutdown on the admin port stops the proxy.",
               FIELD(r.config.admin.shutdown_enabled)),
          Make("MAX_MEMORY_BYTES", "0, or a count of at least 8388608", "",
               "The anonymous memory beyond which new connections wait, new requests are answered "
               "503, and what holds most is ended; 0 for no limit. Unset: 85 % of what the control "
               "groups allow (a container's memory limit). Of Gossamer's own.",
               SetMaxMemory),
          Make(
              "TCP_IDLE_TIMEOUT", "duration", "5d",
              "How long a connection that is forwarded as opaque bytes may go without one; 0 for "
              "ever. Of Gossamer's own: Linkerd's proxy has no such limit. The default is when the "
              "kernel's connection tracking, which redirection rests on, forgets a connection.",
              FIELD(r.config.tcp.idle_timeout)),
          Make("TCP_HALF_CLOSED_TIMEOUT", "duration", "1h",
               "The same for a connection of which one direction has ended. Of Gossamer's own.",
               FIELD(r.config.tcp.half_closed_timeout)),
          Make("METRICS_RETAIN_IDLE", "duration", "10m",
               "How long a label set that nothing uses is still reported.",
               FIELD(r.config.admin.metrics_retain_idle)),
      }};
}

Group InboundOptions() {
  return {
      "Inbound",
      {
          Make("INBOUND_PORTS", "port set", "",
               "Ports whose policy is watched from the start, and waited for before /ready; the "
               "admin port always is.",
               FIELD(r.config.inbound.ports)),
          Make("INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION", "port set", "",
               "Ports that are opaque until the policy service says otherwise.",
               FIELD(r.config.inbound.opaque_ports)),
          Make("INBOUND_DEFAULT_POLICY", "policy", "",
               "What a port allows until the policy service says otherwise: deny, "
               "all-authenticated, all-unauthenticated, cluster-authenticated, "
               "cluster-unauthenticated or audit; all-unauthenticated, with a warning, where "
               "unset.",
               FIELD(r.default_policy)),
          Make("POLICY_CLUSTER_NETWORKS", "networks", "",
               "The networks of the cluster-* policies; they and audit need it.",
               FIELD(r.config.inbound.cluster_networks)),
          Make("INBOUND_IPS", "IP addresses, no blanks", "",
               "Original destinations that are served; all where empty.",
               FIELD(r.config.inbound.ips)),
          Make("INBOUND_GATEWAY_SUFFIXES", "domains", "",
               "Names that this proxy forwards to as a gateway.",
               FIELD(r.config.inbound.gateway_suffixes)),
          Make("INBOUND_METRICS_AUTHORITY_LABELS", "nothing or unsafe", "",
               "unsafe puts the request's authority into metrics: clients then decide how many "
               "label sets there are, up to the cap.",
               SetAuthorityLabels),
          Make("INBOUND_DETECT_TIMEOUT", "duration", "10s",
               "How long the first bytes of a connection are waited for.",
               FIELD(r.config.inbound.detect_timeout)),
          Make("INBOUND_CONNECT_TIMEOUT", "duration", "300ms",
               "How long connecting to the application may take.",
               FIELD(r.config.inbound.connect_timeout)),
          Make("INBOUND_CONNECT_EXP_BACKOFF_MIN", "duration", "",
               "First wait before connecting again, 100ms where unset; needs _MAX.",
               FIELD(r.inbound_backoff.min)),
          Make("INBOUND_CONNECT_EXP_BACKOFF_MAX", "duration", "",
               "Longest wait, 10s where unset; needs _MIN.", FIELD(r.inbound_backoff.max)),
          Make("INBOUND_CONNECT_EXP_BACKOFF_JITTER", "number from 0 to 100", "",
               "Random share added to a wait: 0.1 where all three are unset, else 0.",
               FIELD(r.inbound_backoff.jitter)),
          Make("INBOUND_ACCEPT_KEEPALIVE", "duration", "", "TCP keepalive towards clients.",
               FIELD(r.config.inbound.accept.keepalive)),
          Make("INBOUND_ACCEPT_USER_TIMEOUT", "duration", "", "TCP_USER_TIMEOUT towards clients.",
               FIELD(r.config.inbound.accept.user_timeout)),
          Make("INBOUND_CONNECT_KEEPALIVE", "duration", "",
               "TCP keepalive towards the application.", FIELD(r.config.inbound.connect.keepalive)),
          Make("INBOUND_CONNECT_USER_TIMEOUT", "duration", "",
               "TCP_USER_TIMEOUT towards the application.",
               FIELD(r.config.inbound.connect.user_timeout)),
          Make("INBOUND_DISCOVERY_IDLE_TIMEOUT", "duration", "90s",
               "How long an unused port's policy and profile are kept.",
               FIELD(r.config.inbound.discovery_idle_timeout)),
          Make("DESTINATION_PROFILE_INITIAL_TIMEOUT", "duration", "500ms",
               "How long a request waits for its service profile.",
               FIELD(r.config.inbound.profile_initial_timeout)),
          Make("INBOUND_HTTP_QUEUE_CAPACITY", "count", "10000",
               "Most requests that wait for one service.",
               FIELD(r.config.inbound.http_queue_capacity)),
          Make("INBOUND_HTTP_FAILFAST_TIMEOUT", "duration", "1s",
               "How long they wait before all are refused.",
               FIELD(r.config.inbound.http_failfast_timeout)),
          Make("INBOUND_MAX_IN_FLIGHT", "count", "100000", "Most requests at once; more get 503.",
               FIELD(r.config.inbound.max_in_flight_requests)),
          Make("MAX_IDLE_CONNS_PER_ENDPOINT", "count", "10000",
               "Most idle HTTP/1 connections to the application (the name has no INBOUND_).",
               FIELD(r.config.inbound.max_idle_connections_per_endpoint)),
          Make("INBOUND_HTTP1_CONNECTION_POOL_IDLE_TIMEOUT", "duration", "3s",
               "How long such a connection stays open.",
               FIELD(r.config.inbound.http1_pool_idle_timeout)),
      }};
}

Group OutboundOptions() {
  return {
      "Outbound",
      {
          Make("INGRESS_MODE", "bool", "false",
               "Routes by the l5d-dst-override header, for ingress controllers.",
               FIELD(r.config.outbound.ingress_mode)),
          Make("OUTBOUND_DISABLE_INFORMATIONAL_HEADERS", "bool", "",
               "Keeps l5d-proxy-error and its kin from the application; where unset, as "
               "LINKERD2_PROXY_INGRESS_MODE.",
               FIELD(r.disable_informational_headers)),
          Make("OUTBOUND_METRICS_HOSTNAME_LABELS", "bool", "false",
               "Puts the requested host into metrics of routes.",
               FIELD(r.config.outbound.hostname_labels)),
          Make("OUTBOUND_DETECT_TIMEOUT", "duration", "10s",
               "How long the first bytes of a connection are waited for.",
               FIELD(r.config.outbound.detect_timeout)),
          Make("OUTBOUND_CONNECT_TIMEOUT", "duration", "1s",
               "How long connecting to an endpoint may take, with TLS.",
               FIELD(r.config.outbound.connect_timeout)),
          Make("OUTBOUND_CONNECT_EXP_BACKOFF_MIN", "duration", "",
               "First wait before connecting again, 100ms where unset; needs _MAX.",
               FIELD(r.outbound_backoff.min)),
          Make("OUTBOUND_CONNECT_EXP_BACKOFF_MAX", "duration", "",
               "Longest wait, 60s where unset; needs _MIN.", FIELD(r.outbound_backoff.max)),
          Make("OUTBOUND_CONNECT_EXP_BACKOFF_JITTER", "number from 0 to 100", "",
               "Random share added to a wait: 0.1 where all three are unset, else 0.",
               FIELD(r.outbound_backoff.jitter)),
          Make("OUTBOUND_ACCEPT_KEEPALIVE", "duration", "",
               "TCP keepalive towards the application.", FIELD(r.config.outbound.accept.keepalive)),
          Make("OUTBOUND_ACCEPT_USER_TIMEOUT", "duration", "",
               "TCP_USER_TIMEOUT towards the application.",
               FIELD(r.config.outbound.accept.user_timeout)),
          Make("OUTBOUND_CONNECT_KEEPALIVE", "duration", "", "TCP keepalive towards endpoints.",
               FIELD(r.config.outbound.connect.keepalive)),
          Make("OUTBOUND_CONNECT_USER_TIMEOUT", "duration", "",
               "TCP_USER_TIMEOUT towards endpoints.",
               FIELD(r.config.outbound.connect.user_timeout)),
          Make("OUTBOUND_DISCOVERY_IDLE_TIMEOUT", "duration", "5s",
               "How long an unused target's discovery is kept.",
               FIELD(r.config.outbound.discovery_idle_timeout)),
          Make("OUTBOUND_HTTP_QUEUE_CAPACITY", "count", "10000",
               "Most requests that wait for one backend.",
               FIELD(r.config.outbound.http_queue_capacity)),
          Make("OUTBOUND_HTTP_FAILFAST_TIMEOUT", "duration", "3s",
               "How long they wait before all are refused.",
               FIELD(r.config.outbound.http_failfast_timeout)),
          Make("OUTBOUND_TCP_QUEUE_CAPACITY", "count", "10000",
               "Most connections that wait for one backend.",
               FIELD(r.config.outbound.tcp_queue_capacity)),
          Make("OUTBOUND_TCP_FAILFAST_TIMEOUT", "duration", "3s",
               "How long they wait before all are closed.",
               FIELD(r.config.outbound.tcp_failfast_timeout)),
          Make("OUTBOUND_MAX_IN_FLIGHT", "count", "100000", "Most requests at once; more get 503.",
               FIELD(r.config.outbound.max_in_flight_requests)),
          Make("OUTBOUND_MAX_IDLE_CONNS_PER_ENDPOINT", "count", "10000",
               "Most idle HTTP/1 connections to an endpoint.",
               FIELD(r.config.outbound.max_idle_connections_per_endpoint)),
          Make("OUTBOUND_HTTP1_CONNECTION_POOL_IDLE_TIMEOUT", "duration", "3s",
               "How long such a connection stays open.",
               FIELD(r.config.outbound.http1_pool_idle_timeout)),
      }};
}

// Linkerd's proxy waits for ever in both cases. `kSide` leads from a Config to its inbound or
// outbound part.
template <auto kSide>
void AddHttpDeadlines(absl::string_view side, std::vector<Option>* options) {
#define SERVER(field) (r.config.*kSide).http_deadlines.field
  options->push_back(Make(absl::StrCat(side, "_SERVER_HTTP_HEAD_TIMEOUT"), "duration", "60s",
                          "How long a request's head may take to come, once it has begun.",
                          FIELD(SERVER(head_timeout))));
  options->push_back(Make(absl::StrCat(side, "_SERVER_HTTP_IDLE_TIMEOUT"), "duration", "1h",
                          "How long a connection may be without a request.",
                          FIELD(SERVER(idle_timeout))));
#undef SERVER
}

Group HttpOptions() {
  Group group{"HTTP", {}};
  AddHttpDeadlines<&Config::inbound>("INBOUND", &group.options);
  AddHttpDeadlines<&Config::outbound>("OUTBOUND", &group.options);
  return group;
}

// `kSide` leads from a Config to its inbound or outbound part.
template <auto kSide>
void AddHttp2ServerOptions(absl::string_view side, std::vector<Option>* options) {
  const auto add = [&](absl::string_view name, absl::string_view type,
                       absl::string_view default_value, absl::string_view doc, auto apply) {
    options->push_back(Make(absl::StrCat(side, "_SERVER_HTTP2_", name), type, default_value, doc,
                            std::move(apply)));
  };
#define SERVER(field) (r.config.*kSide).http2_server.field
  add("ADAPTIVE_FLOW_CONTROL", "bool", "false",
      "Grows flow-control windows with the measured throughput.",
      FIELD(SERVER(adaptive_flow_control)));
  add("INITIAL_STREAM_WINDOW_SIZE", "bytes", "",
      "Flow-control window of a stream, 65535 where unset; counts only together with the next.",
      WINDOW(SERVER(initial_stream_window_bytes)));
  add("INITIAL_CONNECTION_WINDOW_SIZE", "bytes", "",
      "Flow-control window of a connection, 1048576 where unset.",
      WINDOW(SERVER(initial_connection_window_bytes)));
  add("KEEP_ALIVE_INTERVAL", "duration", "",
      "Time between pings to a client; counts only together with the next.",
      FIELD(SERVER(keepalive_interval)));
  add("KEEP_ALIVE_TIMEOUT", "duration", "", "Time for the answer to a ping.",
      FIELD(SERVER(keepalive_timeout)));
  add("MAX_CONCURRENT_STREAMS", "count", "", "Most streams of a connection.",
      FIELD(SERVER(max_concurrent_streams)));
  add("MAX_FRAME_SIZE", "bytes, 16384 to 16777215", "", "Largest frame accepted.",
      IntoRange<16384, 16777215>([](RawConfig& r) -> auto& { return SERVER(max_frame_bytes); }));
  add("MAX_HEADER_LIST_SIZE", "bytes", "", "Largest header list accepted.",
      FIELD(SERVER(max_header_list_bytes)));
  add("MAX_PENDING_ACCEPT_RESET_STREAMS", "count", "",
      "Streams that a client may reset before they are served.",
      FIELD(SERVER(max_pending_accept_reset_streams)));
  add("MAX_SEND_BUF_SIZE", "bytes", "", "Most bytes buffered for a stream.",
      FIELD(SERVER(max_send_buffer_bytes)));
#undef SERVER
}

Group Http2Options() {
  Group group{"HTTP/2",
              {
                  Make("HTTP2_INITIAL_STREAM_WINDOW_SIZE", "bytes", "65535",
                       "Flow-control window of a stream to a server.",
                       WINDOW(r.config.http2_client.initial_stream_window_bytes)),
                  Make("HTTP2_INITIAL_CONNECTION_WINDOW_SIZE", "bytes", "1048576",
                       "Flow-control window of a connection to a server.",
                       WINDOW(r.config.http2_client.initial_connection_window_bytes)),
              }};
  AddHttp2ServerOptions<&Config::inbound>("INBOUND", &group.options);
  AddHttp2ServerOptions<&Config::outbound>("OUTBOUND", &group.options);
  return group;
}

Group ControlPlaneOptions() {
  return {
      "Control plane",
      {
          Make(
              "DESTINATION_SVC_ADDR", "control address", "",
              "The destination service. Mandatory. A loopback address or localhost is spoken to in "
              "plaintext.",
              FIELD(r.destination.address)),
          Make("DESTINATION_SVC_NAME", "identity", "",
               "Its identity and SNI; mandatory unless the address is loopback.",
               FIELD(r.destination.name)),
          Make("POLICY_SVC_ADDR", "control address", "", "The policy service. Mandatory.",
               FIELD(r.policy.address)),
          Make("POLICY_SVC_NAME", "identity", "",
               "Its identity and SNI; mandatory unless the address is loopback.",
               FIELD(r.policy.name)),
          Make("POLICY_WORKLOAD", "text", "",
               "What tells the policy service which workload this is. Mandatory.",
               FIELD(r.policy_workload)),
          Make("DESTINATION_CONTEXT", "text", "",
               "What tells the destination service which workload asks.",
               FIELD(r.config.destination.context)),
          Make("DESTINATION_PROFILE_SUFFIXES", "domains", "svc.cluster.local.",
               "Names that may be looked up; . for all.",
               FIELD(r.config.destination.profile_suffixes)),
          Make("DESTINATION_PROFILE_NETWORKS", "networks", "", "Addresses that may be looked up.",
               FIELD(r.config.destination.profile_networks)),
          Make("CONTROL_STREAM_INITIAL_TIMEOUT", "duration or nothing", "",
               "How long the first message of a stream is waited for; not for a loopback service.",
               IntoUnlessEmpty(
                   [](RawConfig& r) -> auto& { return r.config.control_streams.initial_timeout; })),
          Make("CONTROL_STREAM_IDLE_TIMEOUT", "duration or nothing", "",
               "A stream without a message for this long is opened anew; not shorter than the "
               "former.",
               IntoUnlessEmpty(
                   [](RawConfig& r) -> auto& { return r.config.control_streams.idle_timeout; })),
          Make("CONTROL_STREAM_LIFETIME", "duration or nothing", "",
               "A stream this old is opened anew; not shorter than the former.",
               IntoUnlessEmpty(
                   [](RawConfig& r) -> auto& { return r.config.control_streams.lifetime; })),
          Make("DNS_MIN_TTL", "duration", "", "Shortest time that an answer is used.",
               FIELD(r.config.dns.min_ttl)),
          Make("DNS_MAX_TTL", "duration", "", "Longest time that an answer is used.",
               FIELD(r.config.dns.max_ttl)),
          Make("TAP_SVC_NAME", "identity", "", "The only client that tap serves; off where unset.",
               FIELD(r.config.tap.client_id)),
      }};
}

Group IdentityOptions() {
  return {
      "Identity",
      {
          Make("IDENTITY_TRUST_ANCHORS", "PEM", "",
               "The certificates that peers must chain to. Mandatory.",
               FIELD(r.identity_trust_anchors)),
          Make("IDENTITY_LOCAL_NAME", "DNS name", "",
               "The workload's identity and server name; stands for both of the next.",
               FIELD(r.identity_local_name)),
          Make("IDENTITY_SERVER_ID", "identity", "",
               "The workload's identity: a DNS name, or a spiffe:// URI with SPIRE.",
               FIELD(r.identity_server_id)),
          Make("IDENTITY_SERVER_NAME", "DNS name", "",
               "The server name in TLS; without SPIRE the same as the identity.",
               FIELD(r.identity_server_name)),
          Make("IDENTITY_SVC_ADDR", "control address", "",
               "The identity service. Mandatory without SPIRE.", FIELD(r.identity.address)),
          Make("IDENTITY_SVC_NAME", "identity", "",
               "Its identity and SNI; mandatory unless the address is loopback.",
               FIELD(r.identity.name)),
          Make("IDENTITY_DIR", "path", "",
               "A folder that may hold csr.der and key.p8; without them the key is made in memory. "
               "Mandatory without SPIRE.",
               FIELD(r.identity_directory)),
          Make("IDENTITY_TOKEN_FILE", "path", "",
               "The token shown to the identity service, read for every certificate. Mandatory "
               "without SPIRE.",
               FIELD(r.identity_token_file)),
          Make("IDENTITY_MIN_REFRESH", "duration", "10s", "Shortest time between two certificates.",
               FIELD(r.config.identity.min_refresh)),
          Make("IDENTITY_MAX_REFRESH", "duration", "24h", "Longest time between two certificates.",
               FIELD(r.config.identity.max_refresh)),
          Make("IDENTITY_SPIRE_WORKLOAD_API_ADDRESS", "path of a socket, with or without unix:", "",
               "Takes certificates from a SPIRE agent instead of the identity service.",
               FIELD(r.spire_socket)),
          Make("IDENTITY_SPIRE_SOCKET", "path of a socket", "",
               "An older name of the former; warns.", FIELD(r.old_spire_socket)),
          Make("LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_MIN", "duration", "",
               "First wait before asking SPIRE again, 100ms where unset; needs _MAX. (The name has "
               "the prefix twice.)",
               FIELD(r.spire_backoff.min)),
          Make("LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_MAX", "duration", "",
               "Longest wait, 1s where unset; needs _MIN.", FIELD(r.spire_backoff.max)),
          Make("LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_JITTER", "number from 0 to 100", "",
               "Random share added to a wait: 0.1 where all three are unset, else 0.",
               FIELD(r.spire_backoff.jitter)),
          Make("IDENTITY_DISABLED", "nothing", "",
               "Identity cannot be switched off: anything but nothing is an error.",
               FIELD(r.identity_disabled)),
      }};
}

Group TracingOptions() {
  Group group{
      "Tracing",
      {
          Make("TRACE_COLLECTOR_SVC_ADDR", "control address", "",
               "The OpenTelemetry collector; tracing is off where unset.",
               FIELD(r.trace_collector.address)),
          Make("TRACE_COLLECTOR_SVC_NAME", "identity", "",
               "Its identity and SNI; mandatory unless the address is loopback.",
               FIELD(r.trace_collector.name)),
          Make("TRACE_SERVICE_NAME", "text", "", "The resource attribute service.name.",
               FIELD(r.tracing.service_name)),
          Make("TRACE_ATTRIBUTES_PATH", "path", "",
               "A file of resource attributes, key=value a line.",
               FIELD(r.tracing.attributes_path)),
          Make("TRACE_EXTRA_ATTRIBUTES", "key=value lines", "",
               "More resource attributes; they win over the file's.", FIELD(r.tracing.attributes)),
      }};
  // The two without the prefix.
  group.options.push_back({{"OTEL_RESOURCE_ATTRIBUTES", "key=value lines", "",
                            "More resource attributes; they win over all others."},
                           FIELD(r.otel_attributes)});
  group.options.push_back(
      {{"HOSTNAME", "text", "", "The resource attribute host.name."}, FIELD(r.tracing.host_name)});
  return group;
}

Group IgnoredOptions() {
  return {
      "Accepted without effect",
      {
          Ignored("INBOUND_PORTS_REQUIRE_IDENTITY",
                  "Injectors set it; the policy service decides instead."),
          Ignored("INBOUND_PORTS_REQUIRE_TLS",
                  "Injectors set it; the policy service decides instead."),
          Ignored("TRACE_ANNOTATIONS_PATH", "The older of LINKERD2_PROXY_TRACE_ATTRIBUTES_PATH."),
          Ignored("TRACE_PROTOCOL", "The collector is always spoken to in OTLP over gRPC."),
      }};
}

#undef FIELD
#undef WINDOW

}  // namespace

const std::vector<Group>& Options() {
  static const auto* const groups = new std::vector<Group>{
      ListenerOptions(), LogOptions(),     ProcessOptions(), InboundOptions(),
      OutboundOptions(), HttpOptions(),    Http2Options(),   ControlPlaneOptions(),
      IdentityOptions(), TracingOptions(), IgnoredOptions()};
  return *groups;
}

}  // namespace gossamer::proxy
