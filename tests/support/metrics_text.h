#ifndef TESTS_SUPPORT_METRICS_TEXT_H_
#define TESTS_SUPPORT_METRICS_TEXT_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::harness {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// What a sample must look like: its name, labels equal to these ("" also matches a label that is
// absent), and labels different from those.
struct SampleFilter {
  std::string name;
  std::vector<std::pair<std::string, std::string>> equal;
  std::vector<std::pair<std::string, std::string>> different = {};

  bool Matches(const Sample& sample) const;
};

// The samples of a page in Prometheus' text format; comments are skipped. InvalidArgument quotes
// the first line that is none.
absl::StatusOr<std::vector<Sample>> ParseMetrics(absl::string_view text);

// The sum of all samples that match.
double Sum(const std::vector<Sample>& samples, const SampleFilter& filter);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_METRICS_TEXT_H_
