#include "proxy/config/parse_config.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "proxy/config/options.h"

namespace gossamer::proxy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Variables = config::EnvReader::Variables;

// What an injector sets for a pod of the demo, less what has a default.
Variables Injected() {
  return {
      {"LINKERD2_PROXY_DESTINATION_SVC_ADDR",
       "linkerd-dst-headless.linkerd.svc.cluster.local.:8086"},
      {"LINKERD2_PROXY_DESTINATION_SVC_NAME",
       "linkerd-destination.linkerd.serviceaccount.identity.linkerd.cluster.local"},
      {"LINKERD2_PROXY_POLICY_SVC_ADDR", "linkerd-policy.linkerd.svc.cluster.local.:8090"},
      {"LINKERD2_PROXY_POLICY_SVC_NAME",
       "linkerd-destination.linkerd.serviceaccount.identity.linkerd.cluster.local"},
      {"LINKERD2_PROXY_POLICY_WORKLOAD", "{\"ns\":\"demo\",\"pod\":\"web-1\"}\n"},
      {"LINKERD2_PROXY_IDENTITY_SVC_ADDR",
       "linkerd-identity-headless.linkerd.svc.cluster.local.:8080"},
      {"LINKERD2_PROXY_IDENTITY_SVC_NAME",
       "linkerd-identity.linkerd.serviceaccount.identity.linkerd.cluster.local"},
      {"LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS", "-----BEGIN CERTIFICATE-----\n"},
      {"LINKERD2_PROXY_IDENTITY_LOCAL_NAME",
       "web.demo.serviceaccount.identity.linkerd.cluster.local"},
      {"LINKERD2_PROXY_IDENTITY_DIR", "/var/run/linkerd/identity/end-entity"},
      {"LINKERD2_PROXY_IDENTITY_TOKEN_FILE", "/var/run/secrets/tokens/linkerd-identity-token"},
      {"LINKERD2_PROXY_INBOUND_DEFAULT_POLICY", "all-unauthenticated"},
  };
}

Variables With(std::vector<std::pair<std::string, std::string>> changes) {
  Variables variables = Injected();
  for (auto& [name, value] : changes) variables[absl::StrCat("LINKERD2_PROXY_", name)] = value;
  return variables;
}

Config MustParse(Variables variables) {
  absl::StatusOr<Config> config = ParseConfig(config::EnvReader(std::move(variables)));
  EXPECT_OK(config);
  return config.ok() ? *std::move(config) : Config();
}

TEST(ParseConfigTest, HasTheDefaultsOfLinkerd) {
  const Config config = MustParse(Injected());
  EXPECT_THAT(config.warnings, IsEmpty());
  EXPECT_EQ(config.inbound.listen_address.ToString(), "0.0.0.0:4143");
  ASSERT_EQ(config.outbound.listen_addresses.size(), 1u);
  EXPECT_EQ(config.outbound.listen_addresses[0].ToString(), "127.0.0.1:4140");
  EXPECT_EQ(config.admin.listen_address.ToString(), "127.0.0.1:4191");
  EXPECT_EQ(config.tap.listen_address.ToString(), "0.0.0.0:4190");
  EXPECT_EQ(config.inbound.connect_timeout, absl::Milliseconds(300));
  EXPECT_EQ(config.outbound.connect_timeout, absl::Seconds(1));
  EXPECT_EQ(config.inbound.connect_backoff.max, absl::Seconds(10));
  EXPECT_EQ(config.outbound.connect_backoff.max, absl::Seconds(60));
  EXPECT_EQ(config.outbound.connect_backoff.jitter, 0.1);
  EXPECT_EQ(config.inbound.max_in_flight_requests, 100000u);
  EXPECT_EQ(config.inbound.discovery_idle_timeout, absl::Seconds(90));
  EXPECT_EQ(config.outbound.discovery_idle_timeout, absl::Seconds(5));
  EXPECT_EQ(config.http2_client.initial_connection_window_bytes, 1048576u);
  EXPECT_EQ(config.inbound.http_deadlines.head_timeout, absl::Seconds(60));
  EXPECT_EQ(config.outbound.http_deadlines.idle_timeout, absl::Hours(1));
  EXPECT_EQ(config.inbound.http2_server.initial_stream_window_bytes, std::nullopt);
  EXPECT_TRUE(config.inbound.ports.Contains(4191));
  EXPECT_FALSE(config.inbound.ports.Contains(4143));
  EXPECT_TRUE(config.outbound.informational_headers);
  EXPECT_EQ(config.identity.server_name, config.identity.id);
  EXPECT_EQ(config.policy.workload, "{\"ns\":\"demo\",\"pod\":\"web-1\"}\n");
  EXPECT_EQ(config.tap.client_id, std::nullopt);
  EXPECT_FALSE(config.tracing.has_value());
  EXPECT_EQ(config.cores.min, 1u);
  EXPECT_EQ(config.shutdown_grace_period, absl::Minutes(2));
}

