#ifndef TESTS_SUPPORT_MANIFEST_WRITER_H_
#define TESTS_SUPPORT_MANIFEST_WRITER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/support/workload.h"

// The Kubernetes objects that a cluster makes from what a person wrote: the manifests that the
// folder-fed mesh reads. Each function returns one YAML document or more. Pure.
namespace gossamer::harness {

inline constexpr char kControlPlaneNamespace[] = "linkerd";
inline constexpr char kTrustDomain[] = "cluster.local";
inline constexpr char kClusterDomain[] = "cluster.local";
inline constexpr char kNodeName[] = "node-1";
inline constexpr char kPodTemplateHash[] = "5d7c9b8f64";

inline constexpr int kInboundPort = 4143;
inline constexpr int kOutboundPort = 4140;
inline constexpr int kTapPort = 4190;
inline constexpr int kAdminPort = 4191;

struct PodRecord {
  const Workload* workload = nullptr;
  std::string name;
  std::string ip;
  std::string ip6;  // Empty where the cluster has no IPv6.
};

std::string NodeYaml();
std::string NamespaceYaml(absl::string_view name);
// The ServiceAccount, Deployment and ReplicaSet of a workload.
std::string WorkloadYaml(const Workload& workload);
// A running pod, as the injector leaves it where the workload is meshed.
std::string PodYaml(const PodRecord& pod);
// `cluster_ips`: one of each family, or none of a headless Service.
std::string ServiceYaml(const ServiceSpec& service, const std::vector<std::string>& cluster_ips);
// An EndpointSlice for each of the Service's families.
std::string EndpointSliceYaml(const ServiceSpec& service, const std::vector<PodRecord>& ready);

// The labels that the pod carries: the workload's own and those the injector adds.
StringMap PodLabels(const Workload& workload);

// "ACCOUNT.NAMESPACE.serviceaccount.identity.linkerd.cluster.local".
std::string IdentityName(absl::string_view account, absl::string_view ns);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_MANIFEST_WRITER_H_
