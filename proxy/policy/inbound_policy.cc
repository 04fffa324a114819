#include "proxy/policy/inbound_policy.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace gossamer::proxy {
namespace {

bool InNetworks(const std::vector<NetworkMatch>& networks, const net::IpAddress& ip) {
  return std::any_of(networks.begin(), networks.end(), [&](const NetworkMatch& match) {
    return match.network.Contains(ip) &&
           std::none_of(match.except.begin(), match.except.end(),
                        [&](const net::IpNetwork& hole) { return hole.Contains(ip); });
  });
}

// Suffixes are for DNS names; a SPIFFE id is admitted by its whole name only.
bool HasSuffix(const std::vector<std::string>& suffixes, absl::string_view id) {
  if (absl::StrContains(id, "://")) return false;
  return std::any_of(suffixes.begin(), suffixes.end(), [&](const std::string& suffix) {
    return suffix.empty() || (id.size() > suffix.size() && absl::EndsWith(id, suffix));
  });
}

const Authorization* FirstThatAllows(const std::vector<Authorization>& authorizations,
                                     const ClientIdentity& client) {
  for (const Authorization& authorization : authorizations) {
    if (authorization.Allows(client)) return &authorization;
  }
  return nullptr;
}

}  // namespace

bool Authorization::Allows(const ClientIdentity& client) const {
  if (!InNetworks(networks, client.ip)) return false;
  switch (authentication) {
    case Authentication::kUnauthenticated:
      return true;
    case Authentication::kTlsUnauthenticated:
      return client.tls;
    case Authentication::kTlsAuthenticated:
      if (!client.tls || client.id.empty()) return false;
      return std::find(identities.begin(), identities.end(), client.id) != identities.end() ||
             HasSuffix(suffixes, client.id);
  }
  return false;
}

const Authorization* AuthorizeConnection(const ServerPolicy& policy, const ClientIdentity& client) {
  if (policy.invalid) return nullptr;
  return FirstThatAllows(policy.authorizations, client);
}

RequestVerdict JudgeRequest(const ServerPolicy& policy, const ClientIdentity& client,
                            const http::RequestHead& request) {
  static const Metadata* const kDefaultRoute = new Metadata(Metadata::Default("default"));
  RequestVerdict verdict;
  if (policy.routes.empty()) {
    verdict.route = kDefaultRoute;
    verdict.authorization = AuthorizeConnection(policy, client);
    return verdict;
  }
  const RouteChoice<InboundHttpRoute> choice = ChooseRoute(policy.routes, request);
  if (choice.route == nullptr) return verdict;
  verdict.route = &choice.route->metadata;
  verdict.rule = &choice.route->rules[choice.rule_index];
  if (policy.invalid) return verdict;
  verdict.authorization = FirstThatAllows(choice.route->authorizations, client);
  if (verdict.authorization == nullptr) {
    verdict.authorization = FirstThatAllows(policy.authorizations, client);
  }
  return verdict;
}

}  // namespace gossamer::proxy
