#ifndef CLI_OUTPUT_STAT_OUTPUT_H_
#define CLI_OUTPUT_STAT_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/resource/resource_type.h"

namespace gossamer::cli {

// What is known of one object.
struct StatRow {
  struct Requests {
    double success_rate = 0;  // 0 to 1.
    double per_second = 0;
    uint64_t latency_ms_p50 = 0;
    uint64_t latency_ms_p95 = 0;
    uint64_t latency_ms_p99 = 0;
  };
  struct Tcp {
    uint64_t open_connections = 0;
    double read_bytes_per_second = 0;
    double write_bytes_per_second = 0;
  };

  ResourceType type = ResourceType::kAll;
  std::string namespace_name;
  std::string name;
  std::string status;  // Pods only.
  std::string server;  // HTTP routes only.
  uint64_t meshed_pods = 0;
  uint64_t running_pods = 0;
  std::optional<Requests> requests;
  std::optional<Tcp> tcp;
  std::optional<double> unauthorized_per_second;
};

// A table for each type, with an empty line between them; `rows` are sorted by type.
std::string StatTables(const std::vector<StatRow>& rows, bool all_namespaces, bool wide);
// docs/CLI.md describes it.
std::string StatJson(const std::vector<StatRow>& rows);

}  // namespace gossamer::cli

#endif  // CLI_OUTPUT_STAT_OUTPUT_H_
