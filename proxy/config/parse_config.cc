#include "proxy/config/parse_config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/config/faults.h"
#include "lib/config/option_table.h"
#include "proxy/config/options.h"

namespace gossamer::proxy {
namespace {

using config::Faults;

constexpr std::array<absl::string_view, 6> kDefaultPolicyNames = {"deny",
                                                                  "all-authenticated",
                                                                  "all-unauthenticated",
                                                                  "cluster-authenticated",
                                                                  "cluster-unauthenticated",
                                                                  "audit"};

std::string Name(absl::string_view suffix) { return absl::StrCat("LINKERD2_PROXY_", suffix); }

bool IsSpiffeId(absl::string_view id) {
  return absl::StartsWith(id, "spiffe://") && id.size() > 9 && id[9] != '/' &&
         std::all_of(id.begin(), id.end(), absl::ascii_isgraph);
}

// A TLS name has no trailing dot.
bool IsTlsName(absl::string_view name) {
  return config::IsDnsName(name) && !absl::EndsWith(name, ".");
}

// Returns the value of a mandatory variable; adds a fault where it is unset or blank.
std::string Require(absl::string_view suffix, const std::optional<std::string>& value,
                    Faults* faults) {
  if (value && !absl::StripAsciiWhitespace(*value).empty()) return *value;
  faults->Add(Name(suffix), value ? "must not be empty" : "must be set");
  return "";
}

// A variable that holds the identity of a peer.
void CheckId(absl::string_view suffix, const std::optional<std::string>& id, Faults* faults) {
  if (id && !IsTlsName(*id) && !IsSpiffeId(*id)) {
    faults->AddValue(Name(suffix), *id,
                     "expected a DNS name without a trailing dot, or spiffe://…");
  }
}

ControlService CheckService(absl::string_view prefix, const RawService& raw,
                            const config::EnvReader& env, Faults* faults) {
  const std::string address = absl::StrCat(prefix, "_SVC_ADDR");
  const std::string name = absl::StrCat(prefix, "_SVC_NAME");
  CheckId(name, raw.name, faults);
  ControlService service;
  if (!raw.address) {
    // A malformed address has its fault already.
    if (!env.Find(Name(address))) faults->Add(Name(address), "must be set");
    return service;
  }
  service.address = *raw.address;
  if (raw.address->IsLoopback()) return service;
  if (!raw.name) {
    faults->Add(Name(name),
                absl::StrCat("must be set, because ", Name(address), " is not a loopback address"));
  }
  service.server_name = raw.name;
  return service;
}

BackoffConfig CheckBackoff(absl::string_view prefix, const RawBackoff& raw,
                           const BackoffConfig& fallback, Faults* faults) {
  const std::string min = absl::StrCat(prefix, "_EXP_BACKOFF_MIN");
  const std::string max = absl::StrCat(prefix, "_EXP_BACKOFF_MAX");
  const std::string jitter = absl::StrCat(prefix, "_EXP_BACKOFF_JITTER");
  if (!raw.min && !raw.max) {
    if (raw.jitter) {
      faults->Add(Name(jitter), absl::StrCat("needs ", Name(min), " and ", Name(max)));
    }
    return fallback;
  }
  if (!raw.min || !raw.max) {
    faults->Add(Name(raw.min ? min : max), absl::StrCat("needs ", Name(raw.min ? max : min)));
    return fallback;
  }
  const BackoffConfig backoff{*raw.min, *raw.max, raw.jitter.value_or(0)};
  if (backoff.min <= absl::ZeroDuration() || backoff.min > backoff.max) {
    faults->Add(Name(min), absl::StrCat("must be over 0 and not longer than ", Name(max)));
  }
  if (backoff.jitter < 0 || backoff.jitter > 100) {
    faults->AddValue(Name(jitter), absl::StrCat(backoff.jitter), "expected a number from 0 to 100");
  }
  return backoff;
}

void CheckListeners(RawConfig* raw) {
  OutboundConfig& outbound = raw->config.outbound;
  outbound.listen_addresses = std::move(raw->outbound_listen_addresses);
  if (outbound.listen_addresses.empty()) {
    outbound.listen_addresses.push_back(raw->outbound_listen_address);
  }
}

void CheckInbound(RawConfig* raw, Faults* faults) {
  InboundConfig& inbound = raw->config.inbound;
  inbound.connect_backoff = CheckBackoff("INBOUND_CONNECT", raw->inbound_backoff,
                                         {absl::Milliseconds(100), absl::Seconds(10), 0.1}, faults);
  inbound.ports.Add(raw->config.admin.listen_address.port());
  if (!inbound.gateway_suffixes.empty()) inbound.ports.Add(inbound.listen_address.port());

  const std::string name = Name("INBOUND_DEFAULT_POLICY");
  if (!raw->default_policy) {
    raw->config.warnings.push_back(absl::StrCat(name, " is not set: using all-unauthenticated"));
  }
  const std::string value = raw->default_policy.value_or("all-unauthenticated");
  const auto it = std::find(kDefaultPolicyNames.begin(), kDefaultPolicyNames.end(), value);
  if (it == kDefaultPolicyNames.end()) {
    faults->AddValue(name, value,
                     "expected deny, all-authenticated, all-unauthenticated, "
                     "cluster-authenticated, cluster-unauthenticated or audit");
    return;
  }
  inbound.default_policy = static_cast<DefaultPolicy>(it - kDefaultPolicyNames.begin());
  // Linkerd's proxy has audit need the networks, too, though it allows all of them.
  if (inbound.cluster_networks.empty() &&
      (absl::StartsWith(value, "cluster-") || value == "audit")) {
    faults->AddValue(name, value, absl::StrCat("needs ", Name("POLICY_CLUSTER_NETWORKS")));
  }
}

void CheckOutbound(RawConfig* raw, Faults* faults) {
  OutboundConfig& outbound = raw->config.outbound;
  outbound.connect_backoff =
      CheckBackoff("OUTBOUND_CONNECT", raw->outbound_backoff,
                   {absl::Milliseconds(100), absl::Seconds(60), 0.1}, faults);
  outbound.informational_headers =
      !raw->disable_informational_headers.value_or(outbound.ingress_mode);
}

// Halves of a pair count for nothing, as in Linkerd's proxy, but say so.
void CheckHttp2Server(absl::string_view side, Http2ServerOptions* options,
                      std::vector<std::string>* warnings) {
  if (options->initial_stream_window_bytes.has_value() !=
      options->initial_connection_window_bytes.has_value()) {
    warnings->push_back(absl::StrCat(Name(side),
                                     "_SERVER_HTTP2_INITIAL_{STREAM,CONNECTION}_WINDOW_SIZE"
                                     " count only when both are set"));
    options->initial_stream_window_bytes.reset();
    options->initial_connection_window_bytes.reset();
  }
  if (options->keepalive_interval.has_value() != options->keepalive_timeout.has_value()) {
    warnings->push_back(absl::StrCat(Name(side),
                                     "_SERVER_HTTP2_KEEP_ALIVE_{INTERVAL,TIMEOUT}"
                                     " count only when both are set"));
    options->keepalive_interval.reset();
    options->keepalive_timeout.reset();
  }
}

void CheckControlStreams(const ControlStreamLimits& limits, Faults* faults) {
  const absl::Duration initial = limits.initial_timeout.value_or(absl::ZeroDuration());
  const absl::Duration lifetime = limits.lifetime.value_or(absl::InfiniteDuration());
  const absl::Duration idle = limits.idle_timeout.value_or(std::max(initial, lifetime));
  if (initial > idle || initial > lifetime) {
    faults->AddValue(Name("CONTROL_STREAM_INITIAL_TIMEOUT"), absl::FormatDuration(initial),
                     "must not be longer than the idle timeout or the lifetime");
  }
  if (limits.idle_timeout && *limits.idle_timeout > lifetime) {
    faults->AddValue(Name("CONTROL_STREAM_IDLE_TIMEOUT"), absl::FormatDuration(idle),
                     "must not be longer than the lifetime");
  }
}

void CheckIdentityNames(RawConfig* raw, Faults* faults) {
  IdentityConfig& identity = raw->config.identity;
  if (raw->identity_local_name) {
    if (!IsTlsName(*raw->identity_local_name)) {
      faults->AddValue(Name("IDENTITY_LOCAL_NAME"), *raw->identity_local_name,
                       "expected a DNS name without a trailing dot");
    }
    raw->identity_server_id = raw->identity_server_name = raw->identity_local_name;
  } else if (!raw->identity_server_id && !raw->identity_server_name) {
    faults->Add(Name("IDENTITY_LOCAL_NAME"),
                absl::StrCat("must be set, or both ", Name("IDENTITY_SERVER_ID"), " and ",
                             Name("IDENTITY_SERVER_NAME")));
    return;
  }
  identity.id = Require("IDENTITY_SERVER_ID", raw->identity_server_id, faults);
  identity.server_name = Require("IDENTITY_SERVER_NAME", raw->identity_server_name, faults);
  if (raw->identity_local_name || identity.id.empty() || identity.server_name.empty()) return;
  if (!IsTlsName(identity.server_name)) {
    faults->AddValue(Name("IDENTITY_SERVER_NAME"), identity.server_name,
                     "expected a DNS name without a trailing dot");
  }
}

void CheckIdentity(RawConfig* raw, const config::EnvReader& env, Faults* faults) {
  IdentityConfig& identity = raw->config.identity;
  if (!raw->identity_disabled.empty()) {
    faults->AddValue(Name("IDENTITY_DISABLED"), raw->identity_disabled,
                     "identity cannot be switched off: leave it unset");
  }
  identity.trust_anchors_pem =
      Require("IDENTITY_TRUST_ANCHORS", raw->identity_trust_anchors, faults);
  CheckIdentityNames(raw, faults);
  identity.spire_backoff = CheckBackoff("LINKERD2_PROXY_IDENTITY_SPIRE", raw->spire_backoff,
                                        {absl::Milliseconds(100), absl::Seconds(1), 0.1}, faults);
  if (identity.min_refresh > identity.max_refresh) {
    faults->Add(Name("IDENTITY_MIN_REFRESH"),
                absl::StrCat("must not be longer than ", Name("IDENTITY_MAX_REFRESH")));
  }

  if (raw->old_spire_socket) {
    raw->config.warnings.push_back(absl::StrCat(Name("IDENTITY_SPIRE_SOCKET"),
                                                " is deprecated: use ",
                                                Name("IDENTITY_SPIRE_WORKLOAD_API_ADDRESS")));
  }
  const std::optional<std::string>& socket =
      raw->spire_socket ? raw->spire_socket : raw->old_spire_socket;
  if (socket) {
    const std::string path(absl::StripPrefix(*socket, "unix:"));
    if (path.empty()) {
      faults->Add(Name("IDENTITY_SPIRE_WORKLOAD_API_ADDRESS"), "must not be empty");
    }
    identity.spire_socket = path;
    if (!identity.id.empty() && !IsSpiffeId(identity.id)) {
      faults->AddValue(Name("IDENTITY_SERVER_ID"), identity.id,
                       "expected spiffe://…, because certificates come from SPIRE");
    }
    return;
  }
  identity.service = CheckService("IDENTITY", raw->identity, env, faults);
  identity.directory = Require("IDENTITY_DIR", raw->identity_directory, faults);
  identity.token_file = Require("IDENTITY_TOKEN_FILE", raw->identity_token_file, faults);
  if (identity.id != identity.server_name && !identity.id.empty() &&
      !identity.server_name.empty()) {
    faults->AddValue(Name("IDENTITY_SERVER_ID"), identity.id,
                     absl::StrCat("must equal ", Name("IDENTITY_SERVER_NAME"), " without SPIRE"));
  }
}

void CheckTracing(RawConfig* raw, const config::EnvReader& env, Faults* faults) {
  if (!raw->trace_collector.address) return;
  TracingConfig tracing = std::move(raw->tracing);
  tracing.collector = CheckService("TRACE_COLLECTOR", raw->trace_collector, env, faults);
  tracing.attributes.insert(tracing.attributes.end(), raw->otel_attributes.begin(),
                            raw->otel_attributes.end());
  raw->config.tracing = std::move(tracing);
}

// A malformed number of cores is no reason to leave a workload without its proxy.
template <typename T>
std::optional<T> Lenient(absl::string_view suffix, const std::optional<std::string>& text,
                         std::vector<std::string>* warnings) {
  if (!text) return std::nullopt;
  T value{};
  const absl::Status status = config::ParseValue(*text, &value);
  if (status.ok() && value > 0) return value;
  Faults faults;
  faults.AddValue(Name(suffix), *text,
                  status.ok() ? "expected a number over 0; it is left out"
                              : absl::StrCat(status.message(), "; it is left out"));
  warnings->push_back(faults.messages().front());
  return std::nullopt;
}

void CheckCores(RawConfig* raw) {
  CoresConfig& cores = raw->config.cores;
  std::vector<std::string>* warnings = &raw->config.warnings;
  const bool use_old = !raw->cores_min && raw->cores;
  cores.min = Lenient<uint64_t>(use_old ? "CORES" : "CORES_MIN",
                                use_old ? raw->cores : raw->cores_min, warnings)
                  .value_or(1);
  cores.max = Lenient<uint64_t>("CORES_MAX", raw->cores_max, warnings);
  cores.max_ratio = Lenient<double>("CORES_MAX_RATIO", raw->cores_max_ratio, warnings);
  if (cores.max_ratio && *cores.max_ratio > 1) {
    warnings->push_back(absl::StrCat(Name("CORES_MAX_RATIO"), " is over 1: it is left out"));
    cores.max_ratio.reset();
  }
}

}  // namespace

absl::string_view DefaultPolicyName(DefaultPolicy policy) {
  return kDefaultPolicyNames[static_cast<size_t>(policy)];
}

absl::StatusOr<Config> ParseConfig(const config::EnvReader& env) {
  RawConfig raw;
  Faults faults;
  config::ApplyOptions(Options(), env, &raw, &faults);

  CheckListeners(&raw);
  CheckInbound(&raw, &faults);
  CheckOutbound(&raw, &faults);
  CheckHttp2Server("INBOUND", &raw.config.inbound.http2_server, &raw.config.warnings);
  CheckHttp2Server("OUTBOUND", &raw.config.outbound.http2_server, &raw.config.warnings);
  raw.config.destination.service = CheckService("DESTINATION", raw.destination, env, &faults);
  raw.config.policy.service = CheckService("POLICY", raw.policy, env, &faults);
  raw.config.policy.workload = Require("POLICY_WORKLOAD", raw.policy_workload, &faults);
  CheckId("TAP_SVC_NAME", raw.config.tap.client_id, &faults);
  CheckControlStreams(raw.config.control_streams, &faults);
  CheckIdentity(&raw, env, &faults);
  CheckTracing(&raw, env, &faults);
  CheckCores(&raw);

  if (!faults.empty()) return faults.ToStatus();
  return std::move(raw.config);
}

std::string ConfigHelp() { return config::RenderHelp(config::DocsOf(Options())); }

std::string ConfigMarkdown() {
  return absl::StrCat(
      "# The proxy's environment\n\n"
      "Made by `bazel run //proxy/config:docs`; a test compares it with the table in\n"
      "proxy/config/options.cc. All variables are read once, at start. A value that does not parse "
      "is\n"
      "reported with all other faults on standard error, and the proxy exits with 64.\n\n"
      "A duration is an integer with the unit ms, s, m, h or d, or a lone 0. A port set is a comma "
      "list\n"
      "of ports and ranges. A control address is a name or an IP address with a port. A bool is "
      "`true`\n"
      "or `false`.\n\n",
      config::RenderMarkdown(config::DocsOf(Options())));
}

}  // namespace gossamer::proxy
