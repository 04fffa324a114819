#include <string>
#include <variant>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/k8s/object.h"
#include "lib/status/status_matchers.h"
#include "tests/support/manifest_reader.h"
#include "tests/support/manifest_writer.h"

namespace gossamer::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::StatusOr<std::string> ProgramOf(const std::string& image) {
  if (image == "unknown") return absl::NotFoundError("image unknown");
  return "/bin/" + image;
}

constexpr char kShop[] = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: v1
kind: Service
metadata:
  name: store
  namespace: shop
  annotations:
    config.linkerd.io/opaque-ports: "7070"
spec:
  selector:
    app: store
  ports:
  - name: lines
    port: 70
    targetPort: 7070
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: store
  namespace: shop
spec:
  replicas: 2
  template:
    metadata:
      labels:
        app: store
    spec:
      serviceAccountName: keeper
      containers:
      - name: store
        image: store
        args: [--port=7070]
        ports:
        - containerPort: 7070
)";

TEST(ManifestReaderTest, ReadsWhatAPersonWrites) {
  const absl::StatusOr<Manifests> read = ReadManifests(kShop, ProgramOf);
  ASSERT_OK(read);
  EXPECT_THAT(read->namespaces, ElementsAre("shop"));
  ASSERT_THAT(read->services, SizeIs(1));
  EXPECT_EQ(read->services[0].ports[0].target_port, 7070);
  EXPECT_EQ(read->services[0].annotations.at("config.linkerd.io/opaque-ports"), "7070");
  ASSERT_THAT(read->workloads, SizeIs(1));
  EXPECT_EQ(read->workloads[0].account(), "keeper");
  EXPECT_EQ(read->workloads[0].replicas, 2);
  EXPECT_THAT(read->workloads[0].command, ElementsAre("/bin/store", "--port=7070"));
}

TEST(ManifestReaderTest, NamesTheObjectThatItCannotUse) {
  for (const auto& [text, expected] : {
           std::pair("kind: [", "manifest: "),
           std::pair("just text", "expected an object"),
           std::pair("kind: Pod\nmetadata: {name: a}", "Pod a: expected a Namespace"),
           std::pair("kind: Service\nmetadata: {name: a}", "Service a: "),
           std::pair("kind: Deployment\nmetadata: {name: a, namespace: b}", "Deployment a: "),
           std::pair("kind: Deployment\nmetadata: {name: a, namespace: b}\nspec:\n  template:\n"
                     "    metadata: {}\n    spec: {containers: [{image: unknown}]}\n",
                     "Deployment a: image unknown"),
       }) {
    EXPECT_THAT(ReadManifests(text, ProgramOf),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(expected)))
        << text;
  }
}

// What the cluster writes is read by the mesh's own reader, without a complaint.
TEST(ManifestWriterTest, MeshReadsWhatTheClusterWrites) {
  const absl::StatusOr<Manifests> read = ReadManifests(kShop, ProgramOf);
  ASSERT_OK(read);
  const Workload& workload = read->workloads[0];
  const ServiceSpec& service = read->services[0];
  const PodRecord pod = {&workload, "store-1", "10.42.0.2", ""};
  const std::string separator = "---\n";
  const k8s::Manifest manifest = k8s::ParseManifest(
      NodeYaml() + separator + NamespaceYaml("shop") + separator + WorkloadYaml(workload) +
          separator + PodYaml(pod) + separator + ServiceYaml(service, {"10.43.1.1"}) + separator +
          EndpointSliceYaml(service, {pod}) + separator + EndpointSliceYaml(service, {}),
      k8s::Format::kYaml);
  EXPECT_THAT(manifest.errors, IsEmpty());
  int seen = 0;
  for (const k8s::Object& object : manifest.objects) {
    if (const auto read_pod = object.As<k8s::Pod>()) {
      ++seen;
      EXPECT_TRUE(read_pod->IsRunning());
      EXPECT_EQ(read_pod->service_account, "keeper");
      EXPECT_THAT(read_pod->pod_ips, ElementsAre("10.42.0.2"));
      EXPECT_EQ(read_pod->meta.labels.at("linkerd.io/control-plane-ns"), "linkerd");
    }
    if (const auto read_service = object.As<k8s::Service>()) {
      ++seen;
      EXPECT_THAT(read_service->cluster_ips, ElementsAre("10.43.1.1"));
      EXPECT_NE(read_service->FindPort(70), nullptr);
    }
    if (const auto slice = object.As<k8s::EndpointSlice>()) {
      ++seen;
      EXPECT_EQ(slice->ServiceName(), "store");
      EXPECT_EQ(slice->ports[0].port, 7070);
    }
  }
  EXPECT_EQ(seen, 4);
}

TEST(ManifestWriterTest, MeshReadsBothFamilies) {
  Workload workload;
  workload.ns = "shop";
  workload.name = "store";
  ServiceSpec service;
  service.ns = "shop";
  service.name = "store";
  service.ports = {{"", 70}};
  service.families = IpFamilies::kDual;
  const PodRecord pod = {&workload, "store-1", "10.42.0.2", "fd00:42::1"};
  const k8s::Manifest manifest = k8s::ParseManifest(
      PodYaml(pod) + "---\n" + ServiceYaml(service, {"10.43.1.1", "fd00:43::1"}) + "---\n" +
          EndpointSliceYaml(service, {pod}),
      k8s::Format::kYaml);
  EXPECT_THAT(manifest.errors, IsEmpty());
  ASSERT_EQ(manifest.objects.size(), 4u);
  EXPECT_THAT(manifest.objects[0].As<k8s::Pod>()->pod_ips, ElementsAre("10.42.0.2", "fd00:42::1"));
  EXPECT_THAT(manifest.objects[1].As<k8s::Service>()->cluster_ips,
              ElementsAre("10.43.1.1", "fd00:43::1"));
  EXPECT_EQ(manifest.objects[2].As<k8s::EndpointSlice>()->address_type, "IPv4");
  EXPECT_EQ(manifest.objects[3].As<k8s::EndpointSlice>()->address_type, "IPv6");
}

TEST(ManifestWriterTest, PodOutsideTheMeshCarriesNoProxy) {
  Workload workload;
  workload.ns = "shop";
  workload.name = "plain";
  workload.meshed = false;
  const std::string yaml = PodYaml({&workload, "plain-1", "10.42.0.9", ""});
  EXPECT_THAT(yaml, ::testing::Not(HasSubstr("linkerd")));
}

TEST(ManifestWriterTest, IdentityHasTheFormOfEveryIdentity) {
  EXPECT_EQ(IdentityName("web", "shop"), "web.shop.serviceaccount.identity.linkerd.cluster.local");
}

}  // namespace
}  // namespace gossamer::harness
