#ifndef CLI_COMMANDS_DIAGNOSTICS_DIAGNOSTICS_COMMAND_H_
#define CLI_COMMANDS_DIAGNOSTICS_DIAGNOSTICS_COMMAND_H_

#include "CLI/CLI.hpp"
#include "cli/context.h"

namespace gossamer::cli {

// `diagnostics` and what stands below it.
void AddDiagnosticsCommand(CLI::App* root, Context* context);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_DIAGNOSTICS_DIAGNOSTICS_COMMAND_H_