TEST(ParseConfigTest, TakesWhatTheChartSets) {
  const Config config = MustParse(With({
      {"LOG", "warn,linkerd=info,hickory=error,[{headers}]=off,[{request}]=off"},
      {"LOG_FORMAT", "JSON"},
      {"ACCESS_LOG", "Apache"},
      {"OUTBOUND_LISTEN_ADDRS", "127.0.0.1:4140,[::1]:4140"},
      {"OUTBOUND_LISTEN_ADDR", "127.0.0.1:9"},
      {"INBOUND_CONNECT_TIMEOUT", "100ms"},
      {"INBOUND_DETECT_TIMEOUT", "365d"},
      {"INBOUND_ACCEPT_KEEPALIVE", "10000ms"},
      {"OUTBOUND_CONNECT_USER_TIMEOUT", "30s"},
      {"INBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL", "10s"},
      {"INBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT", "3s"},
      {"OUTBOUND_SERVER_HTTP2_MAX_FRAME_SIZE", "16384"},
      {"DESTINATION_PROFILE_SUFFIXES", "."},
      {"DESTINATION_PROFILE_NETWORKS", "10.0.0.0/8,100.64.0.0/10, fd00::/8"},
      {"POLICY_CLUSTER_NETWORKS", "10.0.0.0/8"},
      {"INBOUND_DEFAULT_POLICY", "cluster-authenticated"},
      {"INBOUND_PORTS", "80,8000-8010"},
      {"INBOUND_IPS", "10.1.2.3,fd00::3"},
      {"INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION", "25,3306"},
      {"INBOUND_PORTS_REQUIRE_TLS", "443"},
      {"CONTROL_STREAM_INITIAL_TIMEOUT", "3s"},
      {"CONTROL_STREAM_IDLE_TIMEOUT", "5m"},
      {"CONTROL_STREAM_LIFETIME", "1h"},
      {"CORES", "2"},
      {"CORES_MAX", "4"},
      {"SHUTDOWN_GRACE_PERIOD", "2m"},
  }));
  EXPECT_THAT(config.warnings, IsEmpty());
  EXPECT_EQ(config.inbound.accept.keepalive, absl::Seconds(10));
  EXPECT_EQ(config.outbound.connect.user_timeout, absl::Seconds(30));
  EXPECT_EQ(config.outbound.connect.keepalive, std::nullopt);
  EXPECT_EQ(config.outbound.http2_server.max_frame_bytes, 16384u);
  EXPECT_EQ(config.destination.profile_networks.size(), 3u);
  EXPECT_TRUE(config.destination.profile_suffixes.Contains("anything"));
  EXPECT_EQ(config.inbound.default_policy, DefaultPolicy::kClusterAuthenticated);
  EXPECT_EQ(config.inbound.ports.ToString(), "80,4191,8000-8010");
  EXPECT_TRUE(config.inbound.opaque_ports.Contains(3306));
  EXPECT_EQ(config.inbound.ips.size(), 2u);
  EXPECT_EQ(config.control_streams.lifetime, absl::Hours(1));
}

