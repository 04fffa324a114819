#ifndef PROXY_POLICY_OUTBOUND_POLICY_H_
#define PROXY_POLICY_OUTBOUND_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proxy/discovery/endpoint.h"
#include "proxy/policy/metadata.h"
#include "proxy/policy/route_match.h"

// Where connections to one original destination go and how: what GetProfile and the outbound
// policy's Watch say, put together.
namespace gossamer::proxy {

// How a balancer estimates endpoints' load.
struct LoadEstimate {
  absl::Duration default_rtt = absl::Milliseconds(30);
  absl::Duration decay = absl::Seconds(10);
  // Set: a failed response counts as this slow (penalty peak EWMA).
  std::optional<absl::Duration> penalty;
  absl::Duration max_retry_after = absl::Seconds(300);
};

struct Backend {
  enum class Kind {
    kBalance,  // Over the endpoints that Get(`path`) tells of.
    kForward,  // To `endpoint`.
    kFail,     // Nowhere: its filters answer, else 502.
  };

  Metadata metadata;
  Kind kind = Kind::kFail;
  std::string path;  // "name:port".
  LoadEstimate load;
  Endpoint endpoint;
  std::vector<Filter> filters;
  uint32_t weight = 1;
};

// Which of several backends takes a request.
struct Distribution {
  enum class Kind { kEmpty, kFirstAvailable, kRandomAvailable };
  Kind kind = Kind::kEmpty;
  std::vector<Backend> backends;
};

// A backend by weight among those that `allowed` admits; null where they weigh nothing together.
// `random` is a number from 0 to 2^64 - 1.
template <typename Allowed>
const Backend* ChooseByWeight(const Distribution& distribution, uint64_t random, Allowed allowed) {
  uint64_t total = 0;
  for (const Backend& backend : distribution.backends) {
    if (allowed(backend)) total += backend.weight;
  }
  if (total == 0) return nullptr;
  uint64_t left = random % total;
  for (const Backend& backend : distribution.backends) {
    if (!allowed(backend)) continue;
    if (left < backend.weight) return &backend;
    left -= backend.weight;
  }
  return nullptr;
}

struct OutboundRule : RouteRule {
  Distribution distribution;
};

struct OutboundHttpRoute {
  Metadata metadata;
  std::vector<HostMatch> hosts;
  std::vector<OutboundRule> rules;
};

struct OutboundTcpRoute {
  Metadata metadata;
  Distribution distribution;
  bool forbidden = false;
  std::string invalid;  // Why connections must fail; empty: they need not.
};

// Where TLS that the mesh does not end goes, by the server name of its ClientHello.
struct OutboundTlsRoute {
  std::vector<HostMatch> snis;  // Any; empty matches every name.
  OutboundTcpRoute tcp;
};

// Immutable, shared between threads.
struct OutboundPolicy {
  enum class Protocol { kDetect, kHttp1, kHttp2, kOpaque, kTls };

  Metadata parent;
  Protocol protocol = Protocol::kDetect;
  std::vector<OutboundHttpRoute> http_routes;  // For kDetect, kHttp1, kHttp2.
  OutboundTcpRoute tcp_route;                  // For kOpaque, and kDetect without HTTP.
  std::vector<OutboundTlsRoute> tls_routes;    // For kTls.
  // The name by which the destination is known, "web.ns.svc.cluster.local:80"; empty without.
  std::string logical_name;
  bool invalid = false;  // The message made no sense: HTTP 500, TCP closed.
  bool refused = false;  // Discovery failed for good: connections are closed.
};
using OutboundPolicyPtr = std::shared_ptr<const OutboundPolicy>;

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_OUTBOUND_POLICY_H_
