#ifndef CLI_COMMANDS_RESOURCE_ARGS_H_
#define CLI_COMMANDS_RESOURCE_ARGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/viz/v1/viz.pb.h"

namespace gossamer::cli {

// Reads the resources of a command line: TYPE, TYPE NAME..., or TYPE/NAME... in any spelling of the
// types. The namespace goes to all but namespaces. InvalidArgument, naming the word, otherwise.
absl::StatusOr<std::vector<linkerd2::viz::Resource>> ParseResources(
    const std::string& namespace_name, const std::vector<std::string>& args);

// Reads one TYPE or TYPE/NAME, as --to and --from take it.
absl::StatusOr<linkerd2::viz::Resource> ParseResource(const std::string& namespace_name,
                                                      const std::string& arg);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_RESOURCE_ARGS_H_
