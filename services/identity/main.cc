// gossamer-identity: signs the certificates of the mesh's workloads.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/identity/v1/identity.grpc.pb.h"
#include "lib/service/flags.h"
#include "lib/service/runner.h"
#include "lib/time/clock.h"
#include "services/identity/ca/issuer_files.h"
#include "services/identity/ca/self_signed.h"
#include "services/identity/certifier.h"
#include "services/identity/config.h"
#include "services/identity/files/file_watcher.h"
#include "services/identity/metrics.h"
#include "services/identity/reloader.h"
#include "services/identity/server.h"
#include "services/identity/tokens/jwks_validator.h"
#include "services/identity/version.h"

namespace gossamer::identity {
namespace {

int Main(int argc, char** argv) {
  service::Flags flags(
      {kProgram, kVersion, "Signs the certificates of the mesh's workloads.", "0.0.0.0:9990"});
  Config config;
  AddFlags(&config, &flags);
  if (const std::optional<int> exit_code = flags.Parse(argc, argv)) return *exit_code;

  service::Runner runner(&flags);
  if (const absl::Status status = CheckConfig(config); !status.ok()) return runner.Fail(status);
  const Clock* clock = Clock::Real();
  if (!config.self_signed.folder.empty()) {
    const absl::Status status = CreateSelfSigned(SelfSigned(config), clock->Now());
    if (!status.ok()) return runner.Fail(status);
  }
  Metrics metrics(&runner.registry());
  IssuerFiles issuers(IssuerPaths(config));
  JwksValidator tokens(config.jwks_file, TokenExpectations(config));
  Reloader reloader({&issuers, &tokens, &metrics, runner.readiness().Add("issuer loaded"),
                     runner.readiness().Add("token keys loaded"), clock});
  FileWatcher::Options watch;
  watch.files = issuers.files();
  watch.files.push_back(config.jwks_file);
  watch.interval = config.reload_interval;
  reloader.Reload();
  const absl::StatusOr<std::unique_ptr<FileWatcher>> watcher =
      FileWatcher::Start(watch, [&reloader] { reloader.Reload(); });
  if (!watcher.ok()) return runner.Fail(watcher.status());

  Certifier certifier(config.certifier, &issuers, &tokens, &metrics, clock);
  Server server(&certifier);
  runner.AddGrpc(config.address,
                 {{io::linkerd::proxy::identity::Identity::service_full_name(), &server}});
  return runner.Run();
}

}  // namespace
}  // namespace gossamer::identity

int main(int argc, char** argv) { return gossamer::identity::Main(argc, argv); }
