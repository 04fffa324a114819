#include "cli/commands/check/check_command.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/client/viz_client.h"
#include "cli/commands/check/check.h"
#include "cli/output/check_output.h"

namespace gossamer::cli {
namespace {

constexpr char kExamples[] =
    "  gossamer check                   is the mesh healthy?\n"
    "  gossamer check -n shop           only the proxies of one namespace\n"
    "  gossamer check --wait 0s -o json once, for a script; exit code 1 when something is wrong\n";

constexpr absl::Duration kCallTimeout = absl::Seconds(30);

struct Flags {
  CheckOptions options;
  std::string wait = "5m";
  std::string output = "table";
};

void Run(Flags flags, Context* context) {
  if (!absl::ParseDuration(flags.wait, &flags.options.wait) ||
      flags.options.wait < absl::ZeroDuration()) {
    return context->Fail(absl::InvalidArgumentError(absl::StrCat(
                             "--wait ", flags.wait, ": expected a duration such as 30s or 5m")),
                         kExitUsage);
  }
  const Console& console = context->console;
  const bool as_json = flags.output == "json";
  VizClient client(context->api_address, kCallTimeout);
  Checker checker(&client, flags.options, absl::SleepFor);
  const std::vector<CheckCategory> categories = checker.Run([&](const CheckCategory& category) {
    if (as_json) return;
    *console.out << CheckText(category, /*only_failures=*/flags.output == "short", console)
                 << std::flush;
  });
  const bool passed = AllPassed(categories);
  *console.out << (as_json ? CheckJson(categories) : CheckVerdict(passed, console));
  if (!passed) context->exit_code = kExitFailure;
}

}  // namespace

void AddCheckCommand(CLI::App* root, Context* context) {
  CLI::App* command =
      AddCommand(root, "check", "Checks the control plane and the proxies for problems", kExamples);
  auto flags = std::make_shared<Flags>();
  CheckOptions& options = flags->options;
  command->add_option("-n,--namespace", options.namespace_name,
                      "Namespace of the proxies to check (default: all)");
  command->add_option("--wait", flags->wait, "How long to wait for what may still become ready")
      ->capture_default_str();
  command->add_option("-o,--output", flags->output, "table, short or json")
      ->check(CLI::IsMember({"table", "short", "json"}))
      ->capture_default_str();
  command
      ->add_option("--public-api-admin-addr", options.public_api_admin,
                   "host:port of public-api's admin server; not checked without it")
      ->envname("GOSSAMER_PUBLIC_API_ADMIN_ADDR");
  command
      ->add_option("--destination-admin-addr", options.destination_admin,
                   "host:port of destination's admin server; not checked without it")
      ->envname("GOSSAMER_DESTINATION_ADMIN_ADDR");
  command
      ->add_option("--identity-admin-addr", options.identity_admin,
                   "host:port of identity's admin server; not checked without it")
      ->envname("GOSSAMER_IDENTITY_ADMIN_ADDR");
  command->callback([flags, context] { Run(*flags, context); });
}

}  // namespace gossamer::cli
