#ifndef CLI_COMMANDS_STAT_STAT_H_
#define CLI_COMMANDS_STAT_STAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/viz/v1/viz.pb.h"
#include "cli/client/viz_client.h"
#include "cli/output/stat_output.h"

namespace gossamer::cli {

struct StatOptions {
  std::vector<std::string> resources;
  std::string namespace_name;  // Empty: "default", unless all namespaces are asked for.
  bool all_namespaces = false;
  std::string selector;
  std::string time_window = "1m";
  std::string to;
  std::string to_namespace;
  std::string from;
  std::string from_namespace;
  bool unmeshed = false;
};

// The requests that a command line stands for, one a resource. InvalidArgument, naming the flag or
// the word, where it does not make sense.
absl::StatusOr<std::vector<linkerd2::viz::StatSummaryRequest>> BuildStatRequests(
    const StatOptions& options);

// Asks all of them at once. The rows are sorted by type, namespace and name.
absl::StatusOr<std::vector<StatRow>> RunStat(
    VizClient* client, const StatOptions& options,
    const std::vector<linkerd2::viz::StatSummaryRequest>& requests);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_STAT_STAT_H_
