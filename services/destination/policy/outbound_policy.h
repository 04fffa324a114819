#ifndef SERVICES_DESTINATION_POLICY_OUTBOUND_POLICY_H_
#define SERVICES_DESTINATION_POLICY_OUTBOUND_POLICY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/outbound/v1/outbound.pb.h"
#include "lib/net/ip.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/topics.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// What Watch asks for, with all of the asker that the answer depends on.
struct OutboundQuery {
  // Whose routes to other namespaces' services hold.
  std::string client_namespace;
  // A service by name, or the address that an application dialled.
  std::optional<Name> service;
  net::IpAddress ip;
  int port = 0;

  // A text that differs where any member does.
  std::string Key() const;
};

// The service and port of `<name>.<ns>.svc[.<domain>][:port]`. InvalidArgument where that is no
// authority, NotFound where it is another's.
absl::StatusOr<OutboundQuery> ParseOutboundAuthority(absl::string_view authority,
                                                     const Settings& settings);

// The policy for it. Adds the topics it read. NotFound for an address inside the cluster that is no
// service's: clients then forward to the address itself.
absl::StatusOr<io::linkerd::proxy::outbound::OutboundPolicy> BuildOutboundPolicy(
    const Cluster& cluster, const Settings& settings, const OutboundQuery& query, Topics* topics);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_OUTBOUND_POLICY_H_
