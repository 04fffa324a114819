#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/cluster_testing.h"
#include "services/destination/policy/inbound_policy.h"
#include "services/destination/policy/outbound_policy.h"
#include "services/destination/policy/traffic_annotations.h"

namespace gossamer::destination {
namespace {

namespace in = io::linkerd::proxy::inbound;
namespace out = io::linkerd::proxy::outbound;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kServer[] = R"(
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: demo}
spec: {podSelector: {matchLabels: {app: web}}, port: 8080, proxyProtocol: HTTP/1}
---
)";

class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    settings_.cluster_networks = {*net::IpNetwork::Parse("10.0.0.0/8")};
    settings_.default_opaque_ports.Add(3306);
  }

  absl::StatusOr<in::Server> Inbound(int port = 8080) {
    topics_.clear();
    return BuildInboundPolicy(cluster_, settings_, {"demo", "web-1", ""}, port, &topics_);
  }
  absl::StatusOr<out::OutboundPolicy> Outbound(const std::string& ip, int port,
                                               const std::string& client = "demo") {
    OutboundQuery query;
    query.client_namespace = client;
    query.ip = *net::IpAddress::Parse(ip);
    query.port = port;
    return BuildOutboundPolicy(cluster_, settings_, query, &topics_);
  }
  void Apply(const std::string& yaml) { cluster_.Apply(ApplyYaml(yaml)); }
  // An AuthorizationPolicy for the server, with these requirements.
  static std::string Allow(const std::string& requirements,
                           const std::string& target = "Server, name: web") {
    return absl::StrCat(R"(
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: allow, namespace: demo}
spec:
  targetRef: {group: policy.linkerd.io, kind: )",
                        target, "}\n  requiredAuthenticationRefs: [", requirements, "]\n---\n");
  }

  Settings settings_;
  Cluster cluster_;
  Topics topics_;
};

TEST_F(PolicyTest, EveryDefaultPolicy) {
  Apply(WebPod(1));
  const struct {
    const char* name;
    int networks;
    bool authenticated;
  } kCases[] = {{"all-unauthenticated", 2, false},
                {"all-authenticated", 2, true},
                {"cluster-unauthenticated", 1, false},
                {"cluster-authenticated", 1, true},
                {"audit", 2, false}};
  for (const auto& c : kCases) {
    settings_.default_inbound_policy = c.name;
    const auto server = Inbound();
    ASSERT_OK(server);
    EXPECT_EQ(server->labels().at("kind"), "default");
    EXPECT_EQ(server->labels().at("name"), c.name);
    EXPECT_EQ(server->protocol().detect().timeout().seconds(), 10);
    ASSERT_THAT(server->authorizations(), SizeIs(1)) << c.name;
    const in::Authz& authz = server->authorizations(0);
    EXPECT_EQ(authz.metadata().default_(), c.name);
    EXPECT_EQ(authz.networks_size(), c.networks);
    EXPECT_EQ(authz.authentication().has_unauthenticated(), !c.authenticated);
    if (c.authenticated) {
      // One suffix without parts: any identity.
      const auto& identities = authz.authentication().meshtls().identities();
      ASSERT_THAT(identities.suffixes(), SizeIs(1));
      EXPECT_THAT(identities.suffixes(0).parts(), SizeIs(0));
    }
  }
  settings_.default_inbound_policy = "deny";
  EXPECT_THAT(Inbound()->authorizations(), SizeIs(0));
}

TEST_F(PolicyTest, AnnotationsOfThePod) {
  Apply(WebPod(1,
               "config.linkerd.io/proxy-require-identity-inbound-ports: \"8080\","
               "config.linkerd.io/opaque-ports: \"9000\""));
  EXPECT_EQ(Inbound(8080)->labels().at("name"), "all-authenticated");
  EXPECT_EQ(Inbound(8081)->labels().at("name"), "all-unauthenticated");
  EXPECT_TRUE(Inbound(9000)->protocol().has_opaque());
  Apply(WebPod(1, "config.linkerd.io/default-inbound-policy: misspelt"));
  EXPECT_THAT(Inbound()->authorizations(), SizeIs(0));
}

