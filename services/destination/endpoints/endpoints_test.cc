#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/cluster_testing.h"
#include "services/destination/endpoints/authority.h"
#include "services/destination/endpoints/endpoint_set.h"
#include "services/destination/endpoints/token.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::destination;
using testing::HasSubstr;

using testing::SizeIs;

TEST(AuthorityTest, Good) {
  const struct {
    const char* text;
    const char* host;
    int port;
  } kCases[] = {{"web.demo.svc.cluster.local:8080", "web.demo.svc.cluster.local", 8080},
                {"web", "web", 80},
                {"10.1.2.3:65535", "10.1.2.3", 65535},
                {"[fd00::1]:1", "fd00::1", 1}};
  for (const auto& c : kCases) {
    const auto authority = ParseAuthority(c.text);
    ASSERT_OK(authority);
    EXPECT_EQ(authority->host, c.host);
    EXPECT_EQ(authority->port, c.port);
  }
}

TEST(AuthorityTest, Bad) {
  for (const char* text : {"", ":80", "web:", "web:0", "web:65536", "web:-1", "web:+1", "web:8 0",
                           "[fd00::1", "[::1]x", "a:b:c", "web:99999999999"}) {
    EXPECT_THAT(ParseAuthority(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Invalid authority")))
        << text;
  }
}

TEST(ServiceHostTest, TakesServicesAndTheirInstancesOnly) {
  const auto service = ParseServiceHost("web.demo.svc.cluster.local", "cluster.local");
  ASSERT_OK(service);
  EXPECT_EQ(service->service, "web");
  EXPECT_EQ(service->namespace_name, "demo");
  const auto instance = ParseServiceHost("web-0.web.demo.svc.cluster.local", "cluster.local");
  ASSERT_OK(instance);
  EXPECT_EQ(instance->hostname, "web-0");
  for (const char* host : {"web", "web.demo", "web.demo.svc", "web.demo.svc.cluster.local.",
                           "web.demo.svc.other.local", ".demo.svc.cluster.local",
                           "a.b.c.d.svc.cluster.local", "svc.cluster.local"}) {
    EXPECT_FALSE(ParseServiceHost(host, "cluster.local").ok()) << host;
  }
}

TEST(TokenTest, ContextIsReadOrEmpty) {
  EXPECT_EQ(ParseContextToken("{\"ns\":\"demo\", \"nodeName\":\"a\", \"pod\":\"p\"}\n").node, "a");
  EXPECT_EQ(ParseContextToken("ns:demo").namespace_name, "demo");
  for (const char* text : {"", "x", "{", "[]", "{\"ns\": 1}"}) {
    EXPECT_EQ(ParseContextToken(text).namespace_name, "") << text;
  }
}

TEST(TokenTest, WorkloadIsReadOrRefused) {
  const auto json = ParseWorkloadToken("{\"ns\":\"demo\", \"pod\":\"p\"}\n");
  ASSERT_OK(json);
  EXPECT_EQ(json->pod, "p");
  EXPECT_OK(ParseWorkloadToken("demo:p"));
  EXPECT_OK(ParseWorkloadToken("{\"ns\":\"demo\", \"external_workload\":\"e\"}"));
  for (const char* text :
       {"", "demo", ":p", "demo:", "{}", "{\"ns\":\"demo\"}",
        "{\"ns\":\"demo\",\"pod\":\"a\",\"external_workload\":\"b\"}", "{\"ns\""}) {
    EXPECT_THAT(ParseWorkloadToken(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Invalid workload")))
        << text;
  }
}

class EndpointSetTest : public testing::Test {
 protected:
  EndpointSetTest() { settings_.default_opaque_ports.Add(3306); }

  std::shared_ptr<const EndpointSet> Build(EndpointQuery query = {}) {
    query.service = {"demo", "web"};
    return BuildEndpointSet(cluster_, settings_, query);
  }
  // The only endpoint of the service.
  proto::WeightedAddr One(const EndpointQuery& query = {}) {
    const auto set = Build(query);
    EXPECT_THAT(set->endpoints(), SizeIs(1));
    return set->endpoints().empty() ? proto::WeightedAddr()
                                    : set->endpoints().begin()->second.address;
  }
  std::vector<std::string> Addresses(const EndpointQuery& query = {}) {
    std::vector<std::string> addresses;
    const auto set = Build(query);
    for (const auto& [address, endpoint] : set->endpoints()) {
      addresses.push_back(address.ToString());
    }
    return addresses;
  }
  void Apply(const std::string& yaml) { cluster_.Apply(ApplyYaml(yaml)); }

  Settings settings_;
  Cluster cluster_;
};

TEST_F(EndpointSetTest, DescribesAMeshedPod) {
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  const proto::WeightedAddr address = One();
  EXPECT_EQ(address.addr().ip().ipv4(), 0x0A010001u);
  EXPECT_EQ(address.addr().port(), 8080u);
  EXPECT_EQ(address.weight(), 10000u);
  const std::string identity = "web.demo.serviceaccount.identity.linkerd.cluster.local";
  EXPECT_EQ(address.tls_identity().dns_like_identity().name(), identity);
  EXPECT_EQ(address.tls_identity().server_name().name(), identity);
  EXPECT_TRUE(address.protocol_hint().has_h2());
  EXPECT_EQ(address.protocol_hint().opaque_transport().inbound_port(), 4143u);
  EXPECT_EQ(address.http2().keep_alive().interval().seconds(), 10);
  const auto labels = std::map<std::string, std::string>(address.metric_labels().begin(),
                                                         address.metric_labels().end());
  EXPECT_EQ(labels, (std::map<std::string, std::string>{{"pod", "web-1"},
                                                        {"deployment", "web"},
                                                        {"serviceaccount", "web"},
                                                        {"control_plane_ns", "linkerd"},
                                                        {"pod_template_hash", "5d"},
                                                        {"zone", ""},
                                                        {"zone_locality", "unknown"}}));
}

TEST_F(EndpointSetTest, ForeignAndSkippedPodsHaveNoIdentity) {
  settings_.controller_namespace = "other";
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  EXPECT_FALSE(One().has_tls_identity());
  settings_.controller_namespace = "linkerd";
  EXPECT_TRUE(One().has_tls_identity());
  Apply(WebPod(1, "config.linkerd.io/skip-inbound-ports: \"8000-9000\""));
  EXPECT_FALSE(One().has_tls_identity());
  EXPECT_FALSE(One().protocol_hint().has_opaque_transport());
}

TEST_F(EndpointSetTest, OpaquePortsComeFromPodDefaultsAndServers) {
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  EXPECT_FALSE(One().protocol_hint().has_opaque());
  settings_.default_opaque_ports.Add(8080);
  EXPECT_TRUE(One().protocol_hint().has_opaque());
  // An empty annotation is none, not the default.
  Apply(WebPod(1, "config.linkerd.io/opaque-ports: \"\""));
  EXPECT_TRUE(One().protocol_hint().has_h2());
  Apply(R"(
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: demo}
spec: {podSelector: {matchLabels: {app: web}}, port: 8080, proxyProtocol: opaque}
)");
  EXPECT_TRUE(One().protocol_hint().has_opaque());
  EXPECT_FALSE(One().protocol_hint().has_h2());
}

TEST_F(EndpointSetTest, TransparentModeKeepsTheHeaderForOpaquePorts) {
  settings_.transport_header = false;
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  EXPECT_FALSE(One().protocol_hint().has_opaque_transport());
  Apply(WebPod(1, "config.linkerd.io/opaque-ports: \"8080\""));
  EXPECT_TRUE(One().protocol_hint().has_opaque_transport());
}

TEST_F(EndpointSetTest, ChoosesTheEndpointPortByTheNameOfTheServicePort) {
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  EXPECT_THAT(Addresses(), testing::ElementsAre("10.1.0.1:8080"));
  EndpointQuery undefined;
  undefined.port = 9999;
  EXPECT_THAT(Addresses(undefined), testing::ElementsAre("10.1.0.1:9999"));
}

TEST_F(EndpointSetTest, LeavesOutWhatIsNotReadyOrUnknown) {
  Apply(WebService() + WebPod(1) + WebPod(2) + R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: demo, labels: {kubernetes.io/service-name: web}}
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.1.0.1], conditions: {ready: false, serving: true, terminating: true}, targetRef: {kind: Pod, name: web-1}}
- {addresses: [10.1.0.2], conditions: {}, targetRef: {kind: Pod, name: web-2}}
- {addresses: [10.1.0.3], targetRef: {kind: Pod, name: web-3}}
- {addresses: [example.com]}
- {addresses: [192.0.2.1]}
)");
  EXPECT_THAT(Addresses(), testing::ElementsAre("10.1.0.2:8080", "192.0.2.1:8080"));
  EXPECT_EQ(Build()->unresolved(), 1);
}

