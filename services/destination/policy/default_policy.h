#ifndef SERVICES_DESTINATION_POLICY_DEFAULT_POLICY_H_
#define SERVICES_DESTINATION_POLICY_DEFAULT_POLICY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "api/inbound/v1/inbound.pb.h"
#include "lib/net/ip.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// Whether a default policy is called so: deny, audit,
// {all,cluster}-{authenticated,unauthenticated}.
bool IsDefaultPolicy(absl::string_view name);

// Its authorizations: one, or none where it is deny or no policy is called so.
std::vector<io::linkerd::proxy::inbound::Authz> DefaultAuthorizations(const std::string& name,
                                                                      const Settings& settings);

// The policy that asks for an identity where this one does not.
std::string AuthenticatedVariant(const std::string& name);

// Adds networks to an authorization. Every authorization needs one.
void AddNetworks(const std::vector<net::IpNetwork>& networks,
                 io::linkerd::proxy::inbound::Authz* authz);
void SetNetwork(const net::IpNetwork& from, io::linkerd::proxy::net::IPNetwork* to);
// 0.0.0.0/0 and ::/0.
std::vector<net::IpNetwork> AllNetworks();

// Sets the default policy's name, as metadata and in the older form of labels.
void SetDefaultOrigin(const std::string& name, io::linkerd::proxy::inbound::Authz* authz);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_DEFAULT_POLICY_H_