TEST_F(PolicyTest, UnknownWorkloadsHaveNoPolicy) {
  EXPECT_THAT(Inbound(), StatusIs(absl::StatusCode::kNotFound, "unknown server"));
  Apply("{apiVersion: v1, kind: Pod, metadata: {name: web-1, namespace: demo}}");
  EXPECT_THAT(Inbound(), StatusIs(absl::StatusCode::kNotFound, "unknown server"));
}

TEST_F(PolicyTest, AServerDeniesUnlessSomethingAllows) {
  Apply(WebPod(1) + kServer);
  const auto server = Inbound();
  ASSERT_OK(server);
  EXPECT_EQ(server->labels().at("kind"), "server");
  EXPECT_TRUE(server->protocol().has_http1());
  EXPECT_THAT(server->authorizations(), SizeIs(0));
  // Other ports keep the default.
  EXPECT_EQ(Inbound(8081)->labels().at("kind"), "default");
}

TEST_F(PolicyTest, AuthorizationsByIdentity) {
  Apply(WebPod(1) + kServer +
        Allow("{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: who}"));
  // What it refers to is missing: nobody gets in, and its coming is waited for.
  EXPECT_THAT(Inbound()->authorizations(), SizeIs(0));
  EXPECT_THAT(topics_, testing::Contains("authentications/demo"));
  Apply(R"(
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: who, namespace: demo}
spec:
  identities: ["*", "*.demo.example", exact.example]
)");
  auto identities = Inbound()->authorizations(0).authentication().meshtls().identities();
  ASSERT_THAT(identities.suffixes(), SizeIs(2));
  EXPECT_THAT(identities.suffixes(0).parts(), SizeIs(0));
  EXPECT_THAT(identities.suffixes(1).parts(), ElementsAre("demo", "example"));
  EXPECT_EQ(identities.identities(0).name(), "exact.example");
  Apply(R"(
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: who, namespace: demo}
spec:
  identityRefs: [{kind: ServiceAccount, name: client}, {kind: Namespace, name: other}]
)");
  identities = Inbound()->authorizations(0).authentication().meshtls().identities();
  EXPECT_EQ(identities.identities(0).name(),
            "client.demo.serviceaccount.identity.linkerd.cluster.local");
  EXPECT_THAT(identities.suffixes(0).parts(),
              ElementsAre("other", "serviceaccount", "identity", "linkerd", "cluster", "local"));
}

TEST_F(PolicyTest, AuthorizationsByNetwork) {
  Apply(WebPod(1) + kServer +
        Allow("{group: policy.linkerd.io, kind: NetworkAuthentication, name: net}") +
        R"(
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: net, namespace: demo}
spec: {networks: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}
)");
  const in::Server server = *Inbound();
  ASSERT_THAT(server.authorizations(), SizeIs(1));
  EXPECT_TRUE(server.authorizations(0).authentication().has_unauthenticated());
  EXPECT_EQ(server.authorizations(0).networks(0).except(0).prefix_len(), 16u);
}

TEST_F(PolicyTest, WhatCannotBeUnderstoodLetsNobodyIn) {
  Apply(WebPod(1) + kServer + R"(
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: bad, namespace: demo}
spec: {networks: [{cidr: 10.0.0.0/8}, {cidr: nonsense}]}
)");
  for (const char* requirements :
       {"{group: policy.linkerd.io, kind: NetworkAuthentication, name: bad}",
        "{group: policy.linkerd.io, kind: Unheard, name: x}", "{kind: Pod, name: x}",
        "{kind: ServiceAccount, name: a}, {kind: ServiceAccount, name: b}"}) {
    Apply(Allow(requirements));
    EXPECT_THAT(Inbound()->authorizations(), SizeIs(0)) << requirements;
  }
  Apply(Allow(""));
  EXPECT_THAT(Inbound()->authorizations(), SizeIs(1)) << "nothing is required of anybody";
  Apply(Allow("{kind: ServiceAccount, name: a}", "Server, name: another"));
  EXPECT_THAT(Inbound()->authorizations(), SizeIs(0)) << "of another server";
}

