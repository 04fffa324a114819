#include "tests/mesh/fixture.h"

#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "httplib.h"

namespace gossamer::mesh_test {

using harness::Pod;
using harness::Process;
using harness::ServiceSpec;
using harness::Workload;

std::unique_ptr<harness::Mesh> MeshTest::mesh_;

void MeshTest::StartMesh(harness::Mesh::Options options) {
  absl::StatusOr<std::unique_ptr<harness::Mesh>> mesh = harness::Mesh::Start(std::move(options));
  ASSERT_OK(mesh);
  mesh_ = *std::move(mesh);
  ASSERT_OK(mesh_->cluster().AddNamespace("test"));
}

void MeshTest::TearDownTestSuite() { mesh_.reset(); }

void MeshTest::SetUp() { ASSERT_NE(mesh_, nullptr) << "the mesh did not start"; }

void MeshTest::TearDown() {
  if (!HasFailure() || mesh_ == nullptr) return;
  for (Pod* pod : cluster().pods()) {
    for (const Process* process : {pod->proxy(), pod->program()}) {
      if (process == nullptr) continue;
      std::cerr << "---- the end of the log of " << process->name() << ":\n"
                << process->LogTail() << std::endl;
    }
  }
}

Workload MeshTest::TestWorkload(const std::string& name, std::vector<int> ports) {
  Workload workload;
  workload.ns = "test";
  workload.name = name;
  for (int port : ports) workload.ports.push_back({absl::StrCat("port-", port), port});
  return workload;
}

void MeshTest::AddWorkload(const Workload& workload, bool wait) {
  ServiceSpec service;
  service.ns = workload.ns;
  service.name = workload.name;
  service.selector = {{"app", workload.name}};
  // As the injector does for Services: they follow their pods.
  if (const auto opaque = workload.annotations.find("config.linkerd.io/opaque-ports");
      opaque != workload.annotations.end()) {
    service.annotations.insert(*opaque);
  }
  for (const harness::ContainerPort& port : workload.ports) {
    service.ports.push_back({port.name, port.number});
  }
  if (!service.ports.empty()) ASSERT_OK(cluster().AddService(service));
  ASSERT_OK(cluster().AddWorkload(workload, wait));
}

Pod* MeshTest::AddPod(const std::string& name, std::vector<int> ports) {
  AddWorkload(TestWorkload(name, std::move(ports)));
  return cluster().pod(name);
}

MeshTest::Answer MeshTest::Admin(Pod* pod, const std::string& method, const std::string& path) {
  Answer answer;
  pod->net().Run([&] {
    httplib::Client client("127.0.0.1", harness::kAdminPort);
    client.set_connection_timeout(std::chrono::seconds(2));
    client.set_read_timeout(std::chrono::seconds(10));
    httplib::Request request;
    request.method = method;
    request.path = path;
    const httplib::Result result = client.send(request);
    if (result) answer = {result->status, result->body};
  });
  return answer;
}

bool MeshTest::Eventually(const std::function<bool()>& done, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!done()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return true;
}

bool MeshTest::Logged(const Process& process, absl::string_view text) {
  std::ostringstream log;
  log << std::ifstream(process.log_path()).rdbuf();
  return absl::StrContains(log.str(), text);
}

Load::Target MeshTest::Target(const std::string& service, int port, const std::string& path) {
  Load::Target target;
  target.ip = cluster().service_ip("test", service);
  target.port = port;
  target.host = absl::StrCat(service, ".test.svc.cluster.local:", port);
  target.path = path;
  return target;
}

double MeshTest::Metric(Pod* pod, const harness::SampleFilter& filter) {
  const absl::StatusOr<std::vector<harness::Sample>> samples = pod->ProxyMetrics();
  EXPECT_OK(samples);
  return samples.ok() ? Sum(*samples, filter) : 0;
}

void MeshTest::ExpectMetric(Pod* pod, const harness::SampleFilter& filter, double value,
                            absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  double current = 0;
  while ((current = Metric(pod, filter)) < value && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_GE(current, value) << filter.name << " of " << pod->name();
}

}  // namespace gossamer::mesh_test
