#ifndef CLI_COMMANDS_CHECK_CHECK_COMMAND_H_
#define CLI_COMMANDS_CHECK_CHECK_COMMAND_H_

#include "CLI/CLI.hpp"
#include "cli/context.h"

namespace gossamer::cli {

void AddCheckCommand(CLI::App* root, Context* context);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_CHECK_CHECK_COMMAND_H_
