#ifndef PROXY_DISCOVERY_ENDPOINTS_STATE_H_
#define PROXY_DISCOVERY_ENDPOINTS_STATE_H_

#include <map>

#include "api/destination/v1/destination.pb.h"
#include "proxy/discovery/endpoint.h"

namespace gossamer::proxy {

// The set that a stream of updates describes. Pure.
//
// The first update that counts after a new stream replaces the set; a remove cannot be the first,
// and an add without a usable address does not count.
class EndpointsState {
 public:
  void OnStreamStart() { fresh_ = true; }

  // True where the update counts; see changed().
  bool Apply(const io::linkerd::proxy::destination::Update& update);
  // Whether the last Apply() changed the set or was a stream's first.
  bool changed() const { return changed_; }
  EndpointSetPtr Snapshot() const;

 private:
  bool Add(const io::linkerd::proxy::destination::WeightedAddrSet& set);
  bool Remove(const io::linkerd::proxy::destination::AddrSet& set);

  std::map<net::SocketAddress, Endpoint> endpoints_;
  bool fresh_ = true;  // No update of this stream has counted yet.
  bool changed_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_DISCOVERY_ENDPOINTS_STATE_H_
