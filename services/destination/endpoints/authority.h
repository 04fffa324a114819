#ifndef SERVICES_DESTINATION_ENDPOINTS_AUTHORITY_H_
#define SERVICES_DESTINATION_ENDPOINTS_AUTHORITY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace gossamer::destination {

// What a client asks for: `host[:port]`.
struct Authority {
  std::string host;
  int port = 80;
  std::optional<net::IpAddress> ip;  // Where the host is an address.
};

// The name of a service, or of one endpoint of it.
struct ServiceHost {
  std::string hostname;  // Of the endpoint; "" for the service.
  std::string service;
  std::string namespace_name;
};

// InvalidArgument `Invalid authority: TEXT` where it is none: no host, or a port outside 1 to
// 65535.
absl::StatusOr<Authority> ParseAuthority(absl::string_view text);

// Reads `<svc>.<ns>.svc.<domain>` or `<hostname>.<svc>.<ns>.svc.<domain>`. Nothing shorter, no
// trailing dot: InvalidArgument.
absl::StatusOr<ServiceHost> ParseServiceHost(absl::string_view host,
                                             absl::string_view cluster_domain);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_AUTHORITY_H_