TEST(ParseConfigTest, GroupsAndOverrides) {
  const Config config = MustParse(With({
      {"LOG_FORMAT", "JSON"},
      {"ACCESS_LOG", "Apache"},
      {"OUTBOUND_LISTEN_ADDRS", "127.0.0.1:4140,[::1]:4140"},
      {"OUTBOUND_LISTEN_ADDR", "127.0.0.1:9"},
      {"INGRESS_MODE", "true"},
      {"INBOUND_GATEWAY_SUFFIXES", "svc.cluster.local."},
      {"INBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL", "10s"},
      {"INBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT", "3s"},
      {"INBOUND_CONNECT_EXP_BACKOFF_MIN", "1s"},
      {"INBOUND_CONNECT_EXP_BACKOFF_MAX", "2s"},
      {"LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_MIN", "1s"},
      {"LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_MAX", "1s"},
      {"LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_JITTER", "100"},
      {"POLICY_CLUSTER_NETWORKS", "10.0.0.0/8"},
      {"INBOUND_DEFAULT_POLICY", "audit"},
      {"MAX_IDLE_CONNS_PER_ENDPOINT", "7"},
      {"INBOUND_SERVER_HTTP_HEAD_TIMEOUT", "2s"},
      {"OUTBOUND_SERVER_HTTP_IDLE_TIMEOUT", "3m"},
      {"CORES", "2"},
      {"CORES_MAX", "4"},
      {"CONTROL_STREAM_IDLE_TIMEOUT", ""},
      {"CONTROL_STREAM_LIFETIME", "1h"},
      {"DESTINATION_SVC_ADDR", "localhost.:8086"},
      {"TRACE_COLLECTOR_SVC_ADDR", "127.0.0.1:4317"},
      {"TRACE_EXTRA_ATTRIBUTES", "a=1\nb=\"2\""},
  }));
  EXPECT_TRUE(config.log.json);
  EXPECT_EQ(config.log.access_log, AccessLogFormat::kApache);
  EXPECT_EQ(config.outbound.listen_addresses.size(), 2u);
  EXPECT_FALSE(config.outbound.informational_headers);
  EXPECT_TRUE(config.inbound.ports.Contains(4143));
  EXPECT_EQ(config.inbound.http2_server.keepalive_timeout, absl::Seconds(3));
  EXPECT_EQ(config.inbound.connect_backoff.jitter, 0);
  EXPECT_EQ(config.identity.spire_backoff.jitter, 100);
  EXPECT_EQ(config.inbound.default_policy, DefaultPolicy::kAudit);
  EXPECT_EQ(config.inbound.max_idle_connections_per_endpoint, 7u);
  EXPECT_EQ(config.inbound.http_deadlines.head_timeout, absl::Seconds(2));
  EXPECT_EQ(config.inbound.http_deadlines.idle_timeout, absl::Hours(1));
  EXPECT_EQ(config.outbound.http_deadlines.idle_timeout, absl::Minutes(3));
  EXPECT_EQ(config.outbound.max_idle_connections_per_endpoint, 10000u);
  EXPECT_EQ(config.cores.min, 2u);
  EXPECT_EQ(config.cores.max, 4u);
  EXPECT_EQ(config.control_streams.idle_timeout, std::nullopt);
  // A loopback service is spoken to in plaintext, whatever its name.
  EXPECT_EQ(config.destination.service.server_name, std::nullopt);
  ASSERT_TRUE(config.tracing.has_value());
  EXPECT_EQ(config.tracing->attributes.size(), 2u);
}

TEST(ParseConfigTest, TakesCertificatesFromSpire) {
  Variables variables = With({{"IDENTITY_SERVER_ID", "spiffe://td/web"},
                              {"IDENTITY_SERVER_NAME", "web.external"},
                              {"IDENTITY_SPIRE_SOCKET", "unix:/run/spire.sock"}});
  for (const char* name : {"LOCAL_NAME", "DIR", "TOKEN_FILE", "SVC_ADDR", "SVC_NAME"}) {
    variables.erase(absl::StrCat("LINKERD2_PROXY_IDENTITY_", name));
  }
  const Config config = MustParse(variables);
  EXPECT_EQ(config.identity.spire_socket, "/run/spire.sock");
  EXPECT_EQ(config.identity.service, std::nullopt);
  EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("IDENTITY_SPIRE_SOCKET is deprecated")));
}

TEST(ParseConfigTest, WarnsAndGoesOn) {
  Variables variables = With({{"CORES_MIN", "many"},
                              {"CORES_MAX_RATIO", "2"},
                              {"ACCESS_LOG", "xml"},
                              {"OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT", "3s"}});
  variables.erase("LINKERD2_PROXY_INBOUND_DEFAULT_POLICY");
  const Config config = MustParse(variables);
  for (const char* name : {"CORES_MIN=\"many\"", "CORES_MAX_RATIO", "ACCESS_LOG", "KEEP_ALIVE",
                           "INBOUND_DEFAULT_POLICY"}) {
    EXPECT_THAT(config.warnings, Contains(HasSubstr(name)));
  }
  EXPECT_EQ(config.cores.min, 1u);
  EXPECT_EQ(config.outbound.http2_server.keepalive_timeout, std::nullopt);
  EXPECT_EQ(config.inbound.default_policy, DefaultPolicy::kAllUnauthenticated);
}

