#include "services/destination/profiles/profile.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "services/destination/endpoints/opaque_ports.h"
#include "services/destination/endpoints/workload.h"
#include "services/destination/profiles/service_profile.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::destination;
using Pods = std::vector<std::shared_ptr<const k8s::Pod>>;

constexpr uint32_t kForwardWeight = 10000;

void SetResource(const char* group, const char* kind, const std::string& name,
                 const std::string& namespace_name, int port,
                 io::linkerd::proxy::meta::Metadata* metadata) {
  io::linkerd::proxy::meta::Resource* resource = metadata->mutable_resource();
  resource->set_group(group);
  resource->set_kind(kind);
  resource->set_name(name);
  resource->set_namespace_(namespace_name);
  resource->set_port(static_cast<uint32_t>(port));
}

class ProfileBuilder {
 public:
  ProfileBuilder(const Cluster& cluster, const Settings& settings, const ProfileQuery& query,
                 Topics* topics)
      : cluster_(cluster), settings_(settings), query_(query), topics_(topics) {}

  absl::StatusOr<proto::DestinationProfile> Build() {
    if (query_.authority.ip) return OfIp(*query_.authority.ip);
    GOSSAMER_ASSIGN_OR_RETURN(const ServiceHost host,
                              ParseServiceHost(query_.authority.host, settings_.cluster_domain));
    const Name name{host.namespace_name, host.service};
    topics_->insert(ServiceTopic(name.first, name.second));
    if (!host.hostname.empty()) return OfHostname(name, host.hostname);
    return OfService(name);
  }

 private:
  absl::StatusOr<proto::DestinationProfile> OfIp(const net::IpAddress& ip) {
    topics_->insert(IpTopic(ip));
    const std::vector<Name> services = cluster_.ServicesWithIp(ip);
    if (services.size() > 1) {
      return absl::FailedPreconditionError(absl::StrCat(
          "several services have the address ", ip.ToString(), ": ", services[0].second, ".",
          services[0].first, ", ", services[1].second, ".", services[1].first));
    }
    if (services.size() == 1) return OfService(services[0]);
    Pods pods = cluster_.PodsWithIp(ip);
    if (pods.empty()) pods = cluster_.PodsWithHostPort(ip, query_.authority.port);
    if (pods.size() > 1) {
      return absl::FailedPreconditionError(absl::StrCat("several pods have the address ",
                                                        ip.ToString(), ": ", pods[0]->meta.name,
                                                        ", ", pods[1]->meta.name));
    }
    return OfEndpoint(ip, query_.authority.port, pods.empty() ? nullptr : pods[0]);
  }

  absl::StatusOr<proto::DestinationProfile> OfService(const Name& name) {
    topics_->insert(ServiceTopic(name.first, name.second));
    const std::shared_ptr<const k8s::Service> service = cluster_.FindService(name);
    if (service == nullptr) {
      return absl::UnknownError(absl::StrCat("service \"", name.second, "\" not found"));
    }
    if (service->type == "ExternalName") {
      return absl::InvalidArgumentError(absl::StrCat("Invalid authority: service ", name.second,
                                                     ".", name.first,
                                                     " is an ExternalName, which has no profile"));
    }
    const int port = query_.authority.port;
    proto::DestinationProfile answer;
    if (service->FindPort(port) == nullptr) return answer;
    const std::string fqn =
        absl::StrCat(name.second, ".", name.first, ".svc.", settings_.cluster_domain);
    answer.set_fully_qualified_name(fqn);
    answer.set_opaque_protocol(OpaquePortsOf(*service, settings_.default_opaque_ports)
                                   .Contains(static_cast<uint16_t>(port)));
    SetResource("core", "Service", name.second, name.first, port, answer.mutable_parent_ref());
    SetDefaultRetryBudget(&answer);
    if (const auto profile = FindServiceProfile(fqn, name.first)) {
      TranslateProfile(*profile, port, &answer);
      SetResource("linkerd.io", "ServiceProfile", profile->meta.name, profile->meta.namespace_name,
                  0, answer.mutable_profile_ref());
      for (const std::string& text : profile->opaque_ports) {
        const auto ports = config::PortSet::Parse(text);
        if (ports.ok() && ports->Contains(static_cast<uint16_t>(port))) {
          answer.set_opaque_protocol(true);
        }
      }
    }
    return answer;
  }

