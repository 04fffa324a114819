#ifndef EXAMPLES_DEMO_AGREEMENT_H_
#define EXAMPLES_DEMO_AGREEMENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/support/metrics_text.h"

// Whether what the mesh says of the sample shop agrees with what the shop's programs counted
// themselves. Pure: the demo's --check collects, these functions compare.
namespace gossamer::demo {

using Counts = std::map<std::string, int64_t>;

// A program's /counts page.
absl::StatusOr<Counts> ParseCounts(const std::string& json);

// What one deployment did: its programs' counters and its proxies' metrics, each over all its pods.
struct Observed {
  Counts counts;
  std::vector<harness::Sample> samples;
};
using ObservedByDeployment = std::map<std::string, Observed>;

// Each returns one sentence a problem; none where all agrees.

// Requests by status and bytes, on both sides of every edge: equal to the last one.
std::vector<std::string> CompareCounts(const ObservedByDeployment& observed);
// Every connection and request between the shop's workloads had mutual TLS, and there were some.
std::vector<std::string> CheckMutualTls(const ObservedByDeployment& observed);

// The share of the requests served that succeeded, by the counters; -1 where there are too few for
// a rate over time to be near it (Prometheus sees no increase in a series' first sample).
double OwnSuccessRate(const Counts& counts);
inline constexpr int kRequestsForARate = 10;

}  // namespace gossamer::demo

#endif  // EXAMPLES_DEMO_AGREEMENT_H_
