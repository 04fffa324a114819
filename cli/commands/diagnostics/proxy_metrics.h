#ifndef CLI_COMMANDS_DIAGNOSTICS_PROXY_METRICS_H_
#define CLI_COMMANDS_DIAGNOSTICS_PROXY_METRICS_H_

#include "CLI/CLI.hpp"
#include "cli/context.h"

namespace gossamer::cli {

void AddProxyMetricsCommand(CLI::App* diagnostics, Context* context);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_DIAGNOSTICS_PROXY_METRICS_H_
