#include "lib/metrics/text_writer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/label_text.h"

namespace gossamer::metrics {
namespace {

using ::testing::HasSubstr;

struct Bounds {
  static constexpr std::array<double, 3> kBounds = {0.05, 1, 10000};
};

std::string Write(Dialect dialect, absl::FunctionRef<void(TextWriter*)> write) {
  std::string out;
  const auto sink = [&](absl::string_view piece) { absl::StrAppend(&out, piece); };
  TextWriter writer(dialect, sink);
  write(&writer);
  writer.End();
  return out;
}

TEST(TextWriterTest, WritesBothDialects) {
  const FamilyDoc bytes = {"sent_bytes_total", Type::kCounter, "", "What was sent", "bytes"};
  const auto write = [&](TextWriter* writer) {
    writer->Begin(bytes);
    writer->Sample("a=\"1\"", "", uint64_t{7});
    writer->Sample("a=\"1\"", "b=\"2\"", uint64_t{8});
    writer->Sample("", "", uint64_t{9});
  };
  EXPECT_EQ(Write(Dialect::kPlain, write),
            "# HELP sent_bytes_total What was sent\n"
            "# TYPE sent_bytes_total counter\n"
            "sent_bytes_total{a=\"1\"} 7\n"
            "sent_bytes_total{a=\"1\",b=\"2\"} 8\n"
            "sent_bytes_total 9\n"
            "# EOF\n");
  EXPECT_EQ(Write(Dialect::kOpenMetrics, write),
            "# HELP sent_bytes What was sent.\n"
            "# TYPE sent_bytes counter\n"
            "# UNIT sent_bytes bytes\n"
            "sent_bytes_total{a=\"1\"} 7\n"
            "sent_bytes_total{a=\"1\",b=\"2\"} 8\n"
            "sent_bytes_total 9\n"
            "# EOF\n");
}

TEST(TextWriterTest, WritesHistogramsCumulatively) {
  const FamilyDoc doc = {"took_seconds", Type::kHistogram, "", "Time", "seconds"};
  Histogram<Bounds> histogram;
  for (double value : {0.03125, 0.5, 0.5, 20000.0}) histogram.Observe(value);
  const auto write = [&](TextWriter* writer) {
    writer->Begin(doc);
    writer->Sample("a=\"1\"", "", histogram);
  };
  EXPECT_EQ(Write(Dialect::kOpenMetrics, write),
            "# HELP took_seconds Time.\n"
            "# TYPE took_seconds histogram\n"
            "# UNIT took_seconds seconds\n"
            "took_seconds_bucket{a=\"1\",le=\"0.05\"} 1\n"
            "took_seconds_bucket{a=\"1\",le=\"1.0\"} 3\n"
            "took_seconds_bucket{a=\"1\",le=\"10000.0\"} 3\n"
            "took_seconds_bucket{a=\"1\",le=\"+Inf\"} 4\n"
            "took_seconds_sum{a=\"1\"} 20001.03125\n"
            "took_seconds_count{a=\"1\"} 4\n"
            "# EOF\n");
  EXPECT_THAT(Write(Dialect::kPlain, write), HasSubstr("le=\"10000\"} 3"));
}

TEST(TextWriterTest, LeavesOutFamiliesWithoutSamples) {
  const FamilyDoc doc = {"x_total", Type::kCounter, "", "X", ""};
  EXPECT_EQ(Write(Dialect::kPlain, [&](TextWriter* writer) { writer->Begin(doc); }), "# EOF\n");
}

TEST(TextWriterTest, PlainCountersWrapWhereDoublesEnd) {
  const FamilyDoc doc = {"x_total", Type::kCounter, "", "X", ""};
  const auto write = [&](TextWriter* writer) {
    writer->Begin(doc);
    writer->Sample("", "", (uint64_t{1} << 53) + 5);
  };
  EXPECT_THAT(Write(Dialect::kPlain, write), HasSubstr("x_total 5\n"));
  EXPECT_THAT(Write(Dialect::kOpenMetrics, write), HasSubstr("x_total 9007199254740997\n"));
}

TEST(TextWriterTest, HandsOverPieceByPiece) {
  const FamilyDoc doc = {"x_total", Type::kCounter, "", "X", ""};
  size_t largest = 0;
  size_t pieces = 0;
  const auto sink = [&](absl::string_view piece) {
    largest = std::max(largest, piece.size());
    ++pieces;
  };
  {
    TextWriter writer(Dialect::kPlain, sink);
    writer.Begin(doc);
    for (int i = 0; i < 10000; ++i) writer.Sample("a=\"some label value\"", "", uint64_t{1});
  }
  EXPECT_LT(largest, 20u * 1024);
  EXPECT_GT(pieces, 10u);
}

TEST(LabelTextTest, EscapesValues) {
  EXPECT_EQ(LabelText().Add("a", "x\"y\\z\n").Add("b", uint64_t{4143}).Add("c", "").text(),
            "a=\"x\\\"y\\\\z\\n\",b=\"4143\",c=\"\"");
  EXPECT_EQ(LabelText().Add("a", "\xff\xc3\xbc").text(), "a=\"\xef\xbf\xbd\xc3\xbc\"");
}

TEST(LabelTextTest, SanitizesForeignNames) {
  EXPECT_EQ(LabelText().AddSanitized("dst_", "pod-name/x", "v").text(), "dst_pod_name_x=\"v\"");
}

TEST(LabelTextTest, CutsLongValues) {
  EXPECT_LT(LabelText().Add("a", std::string(10000, 'x')).text().size(), 300u);
}

}  // namespace
}  // namespace gossamer::metrics