TEST(ParseConfigTest, NamesEachMandatoryVariable) {
  for (const char* suffix :
       {"DESTINATION_SVC_ADDR", "DESTINATION_SVC_NAME", "POLICY_SVC_ADDR", "POLICY_SVC_NAME",
        "POLICY_WORKLOAD", "IDENTITY_TRUST_ANCHORS", "IDENTITY_LOCAL_NAME", "IDENTITY_DIR",
        "IDENTITY_TOKEN_FILE", "IDENTITY_SVC_ADDR", "IDENTITY_SVC_NAME"}) {
    Variables variables = Injected();
    const std::string name = absl::StrCat("LINKERD2_PROXY_", suffix);
    variables.erase(name);
    EXPECT_THAT(ParseConfig(config::EnvReader(variables)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(name + ": must be set")));
  }
}

struct BadValue {
  std::string name;
  std::string value;
};

TEST(ParseConfigTest, NamesTheBadVariableAndItsValue) {
  const std::vector<BadValue> cases = {
      {"INBOUND_LISTEN_ADDR", "localhost:4143"},
      {"OUTBOUND_LISTEN_ADDRS", "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3"},
      {"OUTBOUND_LISTEN_ADDRS", ""},
      {"SHUTDOWN_GRACE_PERIOD", ""},
      {"SHUTDOWN_ENDPOINT_ENABLED", "yes"},
      {"INBOUND_DETECT_TIMEOUT", "1.5s"},
      {"INBOUND_PORTS", "90-80"},
      {"INBOUND_IPS", "10.0.0.1, 10.0.0.2"},
      {"INBOUND_DEFAULT_POLICY", "allow"},
      {"INBOUND_DEFAULT_POLICY", "cluster-unauthenticated"},
      {"INBOUND_DEFAULT_POLICY", "audit"},
      {"INBOUND_METRICS_AUTHORITY_LABELS", "safe"},
      {"INBOUND_GATEWAY_SUFFIXES", "a b"},
      {"POLICY_CLUSTER_NETWORKS", "10.0.0.0/33"},
      {"INBOUND_MAX_IN_FLIGHT", "100k"},
      {"HTTP2_INITIAL_STREAM_WINDOW_SIZE", "4294967295"},
      {"INBOUND_SERVER_HTTP2_MAX_FRAME_SIZE", "100"},
      {"DESTINATION_SVC_ADDR", "no-port"},
      {"DESTINATION_SVC_NAME", "ends.with.dot."},
      {"TAP_SVC_NAME", "a b"},
      {"IDENTITY_DISABLED", "1"},
      {"IDENTITY_LOCAL_NAME", "spiffe://td/x"},
      {"TRACE_COLLECTOR_SVC_ADDR", ":80"},
      {"DNS_MIN_TTL", "5"},
  };
  for (const BadValue& c : cases) {
    EXPECT_THAT(
        ParseConfig(config::EnvReader(With({{c.name, c.value}}))),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 HasSubstr(absl::StrCat("LINKERD2_PROXY_", c.name, "=\"", c.value, "\": "))))
        << c.name;
  }
}

