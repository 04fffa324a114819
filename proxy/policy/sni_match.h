#ifndef PROXY_POLICY_SNI_MATCH_H_
#define PROXY_POLICY_SNI_MATCH_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "proxy/policy/outbound_policy.h"

namespace gossamer::proxy {

// The route for TLS connections whose ClientHello names `sni`: an exact name beats a suffix, a
// longer suffix a shorter one, and any match a route without names, which takes everything. Among
// equals the first. Case does not matter, nor does a trailing dot. Null where none matches.
const OutboundTlsRoute* ChooseTlsRoute(const std::vector<OutboundTlsRoute>& routes,
                                       absl::string_view sni);

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_SNI_MATCH_H_
