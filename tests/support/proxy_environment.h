#ifndef TESTS_SUPPORT_PROXY_ENVIRONMENT_H_
#define TESTS_SUPPORT_PROXY_ENVIRONMENT_H_

#include <string>
#include <vector>

#include "tests/support/manifest_writer.h"

namespace gossamer::harness {

inline constexpr unsigned kProxyUid = 2102;
inline constexpr char kIdentityFolder[] = "/var/run/linkerd/identity/end-entity";
inline constexpr char kTokenFile[] = "/var/run/secrets/tokens/linkerd-identity-token";

// The environment that Linkerd's injector gives the proxy of `pod`, NAME=VALUE each, in its order.
//
// Workloads called linkerd-identity and linkerd-destination in the control plane's namespace
// reach the servers of their own pod through "localhost.". The workload's proxy_environment comes
// last and wins.
std::vector<std::string> ProxyEnvironment(const PodRecord& pod, const std::string& trust_anchors);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_PROXY_ENVIRONMENT_H_