TEST(ParseConfigTest, ChecksVariablesAgainstEachOther) {
  const std::vector<std::pair<Variables, std::string>> cases = {
      {With({{"INBOUND_CONNECT_EXP_BACKOFF_MIN", "1s"}}), "needs LINKERD2_PROXY_INBOUND"},
      {With({{"OUTBOUND_CONNECT_EXP_BACKOFF_MAX", "1s"}}), "needs LINKERD2_PROXY_OUTBOUND"},
      {With({{"OUTBOUND_CONNECT_EXP_BACKOFF_JITTER", "1"}}), "_JITTER: needs"},
      {With({{"OUTBOUND_CONNECT_EXP_BACKOFF_MIN", "2s"},
             {"OUTBOUND_CONNECT_EXP_BACKOFF_MAX", "1s"}}),
       "not longer than"},
      {With({{"INBOUND_CONNECT_EXP_BACKOFF_MIN", "1s"},
             {"INBOUND_CONNECT_EXP_BACKOFF_MAX", "1s"},
             {"INBOUND_CONNECT_EXP_BACKOFF_JITTER", "101"}}),
       "from 0 to 100"},
      {With({{"CONTROL_STREAM_INITIAL_TIMEOUT", "2s"}, {"CONTROL_STREAM_IDLE_TIMEOUT", "1s"}}),
       "CONTROL_STREAM_INITIAL_TIMEOUT"},
      {With({{"CONTROL_STREAM_INITIAL_TIMEOUT", "2s"}, {"CONTROL_STREAM_LIFETIME", "1s"}}),
       "CONTROL_STREAM_INITIAL_TIMEOUT"},
      {With({{"CONTROL_STREAM_IDLE_TIMEOUT", "2h"}, {"CONTROL_STREAM_LIFETIME", "1h"}}),
       "CONTROL_STREAM_IDLE_TIMEOUT"},
      {With({{"TRACE_COLLECTOR_SVC_ADDR", "collector:4317"}}), "TRACE_COLLECTOR_SVC_NAME: must be"},
      {With({{"IDENTITY_MIN_REFRESH", "2d"}}), "IDENTITY_MIN_REFRESH: must not be longer"},
      {With({{"IDENTITY_SPIRE_WORKLOAD_API_ADDRESS", "/x"}}), "certificates come from SPIRE"},
  };
  for (const auto& [variables, message] : cases) {
    EXPECT_THAT(ParseConfig(config::EnvReader(variables)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
}

TEST(ParseConfigTest, MemoryIsLimitedByTheVariableOrTheEnvironment) {
  EXPECT_EQ(MustParse(With({})).max_memory_bytes, std::nullopt);
  EXPECT_EQ(MustParse(With({{"MAX_MEMORY_BYTES", "0"}})).max_memory_bytes, 0u);
  EXPECT_EQ(MustParse(With({{"MAX_MEMORY_BYTES", "8388608"}})).max_memory_bytes, 8u << 20);
  for (const char* bad : {"8388607", "1", "-1", "64M", "lots"}) {
    EXPECT_THAT(ParseConfig(config::EnvReader(With({{"MAX_MEMORY_BYTES", bad}}))),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("MAX_MEMORY_BYTES")))
        << bad;
  }
}

TEST(ParseConfigTest, WithoutSpireIdAndServerNameAreEqual) {
  Variables variables = With({{"IDENTITY_SERVER_ID", "a.b"}, {"IDENTITY_SERVER_NAME", "c.d"}});
  variables.erase("LINKERD2_PROXY_IDENTITY_LOCAL_NAME");
  EXPECT_THAT(ParseConfig(config::EnvReader(variables)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("must equal")));
  variables["LINKERD2_PROXY_IDENTITY_SERVER_ID"] = "c.d";
  EXPECT_EQ(MustParse(variables).identity.id, "c.d");
}

TEST(ParseConfigTest, ReportsAllFaultsAtOnce) {
  const absl::StatusOr<Config> config = ParseConfig(config::EnvReader({
      {"LINKERD2_PROXY_INBOUND_LISTEN_ADDR", "x"},
      {"LINKERD2_PROXY_OUTBOUND_CONNECT_TIMEOUT", "\xff"},
      {"LINKERD2_PROXY_IDENTITY_DISABLED", "true"},
  }));
  ASSERT_FALSE(config.ok());
  for (const char* part :
       {"INBOUND_LISTEN_ADDR=\"x\"", "OUTBOUND_CONNECT_TIMEOUT=\"\\xff\"", "IDENTITY_DISABLED",
        "DESTINATION_SVC_ADDR", "POLICY_SVC_ADDR", "POLICY_WORKLOAD", "IDENTITY_TRUST_ANCHORS",
        "IDENTITY_LOCAL_NAME", "IDENTITY_SVC_ADDR", "IDENTITY_DIR", "IDENTITY_TOKEN_FILE"}) {
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(part));
  }
}

TEST(ParseConfigTest, AMalformedAddressIsOneFault) {
  const absl::StatusOr<Config> config =
      ParseConfig(config::EnvReader(With({{"POLICY_SVC_ADDR", "x"}})));
  EXPECT_THAT(std::string(config.status().message()), Not(HasSubstr("\n")));
}

TEST(OptionsTest, EachVariableStandsOnceAndIsDescribed) {
  std::set<std::string> names;
  for (const auto& group : Options()) {
    for (const auto& option : group.options) {
      EXPECT_TRUE(names.insert(option.doc.name).second) << option.doc.name;
      EXPECT_FALSE(option.doc.doc.empty()) << option.doc.name;
      EXPECT_FALSE(option.doc.type.empty()) << option.doc.name;
    }
  }
  EXPECT_EQ(names.count("LINKERD2_PROXY_LINKERD2_PROXY_IDENTITY_SPIRE_EXP_BACKOFF_MIN"), 1u);
}

TEST(ConfigHelpTest, FitsAHundredColumns) {
  for (absl::string_view line : absl::StrSplit(ConfigHelp(), '\n')) EXPECT_LE(line.size(), 100u);
}

TEST(ConfigMarkdownTest, IsWhatTheDocumentSays) {
  std::ifstream file("docs/CONFIG.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, ConfigMarkdown()) << "run: bazel run //proxy/config:docs";
}

}  // namespace
}  // namespace gossamer::proxy
