#include <optional>

#include "lib/log/log.h"
#include "lib/service/flags.h"
#include "lib/service/runner.h"
#include "lib/source/file_source.h"
#include "services/destination/config.h"
#include "services/destination/server.h"
#include "services/destination/streams/hub.h"
#include "services/destination/streams/metrics.h"
#include "services/destination/version.h"

namespace gossamer::destination {
namespace {

int Main(int argc, char** argv) {
  service::Flags flags({kProgram, kVersion,
                        "Tells proxies where services are, who they are, and what is allowed.",
                        "0.0.0.0:9996"});
  Config config;
  config.AddTo(&flags);
  if (const std::optional<int> exit_code = flags.Parse(argc, argv)) return *exit_code;

  service::Runner runner(&flags);
  const absl::StatusOr<Settings> settings = config.ReadSettings();
  if (!settings.ok()) return runner.Fail(settings.status());

  Metrics metrics(&runner.registry());
  Hub hub(config.streams_max, &metrics);
  // The whole state is read before the listeners open, so that nobody hears of half a cluster.
  source::FileSource source(config.manifests);
  if (const absl::Status status = source.Start(&hub); !status.ok()) return runner.Fail(status);

  const source::Stats stats = source.stats();
  GOSSAMER_LOG(kInfo, "destination::source", "manifests read", {"folder", config.manifests},
               {"files", stats.inputs}, {"refused", stats.inputs_refused},
               {"objects", stats.objects});

  Server server(*settings, &hub);
  runner.AddGrpc(config.grpc_address, server.discovery_services());
  runner.AddGrpc(config.policy_address, server.policy_services());
  runner.OnDrain([&hub] { hub.Shutdown(); });
  const int exit_code = runner.Run();
  source.Stop();
  return exit_code;
}

}  // namespace
}  // namespace gossamer::destination

int main(int argc, char** argv) { return gossamer::destination::Main(argc, argv); }
