// gRPC over HTTP/2 through two proxies: unary calls, streams, statuses, and balancing by request.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/mesh/fixture.h"
#include "tests/support/process.h"
#include "tests/support/runfiles.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;

constexpr int kPort = 7001;

class GrpcTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = AddPod("client");
    harness::Workload catalog = TestWorkload("catalog", {kPort});
    catalog.command = {harness::Runfile("examples/catalog/catalog")};
    catalog.replicas = 2;
    AddWorkload(catalog);
  }
  static void TearDownTestSuite() {
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  std::string Probe(const std::string& kind, int count) {
    const auto answer = harness::RunCommand(
        {harness::Runfile("tests/mesh/grpc_probe"),
         absl::StrCat("catalog.test.svc.cluster.local:", kPort), kind, absl::StrCat(count)},
        client_->net().network_fd());
    EXPECT_OK(answer);
    return answer.ok() ? *answer : "";
  }

  static harness::Pod* client_;
};

harness::Pod* GrpcTest::client_ = nullptr;

TEST_F(GrpcTest, UnaryCallsAreBalancedOverReplicasOfOneConnection) {
  EXPECT_THAT(Probe("unary", 400), HasSubstr("ok=400 failed=0"));
  for (harness::Pod* replica : cluster().pods("catalog")) {
    ExpectMetric(
        replica,
        {"response_total", {{"direction", "inbound"}, {"tls", "true"}, {"grpc_status", "0"}}}, 20);
  }
}

TEST_F(GrpcTest, StreamArrivesWhole) {
  EXPECT_THAT(Probe("stream", 500), HasSubstr("items=500 code=0"));
}

TEST_F(GrpcTest, StatusInTrailersReachesTheClientAndTheMetrics) {
  // More than the server allows: INVALID_ARGUMENT, which is no failure of the server.
  EXPECT_THAT(Probe("stream", 100000), HasSubstr("items=0 code=3"));
  ExpectMetric(client_,
               {"response_total",
                {{"direction", "outbound"}, {"grpc_status", "3"}, {"classification", "success"}}},
               1);
}

}  // namespace
}  // namespace gossamer::mesh_test