TEST_F(EndpointSetTest, ZonesAndNodesNarrowTheChoice) {
  Apply(WebService() + WebPod(1) + WebPod(2) + R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: demo, labels: {kubernetes.io/service-name: web}}
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.1.0.1], zone: east, hints: {forZones: [{name: east}]}, hostname: web-0, targetRef: {kind: Pod, name: web-1}}
- {addresses: [10.1.0.2], zone: west, hints: {forZones: [{name: west}]}, targetRef: {kind: Pod, name: web-2}}
)");
  EndpointQuery query;
  query.client_zone = "east";
  EXPECT_THAT(Addresses(query), testing::ElementsAre("10.1.0.1:8080"));
  EXPECT_EQ(One(query).metric_labels().at("zone_locality"), "local");
  query.client_zone = "north";
  EXPECT_THAT(Addresses(query), SizeIs(2));
  query.hostname = "web-0";
  EXPECT_THAT(Addresses(query), testing::ElementsAre("10.1.0.1:8080"));
}

TEST_F(EndpointSetTest, AnEmptyServiceIsAnsweredAtOnce) {
  auto updates = Build()->UpdatesFrom(nullptr);
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_FALSE(updates[0].no_endpoints().exists());
  Apply(WebService());
  updates = Build()->UpdatesFrom(nullptr);
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_TRUE(updates[0].no_endpoints().exists());
}

