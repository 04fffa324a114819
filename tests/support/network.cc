#include "tests/support/network.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "lib/status/status_macros.h"
#include "tests/support/isolation.h"
#include "tests/support/process.h"

namespace gossamer::harness {
namespace {

// The node's address on each pod's cable, and the pods' gateway.
constexpr char kNodeAddress[] = "10.42.255.254";
constexpr int kPodsASubnet = 250;
// IPv6 routers are named by an address of the cable itself.
constexpr char kNodeAddress6[] = "fe80::1";

absl::Status RunIp(absl::string_view batch, int network_fd = -1) {
  return RunCommand({SystemProgram("ip"), "-batch", "-"}, network_fd, -1, batch).status();
}

bool MountTmpfs(const char* path) {
  mkdir(path, 0755);
  return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") == 0;
}

// Runs in the pod's first process, which only makes the namespaces and then waits for the caller
// to have opened them.
[[noreturn]] void HoldNamespaces(int ready_fd, int done_fd) {
  const bool made = unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
                    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                    MountTmpfs("/run/linkerd") && MountTmpfs("/run/secrets");
  char answer = made ? 0 : static_cast<char>(errno);
  (void)!write(ready_fd, &answer, 1);
  (void)!read(done_fd, &answer, 1);
  _exit(0);
}

}  // namespace

PodNamespace::~PodNamespace() {
  if (network_fd_ >= 0) close(network_fd_);
  if (mount_fd_ >= 0) close(mount_fd_);
  // The kernel removes the cable with the namespace, but some time later: the address must be
  // free at once.
  if (!cluster_device_.empty()) (void)RunIp(absl::StrCat("link del ", cluster_device_, "\n"));
}

void PodNamespace::Run(const std::function<void()>& work) const {
  std::thread thread([this, &work] {
    if (setns(network_fd_, CLONE_NEWNET) != 0) abort();
    work();
  });
  thread.join();
}

absl::Status PodNamespace::SetLink(bool up) const {
  // The route goes, not the cable: a pod whose cable is down would get an error from its own
  // kernel instead of silence.
  const char* const kind = up ? "unicast" : "blackhole";
  const std::string way = up ? absl::StrCat(" dev ", cluster_device_) : "";
  GOSSAMER_RETURN_IF_ERROR(RunIp(absl::Substitute("route replace $0 $1/32$2\n", kind, ip_, way)));
  if (ip6_.empty()) return absl::OkStatus();
  return RunIp(absl::Substitute("route replace $0 $1/128$2\n", kind, ip6_, way));
}

absl::StatusOr<std::unique_ptr<ClusterNetwork>> ClusterNetwork::Create(bool ipv6) {
  std::ofstream("/proc/sys/net/ipv4/ip_forward") << 1;
  GOSSAMER_RETURN_IF_ERROR(
      RunIp(absl::Substitute("addr replace $0/32 dev lo\n"
                             "addr replace $1/32 dev lo\n"
                             "route replace unreachable $2\n"
                             "route replace unreachable $3\n",
                             kNodeAddress, kDnsAddress, kServiceNetwork, kPodNetwork)));
  if (ipv6) {
    std::ofstream("/proc/sys/net/ipv6/conf/all/forwarding") << 1;
    GOSSAMER_RETURN_IF_ERROR(
        RunIp(absl::Substitute("route replace unreachable $0\n"
                               "route replace unreachable $1\n",
                               kServiceNetwork6, kPodNetwork6)));
  }
  return std::unique_ptr<ClusterNetwork>(new ClusterNetwork(ipv6));
}

// "nodad": an address is not asked about for a second before it can be used.
absl::Status ClusterNetwork::AddIpv6(int number, PodNamespace* pod) {
  pod->ip6_ = absl::StrCat("fd00:42::", absl::Hex(number));
  GOSSAMER_RETURN_IF_ERROR(
      RunIp(absl::Substitute("addr add $0/64 dev $1 nodad\n"
                             "route add $2/128 dev $1\n",
                             kNodeAddress6, pod->cluster_device_, pod->ip6_)));
  return RunIp(absl::Substitute("addr add $0/128 dev eth0 nodad\n"
                                "route add default via $1 dev eth0\n",
                                pod->ip6_, kNodeAddress6),
               pod->network_fd_);
}

absl::StatusOr<std::unique_ptr<PodNamespace>> ClusterNetwork::AddPod(absl::string_view ip) {
  const int number = ++pods_created_;
  std::unique_ptr<PodNamespace> pod(new PodNamespace());
  pod->ip_ = ip.empty()
                 ? absl::StrCat("10.42.", number / kPodsASubnet, ".", number % kPodsASubnet + 1)
                 : std::string(ip);

  int ready[2];
  int done[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("pipe: ", strerror(errno)));
  }
  const pid_t holder = fork();
  if (holder == 0) {
    close(done[1]);
    HoldNamespaces(ready[1], done[0]);
  }
  close(ready[1]);
  close(done[0]);
  char error = EIO;
  (void)!read(ready[0], &error, 1);
  close(ready[0]);
  pod->network_fd_ = open(absl::StrCat("/proc/", holder, "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
  pod->mount_fd_ = open(absl::StrCat("/proc/", holder, "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC);
  const std::string device = absl::StrCat("pod", number);
  absl::Status status =
      error == 0 ? absl::OkStatus()
                 : absl::InternalError(absl::StrCat("pod namespaces: ", strerror(error)));
  if (status.ok()) {
    status =
        RunIp(absl::Substitute("link add $0 type veth peer name eth0 netns $1\n"
                               "link set $0 up\n"
                               "route add $2/32 dev $0\n",
                               device, holder, pod->ip_));
    pod->cluster_device_ = device;
  }
  close(done[1]);
  waitpid(holder, nullptr, 0);
  GOSSAMER_RETURN_IF_ERROR(status);
  GOSSAMER_RETURN_IF_ERROR(RunIp(absl::Substitute("link set lo up\n"
                                                  "addr add $0/32 dev eth0\n"
                                                  "link set eth0 up\n"
                                                  "route add $1/32 dev eth0\n"
                                                  "route add default via $1\n",
                                                  pod->ip_, kNodeAddress),
                                 pod->network_fd_));
  if (ipv6_) GOSSAMER_RETURN_IF_ERROR(AddIpv6(number, pod.get()));
  return pod;
}

}  // namespace gossamer::harness
