// One short round of ours and of the relay: the benchmark still works, and leaves no figure out.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "tests/bench/mesh_bench.h"
#include "tests/bench/picture.h"

namespace gossamer::bench {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

bool IsDifference(const std::string& figure) {
  return absl::StrContains(figure, "added") || figure == "memory of an idle connection";
}

TEST(BenchTest, EveryFigureIsMeasured) {
  MeshBench::Options options;
  options.rounds = 1;
  options.seconds = 0.3;
  options.samples = 100;
  options.many_connections = 200;
  options.manifest_changes = 2;
  const absl::StatusOr<Figures> figures = MeshBench::Run(options);
  ASSERT_OK(figures);
  ASSERT_THAT(figures->contestants(), ::testing::ElementsAre(kDirect, kSubject, kRelay));
  for (const char* figure :
       {"resident memory, idle", "resident memory, 100 idle connections",
        "resident memory, 200 idle connections", "resident memory, 200 busy connections",
        "memory of an idle connection", "HTTP/1 keep-alive, 32 connections, CPU a request",
        "HTTP/1 keep-alive, 64 connections, CPU a request",
        "HTTP/1 keep-alive, 128 connections, CPU a request",
        "HTTP/2, 4 x 16 streams, CPU a request", "gRPC 1 KiB unary, 4 x 16, CPU a request",
        "HTTP/1 new connection each, 32 at once, CPU a request",
        "TCP bulk, 4 connections, CPU a KiB", "200 requests/s, added p50",
        "2000 requests/s, added p50", "from start to ready"}) {
    for (const char* contestant : {kSubject, kRelay}) {
      EXPECT_TRUE(figures->Has(figure, contestant)) << figure << " of " << contestant;
    }
  }
  EXPECT_TRUE(figures->Has("from manifest to the first request", kSubject));
  for (const std::string& figure : figures->names()) {
    // A difference of two short runs on a busy machine can have either sign.
    if (!IsDifference(figure)) EXPECT_GT(figures->Value(figure, kSubject), 0) << figure;
  }
  // A hundred requests have no p99.9, and nobody pretends that they had.
  EXPECT_FALSE(figures->Has("200 requests/s, added p99.9", kSubject));
  EXPECT_THAT(figures->notes(),
              Contains(HasSubstr("200 requests/s, added p99.9: takes 5000 samples")));
  const std::string picture = DrawFigures(*figures, {"a test"});
  EXPECT_THAT(picture, AllOf(HasSubstr("resident memory, idle"), HasSubstr("2000 requests/s"),
                             HasSubstr(kRelay), Not(HasSubstr(kEnvoy))));
}

TEST(BenchTest, MeasuresWhatIsSelectedAlone) {
  MeshBench::Options options;
  options.rounds = 2;
  options.seconds = 0.2;
  options.samples = 40;
  options.only = {"rate-200"};
  options.contestants.only = {kRelay};
  const absl::StatusOr<Figures> figures = MeshBench::Run(options);
  ASSERT_OK(figures);
  EXPECT_THAT(figures->names(), ::testing::ElementsAre("200 requests/s, added p50",
                                                       "resident memory, after all that"));
  EXPECT_THAT(figures->contestants(), ::testing::ElementsAre(kRelay));
}

}  // namespace
}  // namespace gossamer::bench
