#include "cli/commands/stat/stat_command.h"

#include <memory>
#include <string>

#include "cli/client/viz_client.h"
#include "cli/commands/stat/stat.h"
#include "cli/output/stat_output.h"

namespace gossamer::cli {
namespace {

constexpr char kExamples[] =
    "  gossamer stat deploy -n shop                  all Deployments of a namespace\n"
    "  gossamer stat deploy/web po -n shop           one Deployment, and all Pods\n"
    "  gossamer stat ns                              every namespace\n"
    "  gossamer stat deploy -A -o wide               everywhere, with bytes per second\n"
    "  gossamer stat deploy/web --to svc/cart        what web asks cart\n"
    "  gossamer stat deploy --from deploy/web -t 5m  what web asked anybody, for five minutes\n";

struct Flags {
  StatOptions options;
  std::string output = "table";
};

void Run(const Flags& flags, Context* context) {
  absl::StatusOr<std::vector<linkerd2::viz::StatSummaryRequest>> requests =
      BuildStatRequests(flags.options);
  if (!requests.ok()) return context->Fail(requests.status(), kExitUsage);
  VizClient client(context->api_address);
  absl::StatusOr<std::vector<StatRow>> rows = RunStat(&client, flags.options, *requests);
  if (!rows.ok()) return context->Fail(rows.status());
  if (flags.output == "json") {
    *context->console.out << StatJson(*rows);
  } else if (rows->empty()) {
    *context->console.err << "No traffic found.\n";
  } else {
    *context->console.out << StatTables(*rows, flags.options.all_namespaces,
                                        flags.output == "wide");
  }
}

}  // namespace

void AddStatCommand(CLI::App* root, Context* context) {
  CLI::App* command = AddCommand(
      root, "stat", "Success rate, request rate, latency and TCP traffic of workloads", kExamples);
  auto flags = std::make_shared<Flags>();
  StatOptions& options = flags->options;
  command->add_option("RESOURCES", options.resources,
                      "TYPE, TYPE NAME... or TYPE/NAME...; all stands for every workload type");
  command->add_option("-n,--namespace", options.namespace_name,
                      "Namespace of the resources (default: default)");
  command->add_flag("-A,--all-namespaces", options.all_namespaces, "Every namespace");
  command->add_option("-l,--selector", options.selector, "Labels: a=b,c!=d,e in (f,g),!h");
  command
      ->add_option("-t,--time-window", options.time_window,
                   "How far to look back, for instance 15s, 1m, 1h30m")
      ->capture_default_str();
  command->add_option("--to", options.to, "Only requests to this TYPE[/NAME]");
  command->add_option("--to-namespace", options.to_namespace, "Namespace of --to");
  command->add_option("--from", options.from, "Only requests from this TYPE[/NAME]");
  command->add_option("--from-namespace", options.from_namespace, "Namespace of --from");
  command->add_option("-o,--output", flags->output, "table, wide or json")
      ->check(CLI::IsMember({"table", "wide", "json"}))
      ->capture_default_str();
  command->add_flag("--unmeshed", options.unmeshed, "Also what has no pod in the mesh");
  command->callback([flags, context] { Run(*flags, context); });
}

}  // namespace gossamer::cli
