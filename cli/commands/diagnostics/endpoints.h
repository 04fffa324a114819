#ifndef CLI_COMMANDS_DIAGNOSTICS_ENDPOINTS_H_
#define CLI_COMMANDS_DIAGNOSTICS_ENDPOINTS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "api/destination/v1/destination.pb.h"
#include "cli/context.h"
#include "cli/output/endpoints_output.h"

namespace gossamer::cli {

// One row an address, sorted by namespace, service, address and port.
std::vector<EndpointRow> EndpointRows(
    const std::vector<io::linkerd::proxy::destination::WeightedAddrSet>& sets);

// InvalidArgument, naming it, unless it is HOST:PORT.
absl::Status CheckAuthority(absl::string_view authority);

void AddEndpointsCommand(CLI::App* diagnostics, Context* context);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_DIAGNOSTICS_ENDPOINTS_H_
