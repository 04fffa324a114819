#include "services/destination/profiles/profile.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_macros.h"
#include "lib/status/status_matchers.h"
#include "services/destination/cluster/cluster_testing.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::destination;
using testing::_;
using testing::SizeIs;

class ProfileTest : public testing::Test {
 protected:
  ProfileTest() { settings_.default_opaque_ports.Add(3306); }

  absl::StatusOr<proto::DestinationProfile> Build(const std::string& authority,
                                                  const std::string& client = "client") {
    ProfileQuery query;
    GOSSAMER_ASSIGN_OR_RETURN(query.authority, ParseAuthority(authority));
    query.client_namespace = client;
    topics_.clear();
    return BuildProfile(cluster_, settings_, query, &topics_);
  }
  void Apply(const std::string& yaml) { cluster_.Apply(ApplyYaml(yaml)); }

  Settings settings_;
  Cluster cluster_;
  Topics topics_;
};

std::string Profile(const std::string& namespace_name, const std::string& route) {
  return absl::StrCat(R"(
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {name: web.demo.svc.cluster.local, namespace: )",
                      namespace_name, R"(}
spec:
  routes:
  - name: )",
                      route, R"(
    condition: {method: GET, pathRegex: /a}
    responseClasses: [{condition: {status: {min: 500}}, isFailure: true}]
    timeout: 300ms
  dstOverrides: [{authority: other.demo.svc.cluster.local, weight: 500m}]
---
)");
}

TEST_F(ProfileTest, AServiceByNameAndByAddress) {
  Apply(WebService());
  for (const char* authority : {"web.demo.svc.cluster.local:80", "10.96.0.1:80"}) {
    const auto profile = Build(authority);
    ASSERT_OK(profile);
    EXPECT_EQ(profile->fully_qualified_name(), "web.demo.svc.cluster.local");
    EXPECT_EQ(profile->parent_ref().resource().group(), "core");
    EXPECT_EQ(profile->parent_ref().resource().port(), 80u);
    EXPECT_FALSE(profile->opaque_protocol());
    EXPECT_FALSE(profile->has_profile_ref());
    EXPECT_EQ(profile->retry_budget().ttl().seconds(), 10);
  }
}

TEST_F(ProfileTest, TheClientsProfileGoesFirst) {
  Apply(WebService() + Profile("demo", "ours"));
  auto profile = Build("10.96.0.1:80");
  ASSERT_OK(profile);
  ASSERT_THAT(profile->routes(), SizeIs(1));
  EXPECT_EQ(profile->routes(0).metrics_labels().at("route"), "ours");
  // Both conditions hold together, and both ends of a range are there.
  EXPECT_THAT(profile->routes(0).condition().all().matches(), SizeIs(2));
  EXPECT_EQ(profile->routes(0).response_classes(0).condition().status().max(), 599u);
  EXPECT_EQ(profile->routes(0).timeout().nanos(), 300'000'000);
  EXPECT_EQ(profile->dst_overrides(0).authority(), "other.demo.svc.cluster.local:80");
  EXPECT_EQ(profile->dst_overrides(0).weight(), 5000u);
  Apply(Profile("client", "theirs"));
  profile = Build("10.96.0.1:80");
  EXPECT_EQ(profile->routes(0).metrics_labels().at("route"), "theirs");
  EXPECT_EQ(profile->profile_ref().resource().namespace_(), "client");
}

TEST_F(ProfileTest, OpaquePortsOfAServiceMayBeNamed) {
  Apply(R"(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: demo, annotations: {config.linkerd.io/opaque-ports: "http,9000-9010"}}
spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}, {name: db, port: 3306}, {name: x, port: 9005}]}
)");
  EXPECT_TRUE(Build("10.96.0.1:80")->opaque_protocol());
  EXPECT_TRUE(Build("10.96.0.1:9005")->opaque_protocol());
  EXPECT_FALSE(Build("10.96.0.1:3306")->opaque_protocol());
}

TEST_F(ProfileTest, APortTheServiceLacksIsAnEmptyAnswer) {
  Apply(WebService());
  ASSERT_OK(Build("10.96.0.1:81"));
  EXPECT_EQ(Build("10.96.0.1:81")->ByteSizeLong(), 0u);
}

TEST_F(ProfileTest, APodByItsAddress) {
  Apply(WebPod(1));
  const auto profile = Build("10.1.0.1:8080");
  ASSERT_OK(profile);
  EXPECT_EQ(profile->fully_qualified_name(), "");
  EXPECT_TRUE(profile->endpoint().has_tls_identity());
  EXPECT_EQ(profile->endpoint().metric_labels().at("namespace"), "demo");
  EXPECT_EQ(profile->endpoint().metric_labels().count("zone_locality"), 0u);
  // The answer changes with the pod, so it has to say that it read it.
  EXPECT_THAT(topics_, testing::IsSupersetOf({"ip/10.1.0.1", "pod/demo/web-1", "servers/demo"}));
}

TEST_F(ProfileTest, AnAddressNobodyKnows) {
  const auto profile = Build("192.0.2.1:3306");
  ASSERT_OK(profile);
  EXPECT_EQ(profile->endpoint().addr().ip().ipv4(), 0xC0000201u);
  EXPECT_EQ(profile->endpoint().weight(), 10000u);
  EXPECT_TRUE(profile->opaque_protocol());
}

TEST_F(ProfileTest, ErrorsAreTheContracts) {
  Apply(WebService() + R"(
apiVersion: v1
kind: Service
metadata: {name: twin, namespace: demo}
spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: external, namespace: demo}
spec: {type: ExternalName}
)");
  EXPECT_THAT(Build("10.96.0.1:80"), StatusIs(absl::StatusCode::kFailedPrecondition, _));
  EXPECT_THAT(Build("example.com:80"), StatusIs(absl::StatusCode::kInvalidArgument, _));
  EXPECT_THAT(Build("external.demo.svc.cluster.local"),
              StatusIs(absl::StatusCode::kInvalidArgument, _));
  EXPECT_THAT(Build("gone.demo.svc.cluster.local"), StatusIs(absl::StatusCode::kUnknown, _));
  EXPECT_THAT(Build("web-0.web.demo.svc.cluster.local"), StatusIs(absl::StatusCode::kNotFound, _));
}

TEST_F(ProfileTest, AReusedAddressBelongsToTheNewPod) {
  Apply(WebPod(1) + R"(
apiVersion: v1
kind: Pod
metadata: {name: old, namespace: demo, deletionTimestamp: "2026-01-01T00:00:00Z"}
status: {phase: Running, podIP: 10.1.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: done, namespace: demo}
status: {phase: Succeeded, podIP: 10.1.0.1}
)");
  const auto profile = Build("10.1.0.1:8080");
  ASSERT_OK(profile);
  EXPECT_EQ(profile->endpoint().metric_labels().at("pod"), "web-1");
}

}  // namespace
}  // namespace gossamer::destination
