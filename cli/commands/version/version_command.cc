#include "cli/commands/version/version_command.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/client/viz_client.h"
#include "cli/version.h"

namespace gossamer::cli {
namespace {

constexpr char kExamples[] =
    "  gossamer version                   of this program and of public-api\n"
    "  gossamer version --client --short  of this program, for a script\n";

constexpr absl::Duration kTimeout = absl::Seconds(5);

struct Flags {
  bool short_form = false;
  bool client_only = false;
};

void Run(const Flags& flags, Context* context) {
  std::ostream& out = *context->console.out;
  const auto print = [&](const char* whose, const std::string& version) {
    out << (flags.short_form ? "" : whose) << version << "\n";
  };
  print("Client version: ", kVersion);
  if (flags.client_only) return;
  VizClient client(context->api_address, kTimeout);
  const absl::StatusOr<std::string> server = client.ServerVersion();
  // A server that is away does not make the command fail: scripts ask to know just that.
  print("Server version: ", server.ok() ? *server : "unavailable");
}

}  // namespace

void AddVersionCommand(CLI::App* root, Context* context) {
  CLI::App* command = AddCommand(
      root, "version", "Versions of this program and of the server it talks to", kExamples);
  auto flags = std::make_shared<Flags>();
  command->add_flag("--short", flags->short_form, "The versions alone, one a line");
  command->add_flag("--client", flags->client_only, "Only this program's version");
  command->callback([flags, context] { Run(*flags, context); });
}

}  // namespace gossamer::cli
