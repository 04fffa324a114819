#ifndef TESTS_BENCH_FIGURES_H_
#define TESTS_BENCH_FIGURES_H_

#include <map>
#include <string>
#include <vector>

namespace gossamer::bench {

// What a run measured: samples by figure and contestant, in the order of first mention. A figure's
// value is the median of its samples.
class Figures {
 public:
  explicit Figures(std::vector<std::string> contestants) : contestants_(std::move(contestants)) {}

  void Add(const std::string& figure, const std::string& unit, const std::string& contestant,
           double sample);

  // 0 where nothing was measured.
  double Value(const std::string& figure, const std::string& contestant) const;
  std::vector<std::string> names() const;

  // A line a figure; `subject`'s value is also divided by each peer's. Direct has no such column:
  // what is measured on it is not what the others are compared by.
  std::string Table(const std::string& subject, const std::vector<std::string>& peers) const;
  // {"figures": [{"name", "unit", "median": {CONTESTANT: N}, "samples": {CONTESTANT: [N]}}]}
  std::string Json() const;

 private:
  struct Figure {
    std::string name;
    std::string unit;
    std::map<std::string, std::vector<double>> samples;
  };
  const Figure* Find(const std::string& name) const;

  const std::vector<std::string> contestants_;
  std::vector<Figure> figures_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_FIGURES_H_
