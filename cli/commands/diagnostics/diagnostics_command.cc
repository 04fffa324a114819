#include "cli/commands/diagnostics/diagnostics_command.h"

#include "cli/commands/diagnostics/endpoints.h"
#include "cli/commands/diagnostics/proxy_metrics.h"

namespace gossamer::cli {

void AddDiagnosticsCommand(CLI::App* root, Context* context) {
  CLI::App* command =
      AddCommand(root, "diagnostics", "What the parts of the mesh know, as they know it",
                 "  gossamer diagnostics endpoints web.shop.svc.cluster.local:80\n"
                 "  gossamer diagnostics proxy-metrics deploy/web -n shop\n");
  command->alias("dg");
  command->require_subcommand(1);
  AddEndpointsCommand(command, context);
  AddProxyMetricsCommand(command, context);
}

}  // namespace gossamer::cli
