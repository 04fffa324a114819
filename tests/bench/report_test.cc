// What becomes of samples: medians, percentiles, tables, the picture, perf's summary.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/figures.h"
#include "tests/bench/latency_samples.h"
#include "tests/bench/perf_recorder.h"
#include "tests/bench/picture.h"
#include "tests/bench/svg_chart.h"

namespace gossamer::bench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(FiguresTest, ValueIsTheMedianOfTheSamples) {
  Figures figures({"a", "b"});
  for (double sample : {9.0, 1.0, 2.0}) figures.Add("cost", "us", "a", sample);
  for (double sample : {4.0, 5.0}) figures.Add("cost", "us", "b", sample);
  EXPECT_EQ(figures.Value("cost", "a"), 2.0);
  EXPECT_EQ(figures.Value("cost", "b"), 4.5);
  EXPECT_EQ(figures.Value("cost", "c"), 0);
  EXPECT_EQ(figures.Value("gain", "a"), 0);
  EXPECT_TRUE(figures.Has("cost", "b"));
  EXPECT_FALSE(figures.Has("cost", "c"));
  EXPECT_EQ(figures.Unit("cost"), "us");
}

TEST(FiguresTest, TableDividesTheSubjectsFigureByThePeers) {
  Figures figures({"a", "b"});
  figures.Add("cost", "us", "a", 3);
  figures.Add("cost", "us", "b", 4);
  figures.Add("gain", "ms", "b", 4);
  EXPECT_THAT(figures.Table("a", {"b"}), HasSubstr("0.75"));
  EXPECT_EQ(figures.Table("a", {"b"}, Figures::Form::kMarkdown),
            "| figure | unit | a | b | /b |\n"
            "|---|---|--:|--:|--:|\n"
            "| cost | us | 3.00 | 4.00 | 0.75 |\n"
            "| gain | ms |  | 4.00 |  |\n");
}

TEST(FiguresTest, NotesFollowTheTableOnce) {
  Figures figures({"a"});
  figures.AddNote("too short");
  figures.AddNote("too short");
  EXPECT_THAT(figures.notes(), ElementsAre("too short"));
  EXPECT_THAT(figures.Table("a", {}), ::testing::EndsWith("\ntoo short\n"));
  EXPECT_THAT(figures.Json(), HasSubstr("too short"));
}

TEST(LatencySamplesTest, APercentileTakesFiveSamplesBeyondIt) {
  EXPECT_EQ(LatencySamples::Needed(0.5), 10u);
  EXPECT_EQ(LatencySamples::Needed(0.99), 500u);
  EXPECT_EQ(LatencySamples::Needed(0.999), 5000u);
  std::vector<double> descending;
  for (int i = 500; i > 1; --i) descending.push_back(i);
  LatencySamples samples;
  samples.AddRound(descending);
  EXPECT_THAT(samples.Percentiles(0.5), ElementsAre(251.0));
  EXPECT_THAT(samples.Percentiles(0.99), IsEmpty());
  descending.push_back(1);
  LatencySamples enough;
  enough.AddRound(descending);
  EXPECT_THAT(enough.Percentiles(0.99), ElementsAre(496.0));
}

TEST(LatencySamplesTest, RoundsThatAreTooShortCountTogether) {
  LatencySamples samples;
  for (double round : {0.0, 1000.0}) {
    std::vector<double> values;
    for (int i = 0; i < 250; ++i) values.push_back(round + i);
    samples.AddRound(values);
  }
  EXPECT_EQ(samples.size(), 500u);
  EXPECT_THAT(samples.Percentiles(0.5), ElementsAre(125.0, 1125.0));
  EXPECT_THAT(samples.Percentiles(0.99), ElementsAre(1245.0));
}

TEST(LatencySamplesTest, WhatAWayAddsIsADifferenceOfTheSameRound) {
  LatencySamples direct;
  LatencySamples way;
  for (double value : {100.0, 500.0}) {
    direct.AddRound(std::vector<double>(20, value));
    way.AddRound(std::vector<double>(20, value + 30));
  }
  EXPECT_THAT(AddedLatency(way, direct, 0.5), ElementsAre(30.0, 30.0));
  EXPECT_THAT(AddedLatency(way, direct, 0.99), IsEmpty());
}

