#ifndef PROXY_POLICY_CONVERT_OUTBOUND_H_
#define PROXY_POLICY_CONVERT_OUTBOUND_H_

#include <optional>

#include "absl/status/statusor.h"
#include "api/destination/v1/destination.pb.h"
#include "api/outbound/v1/outbound.pb.h"
#include "api/tls_route/v1/tls_route.pb.h"
#include "lib/net/ip.h"
#include "proxy/policy/outbound_policy.h"

namespace gossamer::proxy {

// What GetProfile says of a destination, as far as it changes where connections go.
struct Profile {
  std::string name;  // Fully qualified, without port; empty where it is no service.
  bool opaque = false;
  std::optional<Endpoint> endpoint;
  struct Override {
    std::string path;  // "name:port".
    uint32_t weight = 0;
  };
  std::vector<Override> overrides;  // A traffic split.
};
Profile ConvertProfile(const io::linkerd::proxy::destination::DestinationProfile& message);

// The outbound policy message as the proxy's own. InvalidArgument where a required part is missing
// or makes no sense.
absl::StatusOr<OutboundPolicy> ConvertOutboundPolicy(
    const io::linkerd::proxy::outbound::OutboundPolicy& message);

// Puts the two together for connections to `original`. `policy` is null where the policy service
// knows nothing of the address, `profile` where there is none.
OutboundPolicy CombinePolicy(const net::SocketAddress& original, const OutboundPolicy* policy,
                             const Profile* profile);

OutboundPolicy InvalidOutboundPolicy();
// Connections fail: discovery says for good that it cannot tell.
OutboundPolicy RefusedOutboundPolicy();

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_CONVERT_OUTBOUND_H_
