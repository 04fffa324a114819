#include "tests/support/mesh.h"

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "tests/support/runfiles.h"

namespace gossamer::harness {
namespace {

using ::testing::HasSubstr;

// The real control plane behind stand-ins for its proxies: all starts, and all knows the cluster.
TEST(MeshTest, ControlPlaneStartsAndPrometheusScrapesEveryProxy) {
  Mesh::Options options;
  options.programs.pod.proxy = Runfile("tests/support/stand_in_proxy");
  options.statistics = true;
  options.scrape_interval = absl::Seconds(1);
  absl::StatusOr<std::unique_ptr<Mesh>> mesh = Mesh::Start(std::move(options));
  ASSERT_OK(mesh);
  Cluster& cluster = (*mesh)->cluster();
  // Four pods: identity, destination, Prometheus, public-api.
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  std::string up;
  do {
    absl::SleepFor(absl::Milliseconds(100));
    const auto page = HttpGet(cluster.pod("prometheus")->ip(), 9090, "/api/v1/query?query=sum(up)");
    up = page.ok() ? *page : std::string(page.status().message());
  } while (up.find("\"4\"]") == std::string::npos && absl::Now() < deadline);
  EXPECT_THAT(up, HasSubstr("\"4\"]"));
  EXPECT_OK(cluster.CheckRunning());
  for (const auto& [workload, port] :
       {std::pair("linkerd-identity", 9990), {"linkerd-destination", 9996}, {"public-api", 9994}}) {
    EXPECT_OK(HttpGet(cluster.pod(workload)->ip(), port, "/ready")) << workload;
  }
}

TEST(MeshTest, NamesTheControlPlanePartThatCannotStart) {
  Mesh::Options options;
  options.programs.pod.proxy = Runfile("tests/support/stand_in_proxy");
  options.programs.destination = "/bin/false";
  EXPECT_THAT(Mesh::Start(std::move(options)),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("linkerd-destination ended with exit code 1")));
}

}  // namespace
}  // namespace gossamer::harness
