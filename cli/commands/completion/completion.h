#ifndef CLI_COMMANDS_COMPLETION_COMPLETION_H_
#define CLI_COMMANDS_COMPLETION_COMPLETION_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"
#include "cli/context.h"

namespace gossamer::cli {

enum class Shell { kBash, kZsh, kFish };

// A script that completes the commands and flags below `root`, the types of resources, and the
// formats of -o.
std::string CompletionScript(const CLI::App& root, Shell shell);

void AddCompletionCommand(CLI::App* root, Context* context);

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_COMPLETION_COMPLETION_H_
