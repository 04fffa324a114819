#include "tests/bench/picture.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/contestants.h"
#include "tests/bench/svg_chart.h"

namespace gossamer::bench {
namespace {

// From here on microseconds are hard to read.
constexpr double kLongUs = 10'000;

std::vector<SvgChart::Series> AllSeries() {
  return {
      {kSubject, "ours: redirection, discovery, policy, metrics, mTLS with HTTP/2 between",
       "#0b6e4f"},
      {kRelay, "bytes copied, no TLS: the floor", "#9aa0a6"},
      {kHaproxy, "fixed configuration, mTLS with HTTP/2 between", "#3f74b5"},
      {kEnvoy, "fixed configuration, mTLS with HTTP/2 between", "#b4689a"},
  };
}

bool MoreIsBetter(const std::string& figure) {
  return absl::EndsWith(figure, ", rate") || absl::EndsWith(figure, ", throughput");
}

std::string InUnit(double value, const std::string& unit) {
  if (unit != "us") return absl::StrCat(ShortNumber(value), " ", unit);
  if (value >= kLongUs) return absl::StrCat(ShortNumber(value / 1000), " ms");
  return absl::StrCat(ShortNumber(value), " µs");
}

}  // namespace

std::string DrawFigures(const Figures& figures, const std::vector<std::string>& about) {
  SvgChart chart;
  chart.title = "What a pair of proxies costs";
  chart.subtitle = about;
  chart.subtitle.push_back(
      "Shorter is better. Each figure has a scale of its own that begins at zero; × haproxy is "
      "gossamer's value divided by HAProxy's.");
  for (const SvgChart::Series& series : AllSeries()) {
    for (const std::string& contestant : figures.contestants()) {
      if (contestant == series.name) chart.series.push_back(series);
    }
  }
  for (const std::string& name : figures.names()) {
    if (MoreIsBetter(name)) continue;
    SvgChart::Panel panel;
    panel.title = name;
    for (size_t i = 0; i < chart.series.size(); ++i) {
      if (!figures.Has(name, chart.series[i].name)) continue;
      const double value = figures.Value(name, chart.series[i].name);
      panel.bars.push_back({i, value, InUnit(value, figures.Unit(name))});
    }
    const double haproxy = figures.Value(name, kHaproxy);
    if (haproxy > 0 && figures.Has(name, kSubject)) {
      panel.remark = absl::StrFormat("%.2f × haproxy", figures.Value(name, kSubject) / haproxy);
    }
    if (panel.bars.size() >= 2) chart.panels.push_back(std::move(panel));
  }
  return chart.Write();
}

}  // namespace gossamer::bench
