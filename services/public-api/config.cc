#include "services/public-api/config.h"

namespace gossamer::public_api {

void Config::AddTo(service::Flags* flags) {
  flags->AddListenAddress("--grpc-addr", &grpc_address, "Where clients ask for statistics");
  CLI::App& app = flags->app();
  app.add_option("--prometheus-url", prometheus_url, "The Prometheus that scrapes the proxies")
      ->capture_default_str();
  app.add_option("--prometheus-queries-max", prometheus_queries_max,
                 "How many queries may be under way at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  flags->AddDuration("--prometheus-timeout", &prometheus_timeout,
                     "The longest that all queries of one request may take");
  app.add_option("--manifests", manifests,
                 "A folder of Kubernetes manifests that lists pods and services; without it, only "
                 "what Prometheus scrapes is known");
  app.add_option("--controller-namespace", controller_namespace,
                 "The namespace of the mesh's control plane")
      ->capture_default_str();
  app.add_option("--cluster-domain", cluster_domain, "The DNS suffix of services")
      ->capture_default_str();
  app.add_option("--identity-trust-domain", trust_domain,
                 "The suffix of identities; by default the cluster domain");
  flags->AddExample("gossamer-public-api --prometheus-url http://127.0.0.1:9090",
                    "Serves what one Prometheus knows");
  flags->AddExample("gossamer-public-api --manifests /etc/mesh --log-level debug",
                    "Counts pods from a folder of manifests");
}

}  // namespace gossamer::public_api
