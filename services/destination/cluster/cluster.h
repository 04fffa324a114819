#ifndef SERVICES_DESTINATION_CLUSTER_CLUSTER_H_
#define SERVICES_DESTINATION_CLUSTER_CLUSTER_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "lib/k8s/object.h"
#include "lib/net/ip.h"
#include "lib/source/source.h"
#include "services/destination/cluster/topics.h"

namespace gossamer::destination {

// Namespace and name.
using Name = std::pair<std::string, std::string>;

// The cluster's objects, found by what the answers ask for.
//
// Not thread-safe: the Hub owns it and guards it. An event costs work in proportion to the object,
// never to the cluster. Lookups of what is not there return nullptr or nothing.
class Cluster {
 public:
  template <typename Kind>
  using Table = std::map<Name, std::shared_ptr<const Kind>>;
  using RouteTable = std::map<k8s::ObjectKey, std::shared_ptr<const k8s::HttpRoute>>;

  // Takes the events over. Returns the topics they touch.
  Topics Apply(const std::vector<source::Event>& events);

  std::shared_ptr<const k8s::Service> FindService(const Name& name) const;
  std::shared_ptr<const k8s::Pod> FindPod(const Name& name) const;
  std::shared_ptr<const k8s::ServiceProfile> FindProfile(const Name& name) const;
  std::shared_ptr<const k8s::MeshTlsAuthentication> FindMeshTls(const Name& name) const;
  std::shared_ptr<const k8s::NetworkAuthentication> FindNetworks(const Name& name) const;
  // The zone of a node, "" where either is unknown.
  std::string ZoneOf(const std::string& node) const;

  std::vector<std::shared_ptr<const k8s::EndpointSlice>> SlicesOf(const Name& service) const;
  // By name; more than one where several claim the address.
  std::vector<Name> ServicesWithIp(const net::IpAddress& ip) const;
  // The running pods with the address as their own. While one with it is being deleted, only the
  // others.
  std::vector<std::shared_ptr<const k8s::Pod>> PodsWithIp(const net::IpAddress& ip) const;
  // The running pods that take the port of the node with this address.
  std::vector<std::shared_ptr<const k8s::Pod>> PodsWithHostPort(const net::IpAddress& ip,
                                                                int port) const;
  std::vector<std::shared_ptr<const k8s::Server>> ServersIn(
      const std::string& namespace_name) const;
  std::vector<std::shared_ptr<const k8s::AuthorizationPolicy>> AuthorizationPoliciesIn(
      const std::string& namespace_name) const;
  // Routes with the Server or Service as a parent, oldest first, then by name.
  std::vector<std::shared_ptr<const k8s::HttpRoute>> RoutesOfServer(const Name& server) const;
  std::vector<std::shared_ptr<const k8s::HttpRoute>> RoutesOfService(const Name& service) const;

 private:
  // Each pair takes an object of the kind in or out and adds what that touches.
  void Put(const k8s::Object& object, Topics* topics);
  void Remove(const k8s::ObjectKey& key, Topics* topics);
  void Index(const k8s::Service& service, bool add, Topics* topics);
  void Index(const k8s::EndpointSlice& slice, bool add, Topics* topics);
  void Index(const k8s::Pod& pod, bool add, Topics* topics);
  void Index(const k8s::HttpRoute& route, const k8s::ObjectKey& key, bool add, Topics* topics);
  template <typename Kind>
  void Swap(Table<Kind>* table, const Name& name, std::shared_ptr<const Kind> next, Topics* topics);
  void SwapRoute(const k8s::ObjectKey& key, std::shared_ptr<const k8s::HttpRoute> next,
                 Topics* topics);
  void Touch(const k8s::ObjectKey& key, Topics* topics);
  std::vector<std::shared_ptr<const k8s::HttpRoute>> RoutesAt(
      const std::map<Name, std::set<k8s::ObjectKey>>& index, const Name& parent) const;

  Table<k8s::Service> services_;
  Table<k8s::EndpointSlice> slices_;
  Table<k8s::Pod> pods_;
  Table<k8s::Node> nodes_;
  Table<k8s::ServiceProfile> profiles_;
  Table<k8s::Server> servers_;
  Table<k8s::AuthorizationPolicy> authorization_policies_;
  Table<k8s::MeshTlsAuthentication> mesh_tls_;
  Table<k8s::NetworkAuthentication> networks_;
  RouteTable routes_;

  std::map<Name, std::set<Name>> slices_by_service_;
  // Which services' slices point at the pod, and how many times.
  std::map<Name, std::map<Name, int>> services_by_pod_;
  absl::flat_hash_map<net::IpAddress, std::set<Name>> services_by_ip_;
  absl::flat_hash_map<net::IpAddress, std::set<Name>> pods_by_ip_;
  absl::flat_hash_map<net::IpAddress, std::set<Name>> pods_by_host_ip_;
  std::map<Name, std::set<k8s::ObjectKey>> routes_by_server_;
  std::map<Name, std::set<k8s::ObjectKey>> routes_by_service_;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_CLUSTER_CLUSTER_H_
