#include "services/public-api/cluster/manifest_cluster_view.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/k8s/object.h"
#include "lib/source/source.h"

namespace gossamer::public_api {
namespace {

using testing::ElementsAre;

std::vector<source::Event> Events(const std::string& yaml) {
  const k8s::Manifest manifest = k8s::ParseManifest(yaml, k8s::Format::kYaml);
  EXPECT_TRUE(manifest.errors.empty());
  std::vector<source::Event> events;
  for (const k8s::Object& object : manifest.objects) events.push_back(source::Applied{object});
  return events;
}

constexpr char kCluster[] = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports: [{port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints:
- addresses: [10.0.0.1]
  targetRef: {kind: Pod, name: web-abc-1, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-abc-1
  namespace: shop
  labels: {app: web, pod-template-hash: abc, linkerd.io/control-plane-ns: linkerd}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-abc, uid: u}]
spec:
  serviceAccountName: web
  containers: [{name: web}]
status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: db-0
  namespace: shop
  labels: {linkerd.io/proxy-statefulset: db}
spec:
  containers: [{name: db}, {name: linkerd-proxy}]
---
apiVersion: v1
kind: Pod
metadata: {name: plain, namespace: shop, labels: {linkerd.io/control-plane-ns: other-mesh}}
spec:
  containers: [{name: x}]
status: {phase: Failed}
)";

class ManifestClusterViewTest : public testing::Test {
 protected:
  std::shared_ptr<const ClusterSnapshot> Snapshot() { return *view_.Snapshot({}); }
  const PodInfo& Pod(const ClusterSnapshot& snapshot, const std::string& name) {
    for (const PodInfo& pod : snapshot.pods) {
      if (pod.name == name) return pod;
    }
    static const PodInfo* const kNone = new PodInfo();
    ADD_FAILURE() << "no pod " << name;
    return *kNone;
  }

  ManifestClusterView view_{"linkerd", "cluster.local"};
};

TEST_F(ManifestClusterViewTest, KnowsPodsTheirOwnersAndTheirIdentities) {
  view_.OnEvents(Events(kCluster));
  const auto snapshot = Snapshot();
  EXPECT_TRUE(snapshot->complete);
  ASSERT_EQ(snapshot->pods.size(), 3u);

  const PodInfo& web = Pod(*snapshot, "web-abc-1");
  EXPECT_TRUE(web.meshed);
  EXPECT_EQ(web.ip, "10.0.0.1");
  EXPECT_EQ(web.owners.at(ResourceType::kReplicaSet), "web-abc");
  EXPECT_EQ(web.owners.at(ResourceType::kDeployment), "web");
  EXPECT_EQ(web.identity, "web.shop.serviceaccount.identity.linkerd.cluster.local");

  const PodInfo& db = Pod(*snapshot, "db-0");
  EXPECT_TRUE(db.meshed);
  EXPECT_EQ(db.status, "Running");
  EXPECT_EQ(db.owners.at(ResourceType::kStatefulSet), "db");

  const PodInfo& plain = Pod(*snapshot, "plain");
  EXPECT_FALSE(plain.meshed);
  EXPECT_TRUE(plain.failed);
  EXPECT_EQ(plain.identity, "");
}

TEST_F(ManifestClusterViewTest, KnowsServicesByTheirEndpoints) {
  view_.OnEvents(Events(kCluster));
  const auto snapshot = Snapshot();
  ASSERT_EQ(snapshot->services.size(), 1u);
  EXPECT_EQ(snapshot->services[0].name, "web");
  EXPECT_THAT(snapshot->services[0].pods, ElementsAre("web-abc-1"));
  ASSERT_EQ(snapshot->objects.size(), 1u);
  EXPECT_EQ(snapshot->objects[0].name, "shop");
}

TEST_F(ManifestClusterViewTest, SharesASnapshotUntilSomethingChanges) {
  std::vector<source::Event> events = Events(kCluster);
  view_.OnEvents(events);
  const auto first = Snapshot();
  EXPECT_EQ(first, Snapshot());
  view_.OnEvents({source::Deleted{{"", "Pod", "shop", "plain"}}});
  EXPECT_EQ(Snapshot()->pods.size(), 2u);
  EXPECT_EQ(first->pods.size(), 3u);
}

TEST_F(ManifestClusterViewTest, ReportsAProblemUntilTheFilesChange) {
  EXPECT_TRUE(view_.SelfCheck()->status.ok());
  view_.OnProblem({"web.yaml:12", "port: expected a number"});
  EXPECT_EQ(view_.SelfCheck()->status.message(), "web.yaml:12: port: expected a number");
  view_.OnEvents({source::Resynced{}});
  EXPECT_TRUE(view_.SelfCheck()->status.ok());
}

}  // namespace
}  // namespace gossamer::public_api
