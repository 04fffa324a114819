#include "tests/bench/bench_workload.h"

#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "tests/bench/load_ports.h"
#include "tests/support/runfiles.h"

namespace gossamer::bench {

harness::Workload ClientWorkload(const std::string& name, bool meshed) {
  harness::Workload workload;
  workload.ns = kNamespace;
  workload.name = name;
  workload.meshed = meshed;
  return workload;
}

harness::Workload ServerWorkload(const std::string& name, bool meshed) {
  harness::Workload workload = ClientWorkload(name, meshed);
  workload.command = {harness::Runfile("tests/bench/load_server")};
  workload.ports = {{"http1", kHttp1Port}, {"http2", kHttp2Port}, {"bulk", kBulkPort}};
  workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kBulkPort);
  return workload;
}

harness::ServiceSpec ServiceOf(const harness::Workload& workload) {
  harness::ServiceSpec service;
  service.ns = workload.ns;
  service.name = workload.name;
  service.selector = {{"app", workload.name}};
  service.annotations = workload.annotations;
  for (const harness::ContainerPort& port : workload.ports) {
    service.ports.push_back({port.name, port.number});
  }
  return service;
}

std::string AuthorityOf(const std::string& service) {
  return absl::StrCat(service, ".", kNamespace, ".svc.cluster.local");
}

absl::Status AddServer(harness::Cluster* cluster, const harness::Workload& workload) {
  GOSSAMER_RETURN_IF_ERROR(cluster->AddService(ServiceOf(workload)));
  return cluster->AddWorkload(workload);
}

}  // namespace gossamer::bench
