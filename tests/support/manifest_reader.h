#ifndef TESTS_SUPPORT_MANIFEST_READER_H_
#define TESTS_SUPPORT_MANIFEST_READER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/support/workload.h"

namespace gossamer::harness {

struct Manifests {
  std::vector<std::string> namespaces;
  std::vector<ServiceSpec> services;
  std::vector<Workload> workloads;
};

// Reads a Kubernetes manifest of Namespaces, ServiceAccounts, Services and Deployments with one
// container each: what a person writes. Pods, EndpointSlices and addresses are made from it by the
// cluster, here as in Kubernetes.
//
// `program_of_image` maps a container's image to the program to run. InvalidArgument names the
// kind, the object and the field.
absl::StatusOr<Manifests> ReadManifests(
    const std::string& text,
    const std::function<absl::StatusOr<std::string>(const std::string& image)>& program_of_image);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_MANIFEST_READER_H_
