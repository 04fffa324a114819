#ifndef EXAMPLES_DEMO_DEMO_H_
#define EXAMPLES_DEMO_DEMO_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "examples/demo/agreement.h"
#include "tests/support/forwarder.h"
#include "tests/support/mesh.h"

namespace gossamer::demo {

// The sample shop on a mesh of its own, inside RunIsolated(). One thread.
class Demo {
 public:
  struct Options {
    std::string folder;
    harness::HostListener public_api;
    harness::HostListener prometheus;
    harness::HostListener web;
    std::string proxy;      // Empty: ours.
    bool in_place = false;  // Standard output is a terminal: redraw the table.
  };

  explicit Demo(Options options) : options_(std::move(options)) {}

  // Starts every part, a line a step.
  absl::Status Start();
  // Shows statistics until SIGINT or SIGTERM; an error where a part has died.
  absl::Status Watch();
  // Runs the traffic for `duration`, then compares. The error lists what is wrong.
  absl::Status Check(absl::Duration duration);

 private:
  absl::Status StartShop();
  void StartForwarders();
  void PrintAddresses() const;
  std::string StatTable();
  absl::StatusOr<ObservedByDeployment> Observe();
  std::vector<std::string> CompareAtRest();
  std::vector<std::string> CheckEdges();
  std::vector<std::string> CheckSuccessRates();
  absl::Status WaitFor(absl::Duration duration);
  std::string ApiAddress();

  Options options_;
  std::unique_ptr<harness::Mesh> mesh_;
  std::vector<std::unique_ptr<harness::Forwarder>> forwarders_;
};

}  // namespace gossamer::demo

#endif  // EXAMPLES_DEMO_DEMO_H_
