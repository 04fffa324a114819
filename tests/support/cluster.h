#ifndef TESTS_SUPPORT_CLUSTER_H_
#define TESTS_SUPPORT_CLUSTER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/support/dns.h"
#include "tests/support/network.h"
#include "tests/support/pod.h"
#include "tests/support/workload.h"

namespace gossamer::harness {

// A small cluster on one machine: pods with addresses, Services with names, and a folder of
// manifests that says so to the mesh. It does what a cluster's own machinery does (scheduling,
// addresses, EndpointSlices, DNS, injection) and nothing of what the mesh does.
//
// The control plane is made of ordinary workloads (see Mesh). To be used inside
// RunIsolated(), by one thread.
class Cluster {
 public:
  struct Options {
    PodPrograms programs;
    // Holds manifests/ and logs/. Made where it does not exist.
    std::string folder;
    // Gives the token of a workload's account. Not called for pods outside the mesh.
    std::function<absl::StatusOr<std::string>(const std::string& account, const std::string& ns)>
        mint_token;
    std::string trust_anchors;  // PEM, for proxies.
    // For every proxy, before what its workload's own proxy_environment says.
    std::vector<std::string> proxy_environment;
    absl::Duration ready_timeout = absl::Seconds(20);
    // Pods have IPv6 addresses too, and Services may.
    bool ipv6 = false;
  };

  static absl::StatusOr<std::unique_ptr<Cluster>> Create(Options options);
  ~Cluster();

  Options& options() { return options_; }
  std::string manifest_folder() const { return options_.folder + "/manifests"; }
  std::string log_folder() const { return options_.folder + "/logs"; }

  absl::Status AddNamespace(const std::string& name);
  // Gives the Service an address, a name and an EndpointSlice that follows its pods.
  absl::Status AddService(const ServiceSpec& service);
  // Announces a workload and starts its pods. With `wait` each is ready and in its EndpointSlices
  // when this returns; otherwise call WaitReady() for them.
  absl::Status AddWorkload(const Workload& workload, bool wait = true);

  // One more pod of a workload, ready and announced when this returns.
  absl::StatusOr<Pod*> AddPod(const std::string& workload);
  // Takes a pod away as Kubernetes does: out of its EndpointSlices, then SIGTERM, at most `grace`,
  // then gone.
  absl::Status RemovePod(Pod* pod, absl::Duration grace);

  // Waits for a pod and announces it.
  absl::Status WaitReady(Pod* pod);
  // Whether a pod's endpoints are announced; ready ones are. The pod itself is left alone.
  absl::Status SetAnnounced(Pod* pod, bool announced);

  // The first pod of a workload, which must exist, or all of them.
  Pod* pod(const std::string& workload);
  std::vector<Pod*> pods(const std::string& workload = "");
  // The address of a Service, "None" for a headless one.
  std::string service_ip(const std::string& ns, const std::string& name) const;
  // Its IPv6 address; empty where it has none.
  std::string service_ip6(const std::string& ns, const std::string& name) const;

  // Names the first process that has ended, with the end of its log.
  absl::Status CheckRunning();

  // Replaces a file of the manifest folder in one step; an empty text removes it.
  absl::Status WriteManifest(const std::string& name, absl::string_view text);

 private:
  struct ServiceEntry {
    ServiceSpec spec;
    std::string ip;  // "None" or an address; empty for a Service of IPv6 alone.
    std::string ip6;
  };
  struct PodEntry {
    std::unique_ptr<Pod> pod;
    bool announced = false;
  };

  explicit Cluster(Options options) : options_(std::move(options)) {}
  absl::StatusOr<Pod*> StartPod(const Workload& workload);
  absl::Status PublishEndpoints(const ServiceEntry& service);
  absl::Status PublishEndpointsOf(const Workload& workload);

  Options options_;
  std::unique_ptr<ClusterNetwork> network_;
  std::unique_ptr<ClusterDns> dns_;
  std::map<std::string, Workload> workloads_;  // By name: the harness needs no two alike.
  std::vector<ServiceEntry> services_;
  std::vector<PodEntry> pods_;
  int pods_created_ = 0;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_CLUSTER_H_
