#include "cli/app.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/commands/check/check_command.h"
#include "cli/commands/completion/completion.h"
#include "cli/commands/diagnostics/diagnostics_command.h"
#include "cli/commands/stat/stat_command.h"
#include "cli/commands/version/version_command.h"
#include "cli/context.h"
#include "cli/version.h"

namespace gossamer::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  gossamer check                     is the mesh healthy?\n"
    "  gossamer stat deploy -n shop       how is it doing?\n"
    "  gossamer stat --help               what else can stat tell?\n"
    "\n"
    "Exit codes: 0 success, also when nothing was found; 1 failure; 2 wrong command line.\n";

// The command that the user got to, for the advice after an error.
std::string HelpCommand(const CLI::App& app) {
  const CLI::App* last = &app;
  std::string command = app.get_name();
  while (!last->get_subcommands().empty()) {
    last = last->get_subcommands().front();
    command += " " + last->get_name();
  }
  return command + " --help";
}

// CLI11 misses a command before it looks at the word that stands in its place.
std::string MessageOf(const CLI::ParseError& error, const CLI::App& app) {
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (error.get_name() != "RequiredError" || unknown.empty()) return error.what();
  return "unknown command or flag \"" + unknown.front() + "\"";
}

}  // namespace

int RunApp(int argc, const char* const* argv, const Console& console) {
  Context context{console};
  CLI::App app("Command line of the Gossamer service mesh", "gossamer");
  app.set_version_flag("--version", kProgramAndVersion, "The version of this program");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.add_option("--api-addr", context.api_address, "host:port of public-api")
      ->envname("GOSSAMER_API_ADDR")
      ->capture_default_str();
  AddStatCommand(&app, &context);
  AddCheckCommand(&app, &context);
  AddVersionCommand(&app, &context);
  AddDiagnosticsCommand(&app, &context);
  AddCompletionCommand(&app, &context);
  // CLI11 throws, also for --help; this is its border.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return app.exit(error, *console.out, *console.err);
    }
    *console.err << "Error: " << MessageOf(error, app) << "\nRun '" << HelpCommand(app)
                 << "' for what it takes.\n";
    return kExitUsage;
  }
  return context.exit_code;
}

}  // namespace gossamer::cli
