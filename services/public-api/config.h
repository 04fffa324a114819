#ifndef SERVICES_PUBLIC_API_CONFIG_H_
#define SERVICES_PUBLIC_API_CONFIG_H_

#include <string>

#include "absl/time/time.h"
#include "lib/service/flags.h"

namespace gossamer::public_api {

// What the command line says besides what every service has.
struct Config {
  std::string grpc_address = "0.0.0.0:8085";
  std::string prometheus_url = "http://127.0.0.1:9090";
  int prometheus_queries_max = 8;
  absl::Duration prometheus_timeout = absl::Seconds(20);
  std::string manifests;  // A folder; empty when the metrics alone tell the cluster.
  std::string controller_namespace = "linkerd";
  std::string cluster_domain = "cluster.local";
  std::string trust_domain;  // Empty: the cluster domain.

  // Adds the flags; `this` must outlive their parsing.
  void AddTo(service::Flags* flags);
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_CONFIG_H_
