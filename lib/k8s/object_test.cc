#include "lib/k8s/object.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::k8s {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Manifest ParseYaml(absl::string_view text) { return ParseManifest(text, Format::kYaml); }

template <typename Kind>
Kind ParseOne(absl::string_view text) {
  const Manifest manifest = ParseYaml(text);
  EXPECT_THAT(manifest.errors, IsEmpty()) << manifest.errors.front().message;
  EXPECT_THAT(manifest.objects, SizeIs(1));
  if (manifest.objects.size() != 1) return {};
  return *manifest.objects[0].As<Kind>();
}

TEST(ManifestTest, ReadsAService) {
  const Service service = ParseOne<Service>(R"(
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: demo
  annotations: {config.linkerd.io/opaque-ports: "3306"}
  someday: unknown
spec:
  clusterIP: 10.0.0.1
  clusterIPs: [10.0.0.1, "fd00::1"]
  internalTrafficPolicy: Local
  ports:
  - {name: http, port: 80, targetPort: web, appProtocol: http}
  - {port: 81, targetPort: 8081}
)");
  EXPECT_EQ(service.meta.namespace_name, "demo");
  EXPECT_THAT(service.cluster_ips, ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_TRUE(service.internal_traffic_local);
  ASSERT_THAT(service.ports, SizeIs(2));
  EXPECT_EQ(service.ports[0].target_port.name, "web");
  EXPECT_EQ(service.ports[0].app_protocol, "http");
  EXPECT_EQ(service.ports[1].target_port.number, 8081);
  EXPECT_EQ(service.FindPort(81), &service.ports[1]);
  EXPECT_EQ(service.FindPort(82), nullptr);
  EXPECT_EQ(*service.meta.Annotation("config.linkerd.io/opaque-ports"), "3306");
}

TEST(ManifestTest, HeadlessServicesHaveNoClusterIp) {
  EXPECT_THAT(ParseOne<Service>("{apiVersion: v1, kind: Service, metadata: {name: a},"
                                " spec: {clusterIP: None}}")
                  .cluster_ips,
              IsEmpty());
}

TEST(ManifestTest, ReadsAnEndpointSlice) {
  const EndpointSlice slice = ParseOne<EndpointSlice>(R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- addresses: [10.1.0.1]
  targetRef: {kind: Pod, name: web-a, namespace: demo}
  hostname: web-0
  zone: east
  hints: {forZones: [{name: east}]}
- addresses: [10.1.0.2]
  conditions: {ready: false, serving: true, terminating: true}
)");
  EXPECT_EQ(slice.ServiceName(), "web");
  EXPECT_EQ(slice.meta.namespace_name, "default");
  ASSERT_THAT(slice.endpoints, SizeIs(2));
  EXPECT_TRUE(slice.endpoints[0].ready);
  EXPECT_EQ(slice.endpoints[0].target->name, "web-a");
  EXPECT_THAT(slice.endpoints[0].hinted_zones, ElementsAre("east"));
  EXPECT_FALSE(slice.endpoints[1].ready);
  EXPECT_TRUE(slice.endpoints[1].terminating);
}

TEST(ManifestTest, ReadsAPodAndNothingSecretOfIt) {
  const Pod pod = ParseOne<Pod>(R"(
apiVersion: v1
kind: Pod
metadata:
  name: web-a
  namespace: demo
  creationTimestamp: "2026-01-02T03:04:05Z"
  ownerReferences: [{kind: ReplicaSet, name: web-5d}]
spec:
  serviceAccountName: web
  initContainers:
  - name: linkerd-proxy
    env:
    - {name: LINKERD2_PROXY_INBOUND_LISTEN_ADDR, value: "0.0.0.0:4143"}
    - {name: PASSWORD, value: hunter2}
  containers:
  - name: app
    ports: [{name: http, containerPort: 8080}]
    livenessProbe: {httpGet: {path: /live, port: http}}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}]}
)");
  EXPECT_EQ(pod.service_account, "web");
  EXPECT_TRUE(pod.IsRunning());
  EXPECT_THAT(pod.pod_ips, ElementsAre("10.1.0.1"));
  ASSERT_THAT(pod.containers, SizeIs(2));
  EXPECT_THAT(pod.containers[0].listen_addresses, SizeIs(1));
  EXPECT_EQ(pod.containers[1].http_probes[0].port.name, "http");
  EXPECT_NE(pod.meta.created, absl::InfiniteFuture());
}

TEST(ManifestTest, ReadsDocumentsListsAndAliases) {
  const Manifest manifest = ParseYaml(R"(
---
# nothing here
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: &m {name: demo}}
- {apiVersion: v1, kind: Node, metadata: *m}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ignored}
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: r}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
)");
  EXPECT_THAT(manifest.errors, IsEmpty());
  EXPECT_EQ(manifest.ignored, 1);
  ASSERT_THAT(manifest.objects, SizeIs(4));
  EXPECT_EQ(manifest.objects[1].key.ToString(), "Node demo");
  EXPECT_FALSE(manifest.objects[2].key == manifest.objects[3].key);
}

TEST(ManifestTest, ReadsJson) {
  const Manifest manifest = ParseManifest(
      "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Service\",\n\t\"metadata\":\n"
      "{\"name\": \"w\\u00e9b\"}, \"spec\": {\"ports\": [{\"port\": 80}]}}",
      Format::kJson);
  ASSERT_THAT(manifest.errors, IsEmpty());
  EXPECT_EQ(manifest.objects[0].key.name, "w\u00e9b");
}

