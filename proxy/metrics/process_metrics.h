#ifndef PROXY_METRICS_PROCESS_METRICS_H_
#define PROXY_METRICS_PROCESS_METRICS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/metrics/registry.h"
#include "lib/time/clock.h"

namespace gossamer::proxy {

// What proxy_build_info says.
struct BuildInfo {
  std::string date;
  std::string git_sha;
  std::string profile;
  std::string vendor;
  std::string version;
};

// Adds proxy_build_info and process_*, which are read from /proc at each scrape; what cannot be
// read is left out. The process counts as started now. `clock` is borrowed.
void RegisterProcessMetrics(const BuildInfo& info, const Clock* clock, metrics::Registry* registry);

// /proc/self/net/dev: all interfaces but the loopback.
struct NetworkBytes {
  uint64_t received = 0;
  uint64_t transmitted = 0;
};
std::optional<NetworkBytes> ParseNetDev(absl::string_view text);

// The number of threads in /proc/self/status.
std::optional<uint64_t> ParseThreads(absl::string_view text);

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_PROCESS_METRICS_H_
