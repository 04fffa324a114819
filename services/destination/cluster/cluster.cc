#include "services/destination/cluster/cluster.h"

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <variant>

namespace gossamer::destination {
namespace {

template <typename Kind>
std::shared_ptr<const Kind> Find(const Cluster::Table<Kind>& table, const Name& name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

template <typename Kind>
std::vector<std::shared_ptr<const Kind>> AllIn(const Cluster::Table<Kind>& table,
                                               const std::string& namespace_name) {
  std::vector<std::shared_ptr<const Kind>> objects;
  for (auto it = table.lower_bound({namespace_name, ""});
       it != table.end() && it->first.first == namespace_name; ++it) {
    objects.push_back(it->second);
  }
  return objects;
}

Name NameOf(const k8s::ObjectMeta& meta) { return {meta.namespace_name, meta.name}; }

// Adds or removes one value of a set in a map of sets, and the set once it is empty.
template <typename Map, typename Key, typename Value>
void Update(Map* map, const Key& key, const Value& value, bool add) {
  if (add) {
    (*map)[key].insert(value);
    return;
  }
  const auto found = map->find(key);
  if (found == map->end()) return;
  found->second.erase(value);
  if (found->second.empty()) map->erase(found);
}

bool IsServerParent(const k8s::HttpRoute::ParentRef& parent) {
  return parent.ref.kind == "Server" && parent.ref.group == k8s::kPolicyGroup;
}
bool IsServiceParent(const k8s::HttpRoute::ParentRef& parent) {
  return parent.ref.kind == "Service" && parent.ref.group.empty();
}

}  // namespace

Topics Cluster::Apply(const std::vector<source::Event>& events) {
  Topics topics;
  for (const source::Event& event : events) {
    if (const auto* applied = std::get_if<source::Applied>(&event)) {
      Put(applied->object, &topics);
    } else if (const auto* deleted = std::get_if<source::Deleted>(&event)) {
      Remove(deleted->key, &topics);
    }
  }
  return topics;
}

template <typename Kind>
void Cluster::Swap(Table<Kind>* table, const Name& name, std::shared_ptr<const Kind> next,
                   Topics* topics) {
  const std::shared_ptr<const Kind> before = Find(*table, name);
  constexpr bool kIndexed = std::is_same_v<Kind, k8s::Service> ||
                            std::is_same_v<Kind, k8s::EndpointSlice> ||
                            std::is_same_v<Kind, k8s::Pod>;
  if constexpr (kIndexed) {
    if (before != nullptr) Index(*before, /*add=*/false, topics);
  }
  if (next == nullptr) {
    table->erase(name);
    return;
  }
  if constexpr (kIndexed) Index(*next, /*add=*/true, topics);
  (*table)[name] = std::move(next);
}

void Cluster::Put(const k8s::Object& object, Topics* topics) {
  const Name name{object.key.namespace_name, object.key.name};
  const auto swap = [&](auto* table) {
    using Kind = std::remove_const_t<
        typename std::remove_reference_t<decltype(*table)>::mapped_type::element_type>;
    Swap<Kind>(table, name, object.As<Kind>(), topics);
  };
  if (object.As<k8s::Service>()) swap(&services_);
  if (object.As<k8s::EndpointSlice>()) swap(&slices_);
  if (object.As<k8s::Pod>()) swap(&pods_);
  if (object.As<k8s::Node>()) swap(&nodes_);
  if (object.As<k8s::ServiceProfile>()) swap(&profiles_);
  if (object.As<k8s::Server>()) swap(&servers_);
  if (object.As<k8s::AuthorizationPolicy>()) swap(&authorization_policies_);
  if (object.As<k8s::MeshTlsAuthentication>()) swap(&mesh_tls_);
  if (object.As<k8s::NetworkAuthentication>()) swap(&networks_);
  if (auto route = object.As<k8s::PolicyHttpRoute>()) SwapRoute(object.key, route, topics);
  if (auto route = object.As<k8s::GatewayHttpRoute>()) SwapRoute(object.key, route, topics);
  Touch(object.key, topics);
}

void Cluster::Remove(const k8s::ObjectKey& key, Topics* topics) {
  const Name name{key.namespace_name, key.name};
  const auto erase = [&](auto* table) {
    using Kind = std::remove_const_t<
        typename std::remove_reference_t<decltype(*table)>::mapped_type::element_type>;
    if (key.kind == Kind::kKind && key.group == Kind::kGroup) {
      Swap<Kind>(table, name, nullptr, topics);
    }
  };
  erase(&services_);
  erase(&slices_);
  erase(&pods_);
  erase(&nodes_);
  erase(&profiles_);
  erase(&servers_);
  erase(&authorization_policies_);
  erase(&mesh_tls_);
  erase(&networks_);
  SwapRoute(key, nullptr, topics);
  Touch(key, topics);
}

void Cluster::Touch(const k8s::ObjectKey& key, Topics* topics) {
  const std::string& space = key.namespace_name;
  if (key.kind == k8s::ServiceProfile::kKind) topics->insert(ProfileTopic(space, key.name));
  if (key.kind == k8s::Server::kKind) topics->insert(ServersTopic(space));
  if (key.kind == k8s::AuthorizationPolicy::kKind) topics->insert(AuthorizationsTopic(space));
  if (key.kind == k8s::MeshTlsAuthentication::kKind ||
      key.kind == k8s::NetworkAuthentication::kKind) {
    topics->insert(AuthenticationsTopic(space));
  }
  if (key.kind != k8s::Server::kKind) return;
  // A server may make ports opaque that endpoints of the namespace's services have.
  for (auto it = services_.lower_bound({space, ""});
       it != services_.end() && it->first.first == space; ++it) {
    topics->insert(ServiceTopic(space, it->first.second));
  }
}

void Cluster::Index(const k8s::Service& service, bool add, Topics* topics) {
  const Name name = NameOf(service.meta);
  topics->insert(ServiceTopic(name.first, name.second));
  for (const std::string& text : service.cluster_ips) {
    const absl::StatusOr<net::IpAddress> ip = net::IpAddress::Parse(text);
    if (!ip.ok()) continue;
    Update(&services_by_ip_, *ip, name, add);
    topics->insert(IpTopic(*ip));
  }
}

void Cluster::Index(const k8s::EndpointSlice& slice, bool add, Topics* topics) {
  const Name service{slice.meta.namespace_name, slice.ServiceName()};
  topics->insert(ServiceTopic(service.first, service.second));
  Update(&slices_by_service_, service, NameOf(slice.meta), add);
  for (const k8s::EndpointSlice::Endpoint& endpoint : slice.endpoints) {
    if (!endpoint.target || endpoint.target->kind != k8s::Pod::kKind) continue;
    const std::string& space = endpoint.target->namespace_name;
    const Name pod{space.empty() ? slice.meta.namespace_name : space, endpoint.target->name};
    std::map<Name, int>& services = services_by_pod_[pod];
    int& count = services[service];
    count += add ? 1 : -1;
    if (count <= 0) services.erase(service);
    if (services.empty()) services_by_pod_.erase(pod);
  }
}

void Cluster::Index(const k8s::Pod& pod, bool add, Topics* topics) {
  const Name name = NameOf(pod.meta);
  topics->insert(PodTopic(name.first, name.second));
  if (const auto found = services_by_pod_.find(name); found != services_by_pod_.end()) {
    for (const auto& [service, count] : found->second) {
      topics->insert(ServiceTopic(service.first, service.second));
    }
  }
  if (!pod.host_network) {
    for (const std::string& text : pod.pod_ips) {
      const absl::StatusOr<net::IpAddress> ip = net::IpAddress::Parse(text);
      if (!ip.ok()) continue;
      Update(&pods_by_ip_, *ip, name, add);
      topics->insert(IpTopic(*ip));
    }
  }
  const absl::StatusOr<net::IpAddress> host = net::IpAddress::Parse(pod.host_ip);
  const bool takes_host_port = std::any_of(
      pod.containers.begin(), pod.containers.end(), [](const k8s::Pod::Container& container) {
        return std::any_of(container.ports.begin(), container.ports.end(),
                           [](const auto& port) { return port.host_port != 0; });
      });
  if (host.ok() && takes_host_port) {
    Update(&pods_by_host_ip_, *host, name, add);
    topics->insert(IpTopic(*host));
  }
}

void Cluster::SwapRoute(const k8s::ObjectKey& key, std::shared_ptr<const k8s::HttpRoute> next,
                        Topics* topics) {
  const auto found = routes_.find(key);
  if (found != routes_.end()) {
    Index(*found->second, key, /*add=*/false, topics);
    routes_.erase(found);
  }
  if (next == nullptr) return;
  Index(*next, key, /*add=*/true, topics);
  routes_[key] = std::move(next);
}

void Cluster::Index(const k8s::HttpRoute& route, const k8s::ObjectKey& key, bool add,
                    Topics* topics) {
  for (const k8s::HttpRoute::ParentRef& parent : route.parents) {
    const std::string& space = parent.ref.namespace_name;
    const Name name{space.empty() ? route.meta.namespace_name : space, parent.ref.name};
    if (IsServerParent(parent)) {
      Update(&routes_by_server_, name, key, add);
      topics->insert(AuthorizationsTopic(name.first));
    } else if (IsServiceParent(parent)) {
      Update(&routes_by_service_, name, key, add);
      topics->insert(RoutesTopic(name.first, name.second));
    }
  }
}

std::shared_ptr<const k8s::Service> Cluster::FindService(const Name& name) const {
  return Find(services_, name);
}
std::shared_ptr<const k8s::Pod> Cluster::FindPod(const Name& name) const {
  return Find(pods_, name);
}
std::shared_ptr<const k8s::ServiceProfile> Cluster::FindProfile(const Name& name) const {
  return Find(profiles_, name);
}
std::shared_ptr<const k8s::MeshTlsAuthentication> Cluster::FindMeshTls(const Name& name) const {
  return Find(mesh_tls_, name);
}
std::shared_ptr<const k8s::NetworkAuthentication> Cluster::FindNetworks(const Name& name) const {
  return Find(networks_, name);
}

std::string Cluster::ZoneOf(const std::string& node) const {
  const auto found = Find(nodes_, {"", node});
  return found == nullptr ? "" : found->Zone();
}

std::vector<std::shared_ptr<const k8s::EndpointSlice>> Cluster::SlicesOf(
    const Name& service) const {
  std::vector<std::shared_ptr<const k8s::EndpointSlice>> slices;
  const auto found = slices_by_service_.find(service);
  if (found == slices_by_service_.end()) return slices;
  for (const Name& name : found->second) slices.push_back(Find(slices_, name));
  return slices;
}

std::vector<Name> Cluster::ServicesWithIp(const net::IpAddress& ip) const {
  const auto found = services_by_ip_.find(ip);
  if (found == services_by_ip_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<std::shared_ptr<const k8s::Pod>> Cluster::PodsWithIp(const net::IpAddress& ip) const {
  std::vector<std::shared_ptr<const k8s::Pod>> pods;
  const auto found = pods_by_ip_.find(ip);
  if (found == pods_by_ip_.end()) return pods;
  for (const Name& name : found->second) {
    std::shared_ptr<const k8s::Pod> pod = Find(pods_, name);
    if (pod->IsRunning()) pods.push_back(std::move(pod));
  }
  // An address may pass on to a new pod before the old one's object is gone.
  if (pods.size() > 1) {
    pods.erase(std::remove_if(pods.begin(), pods.end(),
                              [](const auto& pod) { return pod->meta.deleting; }),
               pods.end());
  }
  return pods;
}

std::vector<std::shared_ptr<const k8s::Pod>> Cluster::PodsWithHostPort(const net::IpAddress& ip,
                                                                       int port) const {
  std::vector<std::shared_ptr<const k8s::Pod>> pods;
  const auto found = pods_by_host_ip_.find(ip);
  if (found == pods_by_host_ip_.end()) return pods;
  for (const Name& name : found->second) {
    std::shared_ptr<const k8s::Pod> pod = Find(pods_, name);
    const bool takes =
        std::any_of(pod->containers.begin(), pod->containers.end(),
                    [port](const k8s::Pod::Container& container) {
                      return std::any_of(container.ports.begin(), container.ports.end(),
                                         [port](const auto& p) { return p.host_port == port; });
                    });
    if (takes && pod->IsRunning()) pods.push_back(std::move(pod));
  }
  return pods;
}

std::vector<std::shared_ptr<const k8s::Server>> Cluster::ServersIn(
    const std::string& namespace_name) const {
  return AllIn(servers_, namespace_name);
}

std::vector<std::shared_ptr<const k8s::AuthorizationPolicy>> Cluster::AuthorizationPoliciesIn(
    const std::string& namespace_name) const {
  return AllIn(authorization_policies_, namespace_name);
}

std::vector<std::shared_ptr<const k8s::HttpRoute>> Cluster::RoutesOfServer(
    const Name& server) const {
  return RoutesAt(routes_by_server_, server);
}
std::vector<std::shared_ptr<const k8s::HttpRoute>> Cluster::RoutesOfService(
    const Name& service) const {
  return RoutesAt(routes_by_service_, service);
}

std::vector<std::shared_ptr<const k8s::HttpRoute>> Cluster::RoutesAt(
    const std::map<Name, std::set<k8s::ObjectKey>>& index, const Name& parent) const {
  std::vector<std::shared_ptr<const k8s::HttpRoute>> routes;
  const auto found = index.find(parent);
  if (found == index.end()) return routes;
  for (const k8s::ObjectKey& key : found->second) routes.push_back(routes_.at(key));
  std::sort(routes.begin(), routes.end(), [](const auto& a, const auto& b) {
    return std::tie(a->meta.created, a->group, a->meta.name, a->meta.namespace_name) <
           std::tie(b->meta.created, b->group, b->meta.name, b->meta.namespace_name);
  });
  return routes;
}

}  // namespace gossamer::destination
