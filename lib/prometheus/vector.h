#ifndef LIB_PROMETHEUS_VECTOR_H_
#define LIB_PROMETHEUS_VECTOR_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::prom {

// One series of an instant query's answer.
struct Sample {
  std::map<std::string, std::string> labels;
  double value = 0;  // May be NaN or infinite.

  // The label's value, or "" when the series lacks it: PromQL does not tell the two apart either.
  const std::string& Label(const std::string& name) const;
};

using Vector = std::vector<Sample>;

// Reads the JSON reply of /api/v1/query. An error that Prometheus reports keeps its text:
// InvalidArgument for a query it refuses, Unavailable for one that it could not finish.
// Internal for a reply that is no instant vector, with the place of the fault.
absl::StatusOr<Vector> ParseQueryReply(absl::string_view json);

// Reads global.scrape_interval from the JSON reply of /api/v1/status/config, as text.
// NotFound when the configuration does not say.
absl::StatusOr<std::string> ParseScrapeInterval(absl::string_view json);

}  // namespace gossamer::prom

#endif  // LIB_PROMETHEUS_VECTOR_H_