TEST(ManifestTest, ReadsAServiceProfile) {
  const ServiceProfile profile = ParseOne<ServiceProfile>(R"(
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {name: web.demo.svc.cluster.local, namespace: demo}
spec:
  routes:
  - name: GET /
    condition: {all: [{method: GET}, {not: {pathRegex: /x}}]}
    responseClasses: [{condition: {status: {min: 500, max: 599}}, isFailure: true}]
    isRetryable: true
    timeout: 1m30s
  retryBudget: {retryRatio: 0.5, minRetriesPerSecond: 3, ttl: 10s}
  dstOverrides: [{authority: a.demo.svc.cluster.local, weight: 500m}]
)");
  ASSERT_THAT(profile.routes, SizeIs(1));
  EXPECT_EQ(profile.routes[0].timeout, absl::Seconds(90));
  EXPECT_EQ((*profile.routes[0].condition.all)[1].negated[0].path_regex, "/x");
  EXPECT_EQ(profile.dst_overrides[0].milli_weight, 500);
}

struct BadManifest {
  const char* name;
  const char* text;
  int line;
  const char* message;
};

class BadManifestTest : public testing::TestWithParam<BadManifest> {};

TEST_P(BadManifestTest, IsRefusedByLineObjectAndField) {
  const Manifest manifest = ParseYaml(GetParam().text);
  ASSERT_THAT(manifest.errors, SizeIs(testing::Ge(1u)));
  EXPECT_EQ(manifest.errors[0].line, GetParam().line) << manifest.errors[0].message;
  EXPECT_THAT(manifest.errors[0].message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadManifestTest,
    testing::ValuesIn(std::vector<BadManifest>{
        {"NotYaml", "a: [1\nb: }", 2, "is not YAML"},
        {"NotAnObject", "just text", 1, "is not an object"},
        {"NoKind", "\napiVersion: v1", 2, "apiVersion and kind are required"},
        {"NoMetadata", "apiVersion: v1\nkind: Service", 1, "Service: metadata: is required"},
        {"NoName", "apiVersion: v1\nkind: Service\nmetadata:\n  namespace: demo", 4,
         "Service demo/(no name): metadata.name: is required"},
        {"PortOutOfRange",
         "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: demo}\nspec:\n  ports:\n"
         "  - port: 80\n  - port: 70000",
         7, "Service demo/web: spec.ports[1].port: expected a whole number from 1 to 65535, found"},
        {"ListForMap", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: [1]", 4,
         "Pod a: spec: expected a map of fields, found a list"},
        {"TwiceTheSameField", "apiVersion: v1\nkind: Pod\nkind: Pod", 3, "the field kind twice"},
        {"UnknownProtocol",
         "apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: a}\nspec:\n"
         "  podSelector: {}\n  port: 80\n  proxyProtocol: smoke",
         7, "spec.proxyProtocol: expected unknown, HTTP/1"},
        {"PolicyWithoutRequirements",
         "apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: a}\n"
         "spec:\n  targetRef: {kind: Server, name: b}",
         5, "spec.requiredAuthenticationRefs: is required"},
        {"AliasInItself", "a: &x [*x]", 1, "alias"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ManifestTest, KeepsTheGoodObjectsBesideABadOne) {
  const Manifest manifest = ParseYaml(
      "{apiVersion: v1, kind: Service, metadata: {}}\n---\n"
      "{apiVersion: v1, kind: Service, metadata: {name: good}}");
  EXPECT_THAT(manifest.errors, SizeIs(1));
  ASSERT_THAT(manifest.objects, SizeIs(1));
  EXPECT_EQ(manifest.objects[0].key.name, "good");
}

TEST(ManifestTest, RefusesDeepAndSwellingTexts) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "[";
  EXPECT_THAT(ParseYaml(deep).errors, SizeIs(1));
  EXPECT_THAT(ParseManifest(deep, Format::kJson).errors, SizeIs(1));

  std::string swelling = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&swelling, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&swelling, j == 0 ? "" : ", ", "*a", i - 1);
    swelling += "]\n";
  }
  const Manifest manifest = ParseYaml(swelling);
  ASSERT_THAT(manifest.errors, SizeIs(1));
  EXPECT_THAT(manifest.errors[0].message, HasSubstr("too many values"));
}

TEST(ManifestTest, JsonErrorsNameTheLine) {
  const Manifest manifest = ParseManifest("{\n\"apiVersion\": \"v1\",\n oops}", Format::kJson);
  ASSERT_THAT(manifest.errors, SizeIs(1));
  EXPECT_EQ(manifest.errors[0].line, 3);
}

TEST(LabelSelectorTest, EveryRequirementMustHold) {
  LabelSelector selector;
  EXPECT_TRUE(selector.Matches({}));
  selector.match_labels = {{"app", "web"}};
  selector.match_expressions = {{"tier", LabelSelector::Operator::kNotIn, {"test"}},
                                {"zone", LabelSelector::Operator::kExists, {}}};
  EXPECT_TRUE(selector.Matches({{"app", "web"}, {"zone", ""}}));
  EXPECT_FALSE(selector.Matches({{"app", "web"}}));
  EXPECT_FALSE(selector.Matches({{"app", "web"}, {"zone", ""}, {"tier", "test"}}));
  EXPECT_FALSE(selector.Matches({{"app", "api"}, {"zone", ""}}));
}

}  // namespace
}  // namespace gossamer::k8s
