#ifndef CLI_CONTEXT_H_
#define CLI_CONTEXT_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/output/console.h"

namespace gossamer::cli {

// One run of the program: where it prints, what the flags of every command say, and how it ends.
// Commands borrow it for the run.
struct Context {
  Console console;
  std::string api_address = "127.0.0.1:8085";
  int exit_code = kExitOk;

  // Prints an error as all are printed, and makes it the run's end.
  void Fail(const absl::Status& status, int code = kExitFailure);
};

// Adds a command with its description and the examples of its --help.
CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& description,
                     absl::string_view examples);

}  // namespace gossamer::cli

#endif  // CLI_CONTEXT_H_