TEST_F(EndpointSetTest, UpdatesAreTheDifference) {
  Apply(WebService() + WebPod(1) + WebPod(2) + WebPod(3) + WebSlice({1, 2}));
  const auto before = Build();
  Apply(WebSlice({2, 3}));
  const auto updates = Build()->UpdatesFrom(before.get());
  ASSERT_THAT(updates, SizeIs(2));
  ASSERT_THAT(updates[0].add().addrs(), SizeIs(1));
  EXPECT_EQ(updates[0].add().addrs(0).addr().ip().ipv4(), 0x0A010003u);
  EXPECT_EQ(updates[0].add().metric_labels().at("service"), "web");
  ASSERT_THAT(updates[1].remove().addrs(), SizeIs(1));
  EXPECT_EQ(updates[1].remove().addrs(0).ip().ipv4(), 0x0A010001u);
  EXPECT_TRUE(Build()->SameAs(*Build()));
}

// Any order of changes: a client that applies every update holds the set, and the index that took
// the changes one by one answers as one that is given the end state.
TEST_F(EndpointSetTest, AnyOrderOfChangesEndsInTheSameSet) {
  std::mt19937 random(7);
  SCOPED_TRACE("seed 7");
  std::map<std::string, std::string> client;
  std::shared_ptr<const EndpointSet> last;
  std::map<std::string, std::string> state;  // Every object by name, as YAML.
  const auto set = [&](const std::string& name, const std::string& yaml) {
    state[name] = yaml;
    Apply(yaml);
  };
  for (int step = 0; step < 300; ++step) {
    const int n = static_cast<int>(random() % 5) + 1;
    switch (random() % 4) {
      case 0:
        set(absl::StrCat("pod", n),
            WebPod(n, random() % 2 ? "config.linkerd.io/opaque-ports: \"8080\"" : ""));
        break;
      case 1:
        state.erase(absl::StrCat("pod", n));
        cluster_.Apply(DeleteObject("", "Pod", absl::StrCat("web-", n)));
        break;
      case 2: {
        std::vector<int> pods;
        for (int i = 1; i <= 5; ++i) {
          if (random() % 2) pods.push_back(i);
        }
        set("slice", WebSlice(pods));
        break;
      }
      case 3:
        if (random() % 3 == 0) {
          state.erase("service");
          cluster_.Apply(DeleteObject("", "Service", "web"));
        } else {
          set("service", WebService());
        }
        break;
    }
    const auto now = Build();
    for (const auto& update : last != nullptr && last->SameAs(*now)
                                  ? std::vector<proto::Update>()
                                  : now->UpdatesFrom(last.get())) {
      if (update.has_no_endpoints()) client.clear();
      for (const auto& added : update.add().addrs()) {
        client[added.addr().DebugString()] = added.protocol_hint().DebugString();
      }
      for (const auto& removed : update.remove().addrs()) client.erase(removed.DebugString());
    }
    last = now;
    Cluster fresh;
    std::string all;
    for (const auto& [name, yaml] : state) all += yaml;
    fresh.Apply(ApplyYaml(all));
    EndpointQuery query;
    query.service = {"demo", "web"};
    ASSERT_TRUE(BuildEndpointSet(fresh, settings_, query)->SameAs(*now)) << "step " << step;
    std::map<std::string, std::string> wanted;
    for (const auto& [address, endpoint] : now->endpoints()) {
      wanted[endpoint.address.addr().DebugString()] =
          endpoint.address.protocol_hint().DebugString();
    }
    ASSERT_EQ(client, wanted) << "step " << step;
  }
}

}  // namespace
}  // namespace gossamer::destination
