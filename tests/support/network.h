#ifndef TESTS_SUPPORT_NETWORK_H_
#define TESTS_SUPPORT_NETWORK_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::harness {

inline constexpr char kPodNetwork[] = "10.42.0.0/16";
inline constexpr char kServiceNetwork[] = "10.43.0.0/16";
inline constexpr char kPodNetwork6[] = "fd00:42::/64";
inline constexpr char kServiceNetwork6[] = "fd00:43::/64";

// The network and mount namespaces of one pod: eth0 with the pod's address, a default route to
// the cluster, and private folders for the proxy's identity and token.
// The namespaces live as long as this object or a process inside them.
class PodNamespace {
 public:
  PodNamespace(const PodNamespace&) = delete;
  PodNamespace& operator=(const PodNamespace&) = delete;
  ~PodNamespace();

  const std::string& ip() const { return ip_; }
  // Empty where the cluster has no IPv6.
  const std::string& ip6() const { return ip6_; }
  int network_fd() const { return network_fd_; }
  int mount_fd() const { return mount_fd_; }

  // Runs `work` on a thread of its own inside the pod's network, and returns when it is done.
  // Sockets that it opens stay in that network wherever they are used later. The mount namespace
  // is the caller's: only processes can enter the pod's.
  void Run(const std::function<void()>& work) const;

  // Cuts the pod off the network (and restores it): packets are dropped silently, as by a dead
  // machine.
  absl::Status SetLink(bool up) const;

 private:
  friend class ClusterNetwork;
  PodNamespace() = default;

  std::string ip_;
  std::string ip6_;
  std::string cluster_device_;
  int network_fd_ = -1;
  int mount_fd_ = -1;
};

// The network between pods: the caller's own network namespace acts as the node, with a virtual
// cable to each pod and a route to its address. Addresses of Services exist on no device: a
// connection to one works only when a proxy takes it, and is refused at once otherwise.
//
// To be used inside RunIsolated(). Not thread-safe.
class ClusterNetwork {
 public:
  // With `ipv6`, pods have an address of each family.
  static absl::StatusOr<std::unique_ptr<ClusterNetwork>> Create(bool ipv6 = false);

  // A pod at the next free address, or at `ip`.
  absl::StatusOr<std::unique_ptr<PodNamespace>> AddPod(absl::string_view ip = "");

 private:
  explicit ClusterNetwork(bool ipv6) : ipv6_(ipv6) {}
  absl::Status AddIpv6(int number, PodNamespace* pod);

  const bool ipv6_;
  int pods_created_ = 0;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_NETWORK_H_
