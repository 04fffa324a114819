#include "services/destination/streams/questions.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/log/log.h"
#include "lib/status/status_macros.h"
#include "services/destination/endpoints/authority.h"
#include "services/destination/endpoints/encode.h"
#include "services/destination/endpoints/endpoint_set.h"
#include "services/destination/endpoints/token.h"
#include "services/destination/policy/inbound_policy.h"
#include "services/destination/policy/outbound_policy.h"
#include "services/destination/profiles/profile.h"
#include "services/destination/streams/endpoint_snapshot.h"

namespace gossamer::destination {
namespace {

using SnapshotOr = absl::StatusOr<std::shared_ptr<const Snapshot>>;

// A built message as a snapshot, or why there is none.
template <typename Message>
SnapshotOr AsSnapshot(const absl::StatusOr<Message>& message) {
  if (!message.ok()) return message.status();
  return std::make_shared<MessageSnapshot>(Encode(*message));
}

absl::StatusOr<int> CheckPort(uint32_t port) {
  if (port >= 1 && port <= 65535) return static_cast<int>(port);
  return absl::InvalidArgumentError(absl::StrCat("Invalid port: ", port));
}

absl::StatusOr<net::IpAddress> ReadIp(const io::linkerd::proxy::net::IPAddress& ip) {
  if (ip.has_ipv4()) return net::IpAddress::V4(ip.ipv4());
  if (!ip.has_ipv6()) return absl::InvalidArgumentError("Invalid target: the address has no IP");
  std::array<uint8_t, 16> octets;
  for (int i = 0; i < 8; ++i) {
    octets[i] = static_cast<uint8_t>(ip.ipv6().first() >> (56 - 8 * i));
    octets[i + 8] = static_cast<uint8_t>(ip.ipv6().last() >> (56 - 8 * i));
  }
  return net::IpAddress::V6(octets);
}

// A zone, or a node for a service that keeps traffic there, is all that differs between clients. A
// service that changes its mind about that makes its streams begin anew.
SnapshotOr BuildGet(const Cluster& cluster, const Settings& settings, const EndpointQuery& query,
                    bool is_local, Topics* topics) {
  topics->insert(ServiceTopic(query.service.first, query.service.second));
  const auto service = cluster.FindService(query.service);
  if (service != nullptr) {
    GOSSAMER_RETURN_IF_ERROR(CheckService(cluster, query.service));
    if (service->internal_traffic_local != is_local) {
      return absl::AbortedError("the service's traffic policy changed");
    }
  }
  auto endpoints = BuildEndpointSet(cluster, settings, query);
  if (endpoints->unresolved() > 0) {
    // Passes while a pod's manifest is on its way; what lasts is a service with fewer endpoints
    // than meant.
    GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "destination::endpoints",
                       "endpoints left out: their pods are not known",
                       {"namespace", query.service.first}, {"service", query.service.second},
                       {"count", endpoints->unresolved()});
  }
  return std::make_shared<EndpointSnapshot>(std::move(endpoints));
}

}  // namespace

absl::StatusOr<Question> GetQuestion(const io::linkerd::proxy::destination::GetDestination& request,
                                     const Settings& settings, const Hub& hub) {
  GOSSAMER_ASSIGN_OR_RETURN(const Authority authority, ParseAuthority(request.path()));
  if (authority.ip) {
    return absl::InvalidArgumentError(
        absl::StrCat("IP queries not supported by Get API: host=", authority.host));
  }
  GOSSAMER_ASSIGN_OR_RETURN(const ServiceHost host,
                            ParseServiceHost(authority.host, settings.cluster_domain));
  const ContextToken token = ParseContextToken(request.context_token());
  EndpointQuery query;
  query.service = {host.namespace_name, host.service};
  query.port = authority.port;
  query.hostname = host.hostname;
  bool is_local = false;
  absl::Status found;
  hub.Read([&](const Cluster& cluster) {
    found = CheckService(cluster, query.service);
    if (!found.ok()) return;
    query.client_zone = cluster.ZoneOf(token.node);
    is_local = cluster.FindService(query.service)->internal_traffic_local;
    if (is_local) query.client_node = token.node;
  });
  GOSSAMER_RETURN_IF_ERROR(found);
  return Question{"Get", absl::StrCat(query.Key(), is_local ? "|local" : ""),
                  [query, is_local, &settings](const Cluster& cluster, Topics* topics) {
                    return BuildGet(cluster, settings, query, is_local, topics);
                  }};
}

absl::StatusOr<Question> ProfileQuestion(
    const io::linkerd::proxy::destination::GetDestination& request, const Settings& settings) {
  ProfileQuery query;
  GOSSAMER_ASSIGN_OR_RETURN(query.authority, ParseAuthority(request.path()));
  query.client_namespace = ParseContextToken(request.context_token()).namespace_name;
  return Question{"GetProfile", query.Key(),
                  [query, &settings](const Cluster& cluster, Topics* topics) {
                    return AsSnapshot(BuildProfile(cluster, settings, query, topics));
                  }};
}

absl::StatusOr<Question> InboundQuestion(const io::linkerd::proxy::inbound::PortSpec& request,
                                         const Settings& settings) {
  GOSSAMER_ASSIGN_OR_RETURN(const WorkloadToken workload, ParseWorkloadToken(request.workload()));
  GOSSAMER_ASSIGN_OR_RETURN(const int port, CheckPort(request.port()));
  return Question{
      "WatchPort",
      absl::StrCat(workload.namespace_name, "/", workload.pod, "/", workload.external_workload, ":",
                   port),
      [workload, port, &settings](const Cluster& cluster, Topics* topics) {
        return AsSnapshot(BuildInboundPolicy(cluster, settings, workload, port, topics));
      }};
}

absl::StatusOr<Question> OutboundQuestion(const io::linkerd::proxy::outbound::TrafficSpec& request,
                                          const Settings& settings) {
  GOSSAMER_ASSIGN_OR_RETURN(const WorkloadToken workload,
                            ParseWorkloadToken(request.source_workload()));
  OutboundQuery query;
  if (request.has_addr()) {
    GOSSAMER_ASSIGN_OR_RETURN(query.ip, ReadIp(request.addr().ip()));
    GOSSAMER_ASSIGN_OR_RETURN(query.port, CheckPort(request.addr().port()));
  } else if (request.has_authority()) {
    GOSSAMER_ASSIGN_OR_RETURN(query, ParseOutboundAuthority(request.authority(), settings));
  } else {
    return absl::InvalidArgumentError("Invalid target: an address or an authority is required");
  }
  query.client_namespace = workload.namespace_name;
  return Question{"Watch", query.Key(), [query, &settings](const Cluster& cluster, Topics* topics) {
                    return AsSnapshot(BuildOutboundPolicy(cluster, settings, query, topics));
                  }};
}

}  // namespace gossamer::destination