TEST_F(PolicyTest, RoutesOfAServer) {
  settings_.probe_networks = {*net::IpNetwork::Parse("0.0.0.0/0")};
  Apply(WebPod(1) + kServer);
  auto routes = Inbound()->protocol().http1().routes();
  ASSERT_THAT(routes, SizeIs(1));
  EXPECT_EQ(routes[0].metadata().default_(), "default");
  Apply(R"(
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: admin, namespace: demo}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  hostnames: ["*.example.com"]
  rules:
  - matches: [{path: {type: Exact, value: /admin}, method: GET}]
    filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}]
---
)" + Allow("{kind: ServiceAccount, name: admin}", "HTTPRoute, name: admin"));
  routes = Inbound()->protocol().http1().routes();
  ASSERT_THAT(routes, SizeIs(1));
  EXPECT_EQ(routes[0].metadata().resource().name(), "admin");
  EXPECT_THAT(routes[0].hosts(0).suffix().reverse_labels(), ElementsAre("com", "example"));
  EXPECT_EQ(routes[0].rules(0).matches(0).path().exact(), "/admin");
  EXPECT_TRUE(routes[0].rules(0).matches(0).method().has_registered());
  EXPECT_THAT(routes[0].authorizations(), SizeIs(1));
  EXPECT_THAT(Inbound()->authorizations(), SizeIs(0));
}

TEST_F(PolicyTest, ProbesPassAServerThatDenies) {
  settings_.probe_networks = {*net::IpNetwork::Parse("10.9.0.0/16")};
  Apply(std::string(kServer) + R"(
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: demo, labels: {app: web, linkerd.io/control-plane-ns: linkerd}}
spec:
  containers:
  - ports: [{name: http, containerPort: 8080}]
    readinessProbe: {httpGet: {path: "/ready?x=1", port: http}}
    livenessProbe: {httpGet: {path: /other, port: 9}}
)");
  const auto routes = Inbound()->protocol().http1().routes();
  ASSERT_THAT(routes, SizeIs(2));
  EXPECT_EQ(routes[1].metadata().default_(), "probe");
  ASSERT_THAT(routes[1].rules(0).matches(), SizeIs(1));
  EXPECT_EQ(routes[1].rules(0).matches(0).path().exact(), "/ready");
  EXPECT_EQ(routes[1].authorizations(0).networks(0).net().prefix_len(), 16u);
}

TEST_F(PolicyTest, WhereTrafficOutGoes) {
  Apply(WebService() + WebPod(1));
  const auto service = Outbound("10.96.0.1", 80);
  ASSERT_OK(service);
  const auto& detect = service->protocol().detect();
  EXPECT_EQ(detect.timeout().seconds(), 10);
  const auto& backend =
      detect.http2().routes(0).rules(0).backends().first_available().backends(0).backend();
  EXPECT_EQ(backend.balancer().discovery().dst().path(), "web.demo.svc.cluster.local:80");
  EXPECT_EQ(backend.balancer().peak_ewma().default_rtt().nanos(), 30'000'000);
  EXPECT_EQ(backend.queue().failfast_timeout().seconds(), 3);
  EXPECT_EQ(detect.opaque().routes(0).metadata().default_(), "opaq");

  const auto undefined = Outbound("10.96.0.1", 81);
  ASSERT_OK(undefined);
  EXPECT_TRUE(undefined->protocol().opaque().routes(0).rules(0).filters(0).has_forbidden());

  EXPECT_THAT(Outbound("10.1.0.1", 8080), StatusIs(absl::StatusCode::kNotFound, "No such service"));

  const auto outside = Outbound("192.0.2.1", 443);
  ASSERT_OK(outside);
  EXPECT_EQ(outside->metadata().default_(), "egress-fallback");
}

TEST_F(PolicyTest, TheProtocolOfAPort) {
  const auto kind = [&](const std::string& app_protocol, int port = 80) {
    Apply(WebService(app_protocol.empty() ? "" : ", appProtocol: " + app_protocol));
    return Outbound("10.96.0.1", port)->protocol().kind_case();
  };
  EXPECT_EQ(kind(""), out::ProxyProtocol::kDetect);
  EXPECT_EQ(kind("http"), out::ProxyProtocol::kHttp1);
  EXPECT_EQ(kind("kubernetes.io/h2c"), out::ProxyProtocol::kHttp2);
  EXPECT_EQ(kind("linkerd.io/opaque"), out::ProxyProtocol::kOpaque);
  EXPECT_EQ(kind("something-else"), out::ProxyProtocol::kOpaque);
  settings_.default_opaque_ports.Add(80);
  EXPECT_EQ(kind(""), out::ProxyProtocol::kOpaque);
}

