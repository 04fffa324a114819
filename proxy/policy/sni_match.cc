#include "proxy/policy/sni_match.h"

#include <optional>

namespace gossamer::proxy {

const OutboundTlsRoute* ChooseTlsRoute(const std::vector<OutboundTlsRoute>& routes,
                                       absl::string_view sni) {
  const OutboundTlsRoute* best = nullptr;
  MatchRank best_rank;
  for (const OutboundTlsRoute& route : routes) {
    // A server name is a host without port, so that both are matched alike.
    const std::optional<MatchRank> rank = MatchHosts(route.snis, sni);
    if (!rank.has_value()) continue;
    if (best != nullptr && !(*rank > best_rank)) continue;
    best = &route;
    best_rank = *rank;
  }
  return best;
}

}  // namespace gossamer::proxy
