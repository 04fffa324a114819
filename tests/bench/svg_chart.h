#ifndef TESTS_BENCH_SVG_CHART_H_
#define TESTS_BENCH_SVG_CHART_H_

#include <string>
#include <vector>

namespace gossamer::bench {

// A picture of many small bar charts: one panel a figure, each with a scale of its own that begins
// at zero, the same colour for the same series in all of them. Dark on white.
struct SvgChart {
  struct Series {
    std::string name;
    std::string meaning;  // For the legend.
    std::string color;    // As SVG has it: "#0b6e4f".
  };
  struct Bar {
    size_t series = 0;
    double value = 0;  // A negative one has no length.
    std::string text;  // The value as it is to be read.
  };
  struct Panel {
    std::string title;
    std::string remark;  // Below the title; may be empty.
    std::vector<Bar> bars;
  };

  std::string title;
  std::vector<std::string> subtitle;  // Lines.
  std::vector<Series> series;
  std::vector<Panel> panels;

  // A whole SVG document.
  std::string Write() const;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_SVG_CHART_H_