TEST_F(PolicyTest, RoutesToAService) {
  const std::string route = R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split, namespace: OWNER, annotations: {retry.linkerd.io/http: "5xx"}}
spec:
  parentRefs: [{group: "", kind: Service, name: web, namespace: demo, port: 80}]
  rules:
  - timeouts: {request: 2s}
    backendRefs:
    - {name: web, port: 80, weight: 9}
    - {name: missing, port: 80, weight: 1}
)";
  const auto owned_by = [&](std::string owner) {
    return std::string(route).replace(route.find("OWNER"), 5, owner);
  };
  Apply(WebService() + "---\n" + owned_by("demo"));
  const auto policy = Outbound("10.96.0.1", 80, "anybody");
  const auto& rule = policy->protocol().detect().http1().routes(0).rules(0);
  EXPECT_EQ(rule.timeouts().request().seconds(), 2);
  EXPECT_EQ(rule.retry().conditions().status_ranges(0).end(), 599u);
  const auto& backends = rule.backends().random_available().backends();
  ASSERT_THAT(backends, SizeIs(2));
  EXPECT_EQ(backends[0].weight(), 9u);
  EXPECT_TRUE(backends[0].backend().backend().has_balancer());
  EXPECT_EQ(backends[1].backend().backend().kind_case(), out::Backend::KIND_NOT_SET);
  EXPECT_EQ(backends[1].backend().filters(0).failure_injector().status(), 500u);

  // Another namespace's route is for its own clients.
  cluster_ = Cluster();
  Apply(WebService() + "---\n" + owned_by("theirs"));
  EXPECT_EQ(Outbound("10.96.0.1", 80, "theirs")
                ->protocol()
                .detect()
                .http1()
                .routes(0)
                .metadata()
                .resource()
                .name(),
            "split");
  EXPECT_EQ(Outbound("10.96.0.1", 80, "ours")
                ->protocol()
                .detect()
                .http1()
                .routes(0)
                .metadata()
                .default_(),
            "http");
}

TEST(TrafficAnnotationsTest, Durations) {
  const struct {
    const char* text;
    absl::Duration value;
  } kGood[] = {{"0", absl::ZeroDuration()}, {"300ms", absl::Milliseconds(300)},
               {"10s", absl::Seconds(10)},  {"2m", absl::Minutes(2)},
               {"1h", absl::Hours(1)},      {"1d", absl::Hours(24)}};
  for (const auto& c : kGood) {
    const auto parsed = ParseTrafficDuration(c.text);
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, c.value) << c.text;
  }
  for (const char* text : {"", "s", "10", "-1s", "+1s", "1.5s", "1h30m", " 1s",
                           "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_FALSE(ParseTrafficDuration(text).ok()) << text;
  }
}

TEST(TrafficAnnotationsTest, FaultsNameTheAnnotation) {
  k8s::ObjectMeta meta;
  EXPECT_FALSE(ReadFailureAccrual(meta)->has_value());
  EXPECT_FALSE(ReadHttpRetry(meta)->has_value());
  meta.annotations = {{"balancer.linkerd.io/failure-accrual", "consecutive"}};
  EXPECT_EQ((*ReadFailureAccrual(meta))->consecutive_failures().max_failures(), 7u);
  meta.annotations["balancer.linkerd.io/failure-accrual-consecutive-min-penalty"] = "2m";
  EXPECT_THAT(ReadFailureAccrual(meta),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("min-penalty")));
  meta.annotations["retry.linkerd.io/http"] = "600";
  EXPECT_THAT(ReadHttpRetry(meta),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("retry.linkerd.io/http")));
  meta.annotations["timeout.linkerd.io/idle"] = "soon";
  EXPECT_THAT(ReadTimeouts(meta),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("timeout.linkerd.io/idle")));
}

}  // namespace
}  // namespace gossamer::destination
