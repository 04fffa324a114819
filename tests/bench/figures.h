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

  // What a reader has to know about this run's figures. Told once, however often it is added.
  void AddNote(const std::string& note);

  const std::vector<std::string>& contestants() const { return contestants_; }
  std::vector<std::string> names() const;
  const std::vector<std::string>& notes() const { return notes_; }
  // Empty where there is no such figure.
  std::string Unit(const std::string& figure) const;
  bool Has(const std::string& figure, const std::string& contestant) const;
  // 0 where nothing was measured.
  double Value(const std::string& figure, const std::string& contestant) const;

  enum class Form { kPlain, kMarkdown };
  // A line a figure; `subject`'s value is also divided by each peer's. Direct has no such column:
  // what is measured on it is not what the others are compared by. Notes follow.
  std::string Table(const std::string& subject, const std::vector<std::string>& peers,
                    Form form = Form::kPlain) const;
  // {"figures": [{"name", "unit", "median": {CONTESTANT: N}, "samples": {CONTESTANT: [N]}}],
  //  "notes": [TEXT]}
  std::string Json() const;

 private:
  struct Figure {
    std::string name;
    std::string unit;
    std::map<std::string, std::vector<double>> samples;
  };
  const Figure* Find(const std::string& name) const;
  // The head and the lines, cell by cell; an empty cell was not measured.
  std::vector<std::vector<std::string>> Cells(const std::string& subject,
                                              const std::vector<std::string>& peers) const;

  const std::vector<std::string> contestants_;
  std::vector<Figure> figures_;
  std::vector<std::string> notes_;
};

// Three digits that matter, and no exponent.
std::string ShortNumber(double value);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_FIGURES_H_
