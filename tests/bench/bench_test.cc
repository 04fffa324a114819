// One short round without peers: the benchmark still works, and leaves no figure out.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "tests/bench/mesh_bench.h"

namespace gossamer::bench {
namespace {

using ::testing::Contains;

TEST(BenchTest, EveryFigureOfOursIsMeasured) {
  MeshBench::Options options;
  options.rounds = 1;
  options.seconds = 0.2;
  options.idle_connections = 200;
  options.manifest_changes = 2;
  const absl::StatusOr<Figures> figures = MeshBench::Run(options);
  ASSERT_OK(figures);
  for (const char* figure :
       {"resident memory, idle", "resident memory, 100 idle connections",
        "HTTP/1 keep-alive, 32 connections, CPU a request", "HTTP/2, 4 x 16 streams, CPU a request",
        "gRPC 1 KiB unary, 4 x 16, CPU a request", "TCP bulk, 4 connections, CPU a KiB",
        "200 requests/s, added p50", "from start to ready", "from manifest to the first request"}) {
    EXPECT_THAT(figures->names(), Contains(figure));
  }
  for (const std::string& figure : figures->names()) {
    // A difference of two short runs on a busy machine can have either sign.
    if (absl::StrContains(figure, "added")) {
      EXPECT_NE(figures->Value(figure, kSubject), 0) << figure;
    } else {
      EXPECT_GT(figures->Value(figure, kSubject), 0) << figure;
    }
  }
}

TEST(FiguresTest, ValueIsTheMedianOfTheSamples) {
  Figures figures({"a", "b"});
  for (double sample : {9.0, 1.0, 2.0}) figures.Add("cost", "us", "a", sample);
  for (double sample : {4.0, 5.0}) figures.Add("cost", "us", "b", sample);
  EXPECT_EQ(figures.Value("cost", "a"), 2.0);
  EXPECT_EQ(figures.Value("cost", "b"), 4.5);
  EXPECT_EQ(figures.Value("cost", "c"), 0);
  EXPECT_EQ(figures.Value("gain", "a"), 0);
}

TEST(FiguresTest, TableDividesTheSubjectsFigureByThePeers) {
  Figures figures({"a", "b"});
  figures.Add("cost", "us", "a", 3);
  figures.Add("cost", "us", "b", 4);
  EXPECT_THAT(figures.Table("a", {"b"}), ::testing::HasSubstr("0.75"));
}

}  // namespace
}  // namespace gossamer::bench
