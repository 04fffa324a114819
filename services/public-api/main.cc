#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "api/viz/v1/viz.grpc.pb.h"
#include "lib/prometheus/query_pool.h"
#include "lib/service/flags.h"
#include "lib/service/runner.h"
#include "lib/source/file_source.h"
#include "services/public-api/cluster/manifest_cluster_view.h"
#include "services/public-api/cluster/metrics_cluster_view.h"
#include "services/public-api/config.h"
#include "services/public-api/query_metrics.h"
#include "services/public-api/server.h"
#include "services/public-api/version.h"

namespace gossamer::public_api {
namespace {

int Main(int argc, char** argv) {
  service::Flags flags({kProgram, kVersion,
                        "Statistics of the mesh's workloads, from Prometheus, by gRPC.",
                        "0.0.0.0:9994"});
  Config config;
  config.AddTo(&flags);
  if (const std::optional<int> exit_code = flags.Parse(argc, argv)) return *exit_code;
  if (config.trust_domain.empty()) config.trust_domain = config.cluster_domain;

  service::Runner runner(&flags);

  std::unique_ptr<ClusterView> view;
  std::unique_ptr<source::Source> source;  // Ends before the view that listens to it.
  if (config.manifests.empty()) {
    view = std::make_unique<MetricsClusterView>(config.controller_namespace, config.trust_domain);
  } else {
    auto manifests =
        std::make_unique<ManifestClusterView>(config.controller_namespace, config.trust_domain);
    source = std::make_unique<source::FileSource>(config.manifests);
    if (absl::Status status = source->Start(manifests.get()); !status.ok()) {
      return runner.Fail(status);
    }
    view = std::move(manifests);
  }

  prom::QueryPool::Options pool_options;
  pool_options.client.url = config.prometheus_url;
  pool_options.threads = config.prometheus_queries_max;
  pool_options.observe = QueryObserver(&runner.registry());
  absl::StatusOr<std::unique_ptr<prom::QueryPool>> pool = prom::QueryPool::Create(pool_options);
  if (!pool.ok()) return runner.Fail(pool.status());

  VizServer::Options options;
  options.cluster_domain = config.cluster_domain;
  options.timeout = config.prometheus_timeout;
  options.version = kVersion;
  VizServer server(std::move(options), pool->get(), view.get());

  runner.AddGrpc(config.grpc_address, {{linkerd2::viz::Api::service_full_name(), &server}});
  const int exit_code = runner.Run();
  pool->reset();  // Its callbacks use the server and the view.
  if (source != nullptr) source->Stop();
  return exit_code;
}

}  // namespace
}  // namespace gossamer::public_api

int main(int argc, char** argv) { return gossamer::public_api::Main(argc, argv); }
