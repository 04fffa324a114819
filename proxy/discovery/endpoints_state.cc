#include "proxy/discovery/endpoints_state.h"

#include <utility>

#include "proxy/policy/convert_common.h"
#include "proxy/policy/convert_endpoint.h"

namespace gossamer::proxy {

namespace api = io::linkerd::proxy::destination;

bool EndpointsState::Apply(const api::Update& update) {
  changed_ = false;
  switch (update.update_case()) {
    case api::Update::kAdd:
      return Add(update.add());
    case api::Update::kRemove:
      return Remove(update.remove());
    case api::Update::kNoEndpoints:
      changed_ = fresh_ || !endpoints_.empty();
      fresh_ = false;
      endpoints_.clear();
      return true;
    case api::Update::UPDATE_NOT_SET:
      return false;
  }
  return false;
}

bool EndpointsState::Add(const api::WeightedAddrSet& set) {
  std::map<net::SocketAddress, Endpoint> added;
  for (const api::WeightedAddr& message : set.addrs()) {
    absl::StatusOr<Endpoint> endpoint = ConvertEndpoint(message, set.metric_labels());
    if (!endpoint.ok()) continue;
    const net::SocketAddress address = endpoint->address;
    added.insert_or_assign(address, *std::move(endpoint));
  }
  if (added.empty()) return false;
  if (std::exchange(fresh_, false)) {
    changed_ = true;
    endpoints_ = std::move(added);
    return true;
  }
  for (auto& [address, endpoint] : added) {
    Endpoint& current = endpoints_[address];
    if (current == endpoint) continue;
    changed_ = true;
    current = std::move(endpoint);
  }
  return true;
}

bool EndpointsState::Remove(const api::AddrSet& set) {
  if (fresh_) return false;
  for (const auto& message : set.addrs()) {
    const absl::StatusOr<net::SocketAddress> address = ConvertAddress(message);
    if (address.ok() && endpoints_.erase(*address) > 0) changed_ = true;
  }
  return true;
}

EndpointSetPtr EndpointsState::Snapshot() const {
  auto set = std::make_shared<EndpointSet>();
  set->endpoints.reserve(endpoints_.size());
  for (const auto& [address, endpoint] : endpoints_) set->endpoints.push_back(endpoint);
  return set;
}

}  // namespace gossamer::proxy
