#ifndef PROXY_POLICY_ROUTE_MATCH_H_
#define PROXY_POLICY_ROUTE_MATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"
#include "re2/re2.h"

// Finding the route of a request: hosts, paths, headers, query parameters, methods, and for gRPC
// services and methods. Shared by inbound and outbound policy.
namespace gossamer::proxy {

// A host name or the wildcard below one.
struct HostMatch {
  bool suffix = false;
  std::string name;  // Lower-case; of a suffix without the leading "*.".
};

// A text that must be equal, or match a regular expression as a whole.
struct TextMatch {
  std::string exact;
  std::shared_ptr<const RE2> regex;  // Null: compare with `exact`.

  bool Matches(absl::string_view text) const;
};

struct PathMatch {
  enum class Kind { kExact, kPrefix, kRegex };
  Kind kind = Kind::kPrefix;
  std::string text = "/";  // Of a prefix without trailing slash, except for "/" itself.
  std::shared_ptr<const RE2> regex;
};

struct NamedMatch {
  std::string name;  // Of a header: lower-case.
  TextMatch value;
};

// All of what is given must hold.
struct RequestMatch {
  std::optional<PathMatch> path;
  std::vector<NamedMatch> headers;
  std::vector<NamedMatch> query_params;
  std::string method;  // Empty: any.
  // gRPC: POST to /service/method; an empty one is any.
  bool grpc = false;
  std::string grpc_service;
  std::string grpc_method;
};

struct HeaderModifier {
  std::vector<std::pair<std::string, std::string>> add;
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> remove;
};

// The answer that a filter gives in the endpoint's place.
struct InjectedFailure {
  bool grpc = false;
  int status = 500;  // HTTP, or with `grpc` the grpc-status.
  std::string message;
  uint32_t numerator = 1;  // For so many of `denominator` requests.
  uint32_t denominator = 1;
};

// One thing done to a request or its response, in order.
struct Filter {
  enum class Kind {
    kRequestHeaders,
    kResponseHeaders,
    kFailure,
    kUnknown,  // Not understood: the request is answered 500 rather than let through unfiltered.
  };
  Kind kind = Kind::kUnknown;
  HeaderModifier headers;
  InjectedFailure failure;
};

// What routes of both directions have.
struct RouteRule {
  std::vector<RequestMatch> matches;  // Any; empty matches all.
  std::vector<Filter> filters;
};

// How well a request fits; the greater wins, and among equals the one that comes first.
struct MatchRank {
  int host = 0;  // Of the host that matched: exact beats suffix beats none, longer beats shorter.
  int path = 0;  // Of a gRPC match: its service.
  int method_name = 0;  // Of gRPC: a longer service beats a longer method.
  int headers = 0;
  int query_params = 0;
  bool method = false;

  friend auto operator<=>(const MatchRank&, const MatchRank&) = default;
};

// Adds, then sets, then removes. Values are copied into `arena`.
void ModifyHeaders(const HeaderModifier& modifier, Arena* arena, http::Headers* headers);

// The rank of a request against hosts and one rule; nothing where it does not match.
std::optional<MatchRank> MatchHosts(const std::vector<HostMatch>& hosts,
                                    absl::string_view authority);
std::optional<MatchRank> MatchRule(const RouteRule& rule, const http::RequestHead& request);

template <typename Route>
struct RouteChoice {
  const Route* route = nullptr;
  size_t rule_index = 0;
};

// The best of `routes` (each with `hosts` and `rules`) and its rule; null where none matches.
template <typename Route>
RouteChoice<Route> ChooseRoute(const std::vector<Route>& routes, const http::RequestHead& request) {
  RouteChoice<Route> best;
  MatchRank best_rank;
  for (const Route& route : routes) {
    const std::optional<MatchRank> host = MatchHosts(route.hosts, request.authority);
    if (!host.has_value()) continue;
    for (size_t i = 0; i < route.rules.size(); ++i) {
      std::optional<MatchRank> rank = MatchRule(route.rules[i], request);
      if (!rank.has_value()) continue;
      rank->host = host->host;
      if (best.route != nullptr && !(*rank > best_rank)) continue;
      best = {&route, i};
      best_rank = *rank;
    }
  }
  return best;
}

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_ROUTE_MATCH_H_