SvgChart TwoBars(double first, double second) {
  SvgChart chart;
  chart.title = "costs";
  chart.series = {{"ours", "our <own>", "#000001"}, {"theirs", "", "#000002"}};
  chart.panels.push_back({"CPU", "a & b", {{0, first, "one"}, {1, second, "two"}}});
  return chart;
}

// The width of the bar in this colour; the legend's box comes first.
double WidthOf(const std::string& svg, const std::string& color) {
  const size_t end = svg.rfind("fill=\"" + color + "\"");
  const size_t begin = svg.rfind("width=\"", end);
  return std::stod(svg.substr(begin + 7));
}

TEST(SvgChartTest, BarsAreAsLongAsTheirValues) {
  const std::string svg = TwoBars(10, 40).Write();
  EXPECT_GT(WidthOf(svg, "#000002"), 100);
  EXPECT_NEAR(WidthOf(svg, "#000001") * 4, WidthOf(svg, "#000002"), 0.5);
}

TEST(SvgChartTest, WhatIsNotPositiveHasNoLength) {
  EXPECT_EQ(WidthOf(TwoBars(-3, 40).Write(), "#000001"), 0);
  EXPECT_EQ(WidthOf(TwoBars(0, 0).Write(), "#000002"), 0);
}

TEST(SvgChartTest, TextIsEscaped) {
  const std::string svg = TwoBars(1, 2).Write();
  EXPECT_THAT(svg, AllOf(HasSubstr("our &lt;own&gt;"), HasSubstr("a &amp; b"),
                         Not(HasSubstr("<own>")), Not(HasSubstr("a & b"))));
}

TEST(PictureTest, ShowsWhatPairsCanBeComparedBy) {
  Figures figures({"direct", "gossamer", "haproxy"});
  figures.Add("cost", "us", "gossamer", 3);
  figures.Add("cost", "us", "haproxy", 4);
  figures.Add("HTTP/1, rate", "1/s", "gossamer", 1000);
  figures.Add("HTTP/1, rate", "1/s", "haproxy", 2000);
  figures.Add("ours alone", "ms", "gossamer", 7);
  figures.Add("tail", "us", "gossamer", 9'000);
  figures.Add("tail", "us", "haproxy", 12'000);
  const std::string svg = DrawFigures(figures, {"three rounds"});
  EXPECT_THAT(svg, AllOf(HasSubstr("cost"), HasSubstr("3.00 µs"), HasSubstr("0.75 × haproxy"),
                         HasSubstr("9000 µs"), HasSubstr("12.0 ms"), HasSubstr("three rounds")));
  EXPECT_THAT(svg, AllOf(Not(HasSubstr("rate")), Not(HasSubstr("ours alone")),
                         Not(HasSubstr(">envoy<")), Not(HasSubstr(">direct<"))));
}

TEST(PerfReportTest, TellsTheKernelFromThePrograms) {
  const std::string summary = SummarizePerfReport(
      "# Samples: 4K of event 'cpu-clock:ppp'\n"
      "#\n"
      "    50.00%  [kernel.kallsyms]  [k] tcp_sendmsg\n"
      "    30.00%  proxy              [.] Take(int, char const*)\n"
      "    10.00%  [kernel.kallsyms]  [k] nf_conntrack_in\n"
      "     5.00%  proxy              [.] bssl::SSLAEADContext::Open(int)\n"
      "     1.00%  [vdso]             [.] __vdso_clock_gettime\n",
      /*symbols_max=*/1);
  EXPECT_EQ(summary,
            "programs 36.0 %: our own 31.0 %, TLS 5.0 %\n"
            "   30.0 %  Take(int, char const*)\n"
            "  kernel 60.0 %: network 50.0 %, netfilter 10.0 %\n"
            "   50.0 %  tcp_sendmsg\n");
}

}  // namespace
}  // namespace gossamer::bench
