#ifndef TESTS_MESH_FIXTURE_H_
#define TESTS_MESH_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "tests/mesh/load.h"
#include "tests/support/mesh.h"

namespace gossamer::mesh_test {

// A mesh of real programs for a suite of tests: started once, with the namespace "test". Pods of a
// failed test's mesh print the ends of their logs.
class MeshTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { StartMesh({}); }
  static void TearDownTestSuite();
  // For suites that want another mesh than the usual one.
  static void StartMesh(harness::Mesh::Options options);
  void SetUp() override;
  void TearDown() override;

  harness::Mesh& mesh() { return *mesh_; }
  harness::Cluster& cluster() { return mesh_->cluster(); }

  // A workload "NAME" in "test" whose pods the test plays itself, with a Service of the same name
  // for each of its ports. Names must differ within a suite.
  static harness::Workload TestWorkload(const std::string& name, std::vector<int> ports = {});
  void AddWorkload(const harness::Workload& workload, bool wait = true);
  harness::Pod* AddPod(const std::string& name, std::vector<int> ports = {});

  // A request to a pod's admin port over its own loopback; nothing where there is no answer.
  struct Answer {
    int status = 0;
    std::string body;
  };
  static Answer Admin(harness::Pod* pod, const std::string& method, const std::string& path);
  // Polls until `done`; what it says at the end.
  static bool Eventually(const std::function<bool()>& done,
                         absl::Duration timeout = absl::Seconds(15));
  // Whether `text` is in the log of a process.
  static bool Logged(const harness::Process& process, absl::string_view text);

  // Where a Service of "test" is reached.
  Load::Target Target(const std::string& service, int port, const std::string& path = "/whoami");

  // The sum of a pod's proxy's metric; fails the test where there is none to read.
  static double Metric(harness::Pod* pod, const harness::SampleFilter& filter);
  // Expects that this metric reaches at least `value`, within `timeout`.
  static void ExpectMetric(harness::Pod* pod, const harness::SampleFilter& filter, double value,
                           absl::Duration timeout = absl::Seconds(5));

 private:
  static std::unique_ptr<harness::Mesh> mesh_;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_FIXTURE_H_
