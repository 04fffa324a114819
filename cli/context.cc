#include "cli/context.h"

#include "absl/strings/str_cat.h"

namespace gossamer::cli {

void Context::Fail(const absl::Status& status, int code) {
  *console.err << "Error: " << std::string(status.message()) << "\n";
  exit_code = code;
}

CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& description,
                     absl::string_view examples) {
  CLI::App* command = parent->add_subcommand(name, description);
  // The flags of every command may stand after its name as well.
  command->fallthrough();
  command->footer(absl::StrCat("Examples:\n", examples));
  return command;
}

}  // namespace gossamer::cli
