#include "tests/support/proxy_environment.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"

namespace gossamer::harness {
namespace {

constexpr char kClusterNetworks[] =
    "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8";
constexpr char kOpaquePorts[] = "25,587,3306,4444,5432,6379,9300,11211";

std::string ControlAddress(const Workload& workload, absl::string_view own_workload,
                           absl::string_view service, int port) {
  if (workload.ns == kControlPlaneNamespace && workload.name == own_workload) {
    return absl::StrCat("localhost.:", port);
  }
  return absl::StrCat(service, ".", kControlPlaneNamespace, ".svc.", kClusterDomain, ".:", port);
}

// The injector sorts them as strings.
std::string InboundPorts(const Workload& workload) {
  std::set<std::string> ports;
  for (const ContainerPort& port : workload.ports) ports.insert(absl::StrCat(port.number));
  return absl::StrJoin(ports, ",");
}

std::string OpaquePorts(const Workload& workload) {
  const auto found = workload.annotations.find("config.linkerd.io/opaque-ports");
  return found != workload.annotations.end() ? found->second : kOpaquePorts;
}

void Override(const std::string& setting, std::vector<std::string>* environment) {
  const std::string name = setting.substr(0, setting.find('=') + 1);
  environment->erase(
      std::remove_if(environment->begin(), environment->end(),
                     [&](const std::string& e) { return absl::StartsWith(e, name); }),
      environment->end());
  if (setting.size() > name.size()) environment->push_back(setting);
}

}  // namespace

std::vector<std::string> ProxyEnvironment(const PodRecord& pod, const std::string& trust_anchors) {
  const Workload& workload = *pod.workload;
  const bool ipv6 = !pod.ip6.empty();
  const std::string any = ipv6 ? "[::]" : "0.0.0.0";  // Of both families.
  const std::string destination_name = IdentityName("linkerd-destination", kControlPlaneNamespace);
  std::vector<std::string> environment = {
      "_pod_name=" + pod.name,
      "_pod_ns=" + workload.ns,
      absl::StrCat("_pod_uid=uid-", pod.name),
      "_pod_ip=" + pod.ip,
      absl::StrCat("_pod_nodeName=", kNodeName),
      "_pod_containerName=linkerd-proxy",
      "HOSTNAME=" + pod.name,
  };
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"CORES", "1"},
      {"CORES_MIN", "1"},
      {"SHUTDOWN_ENDPOINT_ENABLED", "false"},
      {"LOG", "warn,linkerd=info,hickory=error,[{headers}]=off,[{request}]=off"},
      {"LOG_FORMAT", "plain"},
      {"DESTINATION_SVC_ADDR",
       ControlAddress(workload, "linkerd-destination", "linkerd-dst-headless", 8086)},
      {"DESTINATION_PROFILE_NETWORKS", kClusterNetworks},
      {"POLICY_SVC_ADDR", ControlAddress(workload, "linkerd-destination", "linkerd-policy", 8090)},
      {"POLICY_WORKLOAD",
       absl::Substitute("{\"ns\":\"$0\", \"pod\":\"$1\"}\n", workload.ns, pod.name)},
      {"INBOUND_DEFAULT_POLICY", "all-unauthenticated"},
      {"POLICY_CLUSTER_NETWORKS", kClusterNetworks},
      {"CONTROL_STREAM_INITIAL_TIMEOUT", "3s"},
      {"CONTROL_STREAM_IDLE_TIMEOUT", "5m"},
      {"CONTROL_STREAM_LIFETIME", "1h"},
      {"INBOUND_CONNECT_TIMEOUT", "100ms"},
      {"OUTBOUND_CONNECT_TIMEOUT", "1000ms"},
      {"OUTBOUND_DISCOVERY_IDLE_TIMEOUT", "5s"},
      {"INBOUND_DISCOVERY_IDLE_TIMEOUT", "90s"},
      {"CONTROL_LISTEN_ADDR", absl::StrCat(any, ":", kTapPort)},
      {"ADMIN_LISTEN_ADDR", absl::StrCat(any, ":", kAdminPort)},
      {"OUTBOUND_LISTEN_ADDR", absl::StrCat("127.0.0.1:", kOutboundPort)},
      {"OUTBOUND_LISTEN_ADDRS", absl::StrCat("127.0.0.1:", kOutboundPort,
                                             ipv6 ? absl::StrCat(",[::1]:", kOutboundPort) : "")},
      {"INBOUND_LISTEN_ADDR", absl::StrCat(any, ":", kInboundPort)},
      {"INBOUND_IPS", ipv6 ? absl::StrCat(pod.ip, ",", pod.ip6) : pod.ip},
      {"INBOUND_PORTS", InboundPorts(workload)},
      {"DESTINATION_PROFILE_SUFFIXES", absl::StrCat("svc.", kClusterDomain, ".")},
      {"INBOUND_ACCEPT_KEEPALIVE", "10000ms"},
      {"OUTBOUND_CONNECT_KEEPALIVE", "10000ms"},
      {"INBOUND_ACCEPT_USER_TIMEOUT", "30s"},
      {"OUTBOUND_CONNECT_USER_TIMEOUT", "30s"},
      {"OUTBOUND_METRICS_HOSTNAME_LABELS", "false"},
      {"OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL", "10s"},
      {"OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT", "3s"},
      {"INBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL", "10s"},
      {"INBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT", "3s"},
      {"INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION", OpaquePorts(workload)},
      {"DESTINATION_CONTEXT",
       absl::Substitute("{\"ns\":\"$0\", \"nodeName\":\"$1\", \"pod\":\"$2\"}\n", workload.ns,
                        kNodeName, pod.name)},
      {"IDENTITY_DIR", kIdentityFolder},
      {"IDENTITY_TRUST_ANCHORS", trust_anchors},
      {"IDENTITY_TOKEN_FILE", kTokenFile},
      {"IDENTITY_SVC_ADDR",
       ControlAddress(workload, "linkerd-identity", "linkerd-identity-headless", 8080)},
      {"IDENTITY_LOCAL_NAME", IdentityName(workload.account(), workload.ns)},
      {"IDENTITY_SVC_NAME", IdentityName("linkerd-identity", kControlPlaneNamespace)},
      {"DESTINATION_SVC_NAME", destination_name},
      {"POLICY_SVC_NAME", destination_name},
  };
  for (const auto& [name, value] : settings) {
    if (!value.empty()) environment.push_back(absl::StrCat("LINKERD2_PROXY_", name, "=", value));
  }
  for (const std::string& setting : workload.proxy_environment) Override(setting, &environment);
  return environment;
}

}  // namespace gossamer::harness
