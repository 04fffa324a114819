// The gRPC interoperability cases, with the gRPC C++ library as client and as server, through two
// proxies, and from outside the mesh through the server's alone.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/mesh/fixture.h"
#include "tests/support/process.h"
#include "tests/support/runfiles.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kPort = 7001;
constexpr int kMaxConnectionAgeMs = 200;

// All that the program has. Left out of the public list: cacheable_unary, for gRPC C++ has no GET.
const char* const kCases[] = {
    "empty_unary",
    "large_unary",
    "compressed_unary",
    "custom_metadata",
    "calls_outlive_connections",
    "client_streaming",
    "server_streaming",
    "compressed_server_streaming",
    "large_client_streaming",
    "large_server_streaming",
    "ping_pong",
    "empty_stream",
    "concurrent_streams",
    "status_code_and_message",
    "special_status_message",
    "every_status_code",
    "status_after_messages",
    "large_trailers",
    "unimplemented_method",
    "unimplemented_service",
    "cancel_after_begin",
    "cancel_after_first_response",
    "timeout_on_sleeping_server",
    "deadline_expires_at_server",
    "no_deadline_stays_none",
};

std::string Program() { return harness::Runfile("tests/interop/grpc/grpc_interop"); }

class GrpcInteropTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    AddServer("server", {});
    AddServer("restless", {absl::StrCat(kMaxConnectionAgeMs)});
    harness::Workload outside = TestWorkload("outside");
    outside.meshed = false;
    AddWorkload(outside);
    client_ = AddPod("client");
  }
  static void TearDownTestSuite() {
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  void AddServer(const std::string& name, const std::vector<std::string>& arguments) {
    harness::Workload server = TestWorkload(name, {kPort});
    server.command = {Program(), "serve", absl::StrCat(kPort)};
    server.command.insert(server.command.end(), arguments.begin(), arguments.end());
    AddWorkload(server);
  }

  static absl::StatusOr<std::string> Call(harness::Pod* client, const std::string& address,
                                          const std::string& name) {
    return harness::RunCommand({Program(), "call", address, name}, client->net().network_fd());
  }

  static std::string ServiceAddress(const std::string& service) {
    return absl::StrCat(service, ".test.svc.cluster.local:", kPort);
  }

  static harness::Pod* client_;
};

harness::Pod* GrpcInteropTest::client_ = nullptr;

class GrpcCaseTest : public GrpcInteropTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(GrpcCaseTest, PassesThroughTwoProxies) {
  EXPECT_OK(Call(client_, ServiceAddress("server"), GetParam()));
}

// Services' addresses exist only for proxies: the pod's own is called.
TEST_P(GrpcCaseTest, PassesFromOutsideTheMesh) {
  EXPECT_OK(Call(cluster().pod("outside"), absl::StrCat(cluster().pod("server")->ip(), ":", kPort),
                 GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, GrpcCaseTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(GrpcInteropTest, EveryCaseOfTheProgramIsRun) {
  const auto names = harness::RunCommand({Program(), "cases"});
  ASSERT_OK(names);
  const std::vector<std::string> all = absl::StrSplit(*names, '\n', absl::SkipEmpty());
  EXPECT_THAT(all, ::testing::ElementsAreArray(kCases));
}

// The server ends each connection by GOAWAY five times a second; no call of the client's one
// channel fails for it.
TEST_F(GrpcInteropTest, CallsOutliveTheServersConnections) {
  EXPECT_OK(Call(client_, ServiceAddress("restless"), "calls_outlive_connections"));
  EXPECT_OK(Call(client_, ServiceAddress("restless"), "ping_pong"));
  ExpectMetric(cluster().pod("restless"),
               {"tcp_open_total", {{"direction", "inbound"}, {"peer", "dst"}}}, 4);
}

TEST_F(GrpcInteropTest, CallsTravelWithMutualTlsAndTheirStatusIsCounted) {
  EXPECT_OK(Call(client_, ServiceAddress("server"), "every_status_code"));
  for (int code = 1; code <= 16; ++code) {
    ExpectMetric(cluster().pod("server"),
                 {"response_total",
                  {{"direction", "inbound"},
                   {"tls", "true"},
                   {"client_id", harness::IdentityName("client", "test")},
                   {"grpc_status", absl::StrCat(code)}}},
                 1);
  }
}

}  // namespace
}  // namespace gossamer::mesh_test
