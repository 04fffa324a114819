#ifndef TESTS_SUPPORT_WORKLOAD_H_
#define TESTS_SUPPORT_WORKLOAD_H_

#include <map>
#include <string>
#include <vector>

namespace gossamer::harness {

using StringMap = std::map<std::string, std::string>;

struct ContainerPort {
  std::string name;  // May be empty.
  int number = 0;
};

// What a Deployment says, as far as the harness acts on it: `replicas` equal pods.
struct Workload {
  std::string ns;
  std::string name;
  std::string service_account;  // Empty: the workload's name.
  int replicas = 1;
  StringMap labels;  // Of the pods. Empty: app=NAME.
  StringMap annotations;

  // The program and its arguments; empty where the test itself acts in the pod's network.
  std::vector<std::string> command;
  std::vector<std::string> environment;  // NAME=VALUE.
  std::vector<ContainerPort> ports;

  bool meshed = true;
  // Overrides and additions to what the injector would give the proxy; "NAME=" removes NAME.
  std::vector<std::string> proxy_environment;
  int proxy_open_files_max = 0;  // RLIMIT_NOFILE of the proxy; 0: the test's own.

  const std::string& account() const { return service_account.empty() ? name : service_account; }
};

// Which addresses a Service has in a cluster with IPv6; elsewhere all have IPv4.
enum class IpFamilies { kIpv4, kIpv6, kDual };

struct ServicePort {
  std::string name;
  int port = 0;
  int target_port = 0;            // 0: as `port`.
  std::string app_protocol = {};  // Empty: unset.
};

struct ServiceSpec {
  std::string ns;
  std::string name;
  StringMap selector;
  StringMap annotations;
  std::vector<ServicePort> ports;
  bool headless = false;
  IpFamilies families = IpFamilies::kIpv4;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_WORKLOAD_H_
