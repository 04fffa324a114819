#ifndef SERVICES_DESTINATION_ENDPOINTS_ENDPOINT_SET_H_
#define SERVICES_DESTINATION_ENDPOINTS_ENDPOINT_SET_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/destination/v1/destination.pb.h"
#include "lib/net/ip.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// What Get asks for, with all of the asker that the answer depends on: clients with equal queries
// share one answer.
struct EndpointQuery {
  Name service;
  int port = 80;
  std::string hostname;     // Of one endpoint; "" for all.
  std::string client_zone;  // "" where it is unknown.
  std::string client_node;  // Only for a service that keeps traffic on its node.

  // A text that differs where any member does.
  std::string Key() const;
};

// The endpoints of a query, at one moment. Immutable.
class EndpointSet {
 public:
  struct Endpoint {
    io::linkerd::proxy::destination::WeightedAddr address;
    std::string encoded;  // Equal for equal content.
  };

  bool exists() const { return exists_; }
  const std::map<net::SocketAddress, Endpoint>& endpoints() const { return endpoints_; }
  // Endpoints that were left out because their pod is not known.
  int unresolved() const { return unresolved_; }
  bool SameAs(const EndpointSet& other) const;

  // The updates that take a client from `before` to this set; from nothing where that is nullptr.
  // The first of these is never an empty `add` nor a `remove`: clients would not take either for an
  // answer.
  std::vector<io::linkerd::proxy::destination::Update> UpdatesFrom(const EndpointSet* before) const;

 private:
  friend class EndpointSetBuilder;

  bool exists_ = false;
  std::map<std::string, std::string> labels_;
  std::map<net::SocketAddress, Endpoint> endpoints_;
  int unresolved_ = 0;
};

// NotFound where there is no such service, InvalidArgument where it is an ExternalName.
absl::Status CheckService(const Cluster& cluster, const Name& service);

// The endpoints as they are now. A service that is not there has none and does not exist.
std::shared_ptr<const EndpointSet> BuildEndpointSet(const Cluster& cluster,
                                                    const Settings& settings,
                                                    const EndpointQuery& query);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_ENDPOINT_SET_H_
