// What `stat` asks and prints.

#include <string>
#include <vector>

#include "api/viz/v1/viz.pb.h"
#include "cli/testing/app_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;
using ::testing::ElementsAre;
using testing::Parsed;
using testing::Result;

class StatTest : public testing::AppFixture {};

constexpr char kTwoDeployments[] = R"(
  ok { stat_tables { pod_group {
    rows { resource { namespace: "shop" type: "deployment" name: "queue" }
           meshed_pod_count: 1 running_pod_count: 2 }
    rows { resource { namespace: "shop" type: "deployment" name: "cart" }
           meshed_pod_count: 3 running_pod_count: 3
           stats { success_count: 199 failure_count: 1
                   latency_ms_p50: 3 latency_ms_p95: 12 latency_ms_p99: 40 }
           tcp_stats { open_connections: 6 read_bytes_total: 18684 write_bytes_total: 307200 } }
    rows { resource { namespace: "shop" type: "deployment" name: "outside" }
           running_pod_count: 1 }
  } } })";

TEST_F(StatTest, PrintsATable) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  const Result result = Run({"stat", "deploy", "-n", "shop"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(
      result.out,
      "NAME    MESHED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN\n"
      "cart       3/3    99.50%   3.3rps           3ms          12ms          40ms          6\n"
      "queue      1/2         -        -             -             -             -          -\n");
  EXPECT_THAT(viz_.requests,
              ElementsAre(R"(selector { resource { namespace: "shop" type: "deployment" } } )"
                          R"(time_window: "1m" none { } tcp_stats: true)"));
}

TEST_F(StatTest, PrintsAWideTable) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  EXPECT_EQ(
      Run({"stat", "deploy", "-n", "shop", "-o", "wide"}).out,
      "NAME    MESHED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   TCP_CONN   "
      "READ_BYTES/SEC   WRITE_BYTES/SEC\n"
      "cart       3/3    99.50%   3.3rps           3ms          12ms          40ms          6   "
      "      311.4B/s         5120.0B/s\n"
      "queue      1/2         -        -             -             -             -          -   "
      "             -                 -\n");
}

TEST_F(StatTest, PrintsJson) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(kTwoDeployments);
  EXPECT_EQ(Run({"stat", "deploy", "-n", "shop", "-o", "json", "-t", "100s"}).out, R"([
  {
    "namespace": "shop",
    "kind": "deployment",
    "name": "cart",
    "meshed": "3/3",
    "success": 0.995,
    "rps": 2.0,
    "latency_ms_p50": 3,
    "latency_ms_p95": 12,
    "latency_ms_p99": 40,
    "tcp_open_connections": 6,
    "tcp_read_bytes_rate": 186.84,
    "tcp_write_bytes_rate": 3072.0
  },
  {
    "namespace": "shop",
    "kind": "deployment",
    "name": "queue",
    "meshed": "1/2",
    "success": null,
    "rps": null,
    "latency_ms_p50": null,
    "latency_ms_p95": null,
    "latency_ms_p99": null
  }
]
)");
}

TEST_F(StatTest, PrintsATableForEachTypeWithPrefixedNames) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(R"(
    ok {
      stat_tables { pod_group { rows {
        resource { namespace: "shop" type: "service" name: "web" }
        stats { success_count: 60 latency_ms_p50: 1 latency_ms_p95: 1 latency_ms_p99: 1 } } } }
      stat_tables { pod_group { rows {
        resource { namespace: "shop" type: "pod" name: "web-1" } status: "Running"
        meshed_pod_count: 1 running_pod_count: 1
        tcp_stats { open_connections: 2 } } } }
    })");
  EXPECT_EQ(Run({"stat", "all", "-A"}).out,
            "NAMESPACE   NAME        STATUS   MESHED   SUCCESS   RPS   LATENCY_P50   LATENCY_P95   "
            "LATENCY_P99   TCP_CONN\n"
            "shop        po/web-1   Running      1/1         -     -             -             -   "
            "          -          2\n"
            "\n"
            "NAMESPACE   NAME      MESHED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   "
            "LATENCY_P99   TCP_CONN\n"
            "shop        svc/web        -   100.00%   1.0rps           1ms           1ms   "
            "        1ms          -\n");
}

TEST_F(StatTest, PrintsDeniedRequestsOfServers) {
  viz_.stat = Parsed<viz::StatSummaryResponse>(R"(
    ok { stat_tables { pod_group { rows {
      resource { namespace: "shop" type: "server" name: "web-http" }
      stats { success_count: 60 latency_ms_p50: 1 latency_ms_p95: 2 latency_ms_p99: 3 }
      srv_stats { allowed_count: 60 denied_count: 30 } } } } })");
  EXPECT_EQ(
      Run({"stat", "srv", "-n", "shop"}).out,
      "NAME       UNAUTHORIZED   SUCCESS      RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99   "
      "TCP_CONN\n"
      "web-http         0.5rps   100.00%   1.0rps           1ms           2ms           3ms   "
      "       -\n");
}

TEST_F(StatTest, SaysWhenThereIsNothing) {
  const Result table = Run({"stat", "deploy"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_EQ(table.out, "");
  EXPECT_EQ(table.err, "No traffic found.\n");
  EXPECT_EQ(Run({"stat", "deploy", "-o", "json"}).out, "[]\n");
}

TEST_F(StatTest, AsksForWhatItsFlagsSay) {
  Run({"stat", "deploy/web", "--to", "svc/cart", "--to-namespace", "back", "-l", "a=b"});
  Run({"stat", "ns", "--from", "po/x"});
  EXPECT_THAT(
      viz_.requests,
      ElementsAre(
          R"(selector { resource { namespace: "default" type: "deployment" name: "web" } )"
          R"(label_selector: "a=b" } time_window: "1m" )"
          R"(to_resource { namespace: "back" type: "service" name: "cart" } tcp_stats: true)",
          R"(selector { resource { type: "namespace" } } time_window: "1m" )"
          R"(from_resource { type: "pod" name: "x" } tcp_stats: true)"));
}

}  // namespace
}  // namespace gossamer::cli
