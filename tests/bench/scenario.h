#ifndef TESTS_BENCH_SCENARIO_H_
#define TESTS_BENCH_SCENARIO_H_

#include <string>
#include <vector>

namespace gossamer::bench {

// What the load client is told to do, under the name that --only takes.
struct LoadScenario {
  std::string id;
  std::string title;  // Begins the names of its figures.
  std::string mode;   // Of the load client.
  std::vector<std::string> arguments;
  int rate = 0;  // Requests a second; 0: as many as are answered, and what they cost is measured.
};

// What is measured in rounds, in the table's order: cost first, then latency.
const std::vector<LoadScenario>& LoadScenarios();

// The rest of what --only takes.
inline constexpr char kMemoryId[] = "memory";
inline constexpr char kReadyId[] = "ready";
inline constexpr char kManifestId[] = "manifest";

// All names, in the table's order.
std::vector<std::string> ScenarioIds();

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_SCENARIO_H_