  // The client's own profile of a service goes before the one beside the service.
  std::shared_ptr<const k8s::ServiceProfile> FindServiceProfile(
      const std::string& fqn, const std::string& service_namespace) {
    topics_->insert(ProfileTopic(query_.client_namespace, fqn));
    topics_->insert(ProfileTopic(service_namespace, fqn));
    auto profile = cluster_.FindProfile({query_.client_namespace, fqn});
    return profile != nullptr ? profile : cluster_.FindProfile({service_namespace, fqn});
  }

  absl::StatusOr<proto::DestinationProfile> OfHostname(const Name& service,
                                                       const std::string& hostname) {
    for (const auto& slice : cluster_.SlicesOf(service)) {
      for (const k8s::EndpointSlice::Endpoint& endpoint : slice->endpoints) {
        if (endpoint.hostname != hostname || endpoint.addresses.empty()) continue;
        const auto ip = net::IpAddress::Parse(endpoint.addresses[0]);
        if (!ip.ok() || !endpoint.target) continue;
        const std::string& space = endpoint.target->namespace_name;
        return OfEndpoint(
            *ip, query_.authority.port,
            cluster_.FindPod({space.empty() ? service.first : space, endpoint.target->name}));
      }
    }
    return absl::NotFoundError(absl::StrCat("no endpoint of ", service.second, ".", service.first,
                                            " is called ", hostname));
  }

  proto::DestinationProfile OfEndpoint(const net::IpAddress& ip, int port,
                                       std::shared_ptr<const k8s::Pod> pod) {
    proto::DestinationProfile answer;
    SetDefaultRetryBudget(&answer);
    proto::WeightedAddr* endpoint = answer.mutable_endpoint();
    SetAddress({ip, static_cast<uint16_t>(port)}, endpoint->mutable_addr());
    if (pod == nullptr) {
      endpoint->set_weight(kForwardWeight);
      answer.set_opaque_protocol(
          settings_.default_opaque_ports.Contains(static_cast<uint16_t>(port)));
      return answer;
    }
    topics_->insert(PodTopic(pod->meta.namespace_name, pod->meta.name));
    topics_->insert(ServersTopic(pod->meta.namespace_name));
    DescribePod(cluster_, settings_, *pod, ContainerPortOf(*pod, ip, port), endpoint);
    (*endpoint->mutable_metric_labels())["namespace"] = pod->meta.namespace_name;
    (*endpoint->mutable_metric_labels())["zone"] = cluster_.ZoneOf(pod->node_name);
    answer.set_opaque_protocol(
        IsOpaque(cluster_, settings_, *pod, ContainerPortOf(*pod, ip, port)));
    return answer;
  }

  // The container's port behind a port of the node; the port itself anywhere else.
  static int ContainerPortOf(const k8s::Pod& pod, const net::IpAddress& ip, int port) {
    const auto host = net::IpAddress::Parse(pod.host_ip);
    if (!host.ok() || *host != ip || pod.host_network) return port;
    for (const k8s::Pod::Container& container : pod.containers) {
      for (const k8s::Pod::ContainerPort& mapped : container.ports) {
        if (mapped.host_port == port) return mapped.container_port;
      }
    }
    return port;
  }

  const Cluster& cluster_;
  const Settings& settings_;
  const ProfileQuery& query_;
  Topics* topics_;
};

}  // namespace

std::string ProfileQuery::Key() const {
  return absl::StrCat(authority.host, "|", authority.port, "|", client_namespace);
}

absl::StatusOr<proto::DestinationProfile> BuildProfile(const Cluster& cluster,
                                                       const Settings& settings,
                                                       const ProfileQuery& query, Topics* topics) {
  return ProfileBuilder(cluster, settings, query, topics).Build();
}

}  // namespace gossamer::destination
