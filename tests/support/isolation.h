#ifndef TESTS_SUPPORT_ISOLATION_H_
#define TESTS_SUPPORT_ISOLATION_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace gossamer::harness {

// Runs `body` in namespaces of its own (network, mount, process, host name, IPC) and returns what
// it returned.
//
// Everything that `body` starts lives in the process namespace and everything that it creates in
// the network lives in the network namespace: when `body` returns, crashes or is killed, or when
// the caller is killed with SIGKILL, the kernel removes all of it. Inside, `body` is root, the
// loopback device is up, /proc and /run are private and /etc/resolv.conf names `kDnsAddress`.
//
// As root no user namespace is made. An ordinary user gets one with a range of ids from
// /etc/subuid and /etc/subgid (by newuidmap and newgidmap): a proxy needs a uid of its own, for
// that uid is what the firewall rules exempt. Where this cannot be had the error says what to do.
//
// SIGINT, SIGTERM and SIGHUP sent to the caller arrive in `body`'s process; the second one kills
// everything. The calling process must have a single thread. File descriptors stay open in `body`,
// so a socket opened before the call still belongs to the caller's network.
absl::StatusOr<int> RunIsolated(const std::function<int()>& body);

// The address of the cluster's name server (see ClusterDns).
inline constexpr char kDnsAddress[] = "10.43.0.10";

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_ISOLATION_H_
