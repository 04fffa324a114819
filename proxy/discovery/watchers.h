#ifndef PROXY_DISCOVERY_WATCHERS_H_
#define PROXY_DISCOVERY_WATCHERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/random/random.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/net/ip.h"
#include "proxy/config/config.h"
#include "proxy/discovery/endpoint.h"
#include "proxy/discovery/hub.h"
#include "proxy/policy/inbound_policy.h"
#include "proxy/policy/outbound_policy.h"

// What is followed in the control plane, each by one stream or two. All on the control thread.
namespace gossamer::proxy {

// What watchers need; all borrowed.
struct WatchContext {
  event::Loop* loop = nullptr;
  rpc::Channel* destination = nullptr;
  rpc::Channel* policy = nullptr;
  const Config* config = nullptr;
  absl::BitGen* random = nullptr;
};

// The endpoints of "name:port" (Destination/Get).
std::unique_ptr<Watcher> WatchEndpoints(const WatchContext& context, const std::string& path,
                                        std::function<void(EndpointSetPtr)> publish);

// Where connections to an address go (Destination/GetProfile and OutboundPolicies/Watch, put
// together). Publishes once both have answered.
std::unique_ptr<Watcher> WatchTarget(const WatchContext& context,
                                     const net::SocketAddress& original,
                                     std::function<void(OutboundPolicyPtr)> publish);

// What a port of the workload allows (InboundServerPolicies/WatchPort). Publishes the default at
// once. `on_answer` runs once: when the policy service has spoken of the port for the first time,
// be it to say that it will not, and what it said has been published.
std::unique_ptr<Watcher> WatchPort(const WatchContext& context, uint16_t port,
                                   std::function<void(ServerPolicyPtr)> publish,
                                   std::function<void()> on_answer);

}  // namespace gossamer::proxy

#endif  // PROXY_DISCOVERY_WATCHERS_H_
