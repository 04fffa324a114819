#ifndef PROXY_POLICY_INBOUND_POLICY_H_
#define PROXY_POLICY_INBOUND_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/http/message.h"
#include "lib/net/ip.h"
#include "proxy/policy/metadata.h"
#include "proxy/policy/route_match.h"

// What one port of the workload allows: the policy service's Server message, or a default, in the
// form that connections and requests are judged by.
namespace gossamer::proxy {

// A client's standing: where it comes from and what it has proved.
struct ClientIdentity {
  net::IpAddress ip;
  bool tls = false;  // Mesh TLS was terminated.
  std::string id;    // Verified; empty without a client certificate.
};

struct NetworkMatch {
  net::IpNetwork network;
  std::vector<net::IpNetwork> except;
};

// Admits clients that come from one of the networks and satisfy the authentication.
struct Authorization {
  enum class Authentication { kUnauthenticated, kTlsUnauthenticated, kTlsAuthenticated };

  Metadata metadata;
  std::vector<NetworkMatch> networks;
  Authentication authentication = Authentication::kUnauthenticated;
  // kTlsAuthenticated: one of these names, or an id below one of these suffixes ("" is any DNS id).
  std::vector<std::string> identities;
  std::vector<std::string> suffixes;  // With leading dot, or empty.

  bool Allows(const ClientIdentity& client) const;
};

struct InboundHttpRoute {
  Metadata metadata;
  std::vector<HostMatch> hosts;
  std::vector<RouteRule> rules;
  std::vector<Authorization> authorizations;  // Beside the server's.
};

// Immutable, shared between threads.
struct ServerPolicy {
  enum class Protocol { kDetect, kHttp1, kHttp2, kGrpc, kOpaque, kTls };

  Metadata metadata;
  Protocol protocol = Protocol::kDetect;
  absl::Duration detect_timeout = absl::Seconds(10);
  std::vector<Authorization> authorizations;
  std::vector<InboundHttpRoute> routes;  // Empty: one that matches everything.
  bool invalid = false;                  // The message made no sense: nothing is let through.

  bool is_http() const {
    return protocol == Protocol::kHttp1 || protocol == Protocol::kHttp2 ||
           protocol == Protocol::kGrpc;
  }
};
using ServerPolicyPtr = std::shared_ptr<const ServerPolicy>;

// The verdict on a connection: the first authorization that admits the client, or null.
const Authorization* AuthorizeConnection(const ServerPolicy& policy, const ClientIdentity& client);

// The verdict on a request.
struct RequestVerdict {
  // The route that matched, or null: 404.
  const Metadata* route = nullptr;
  const RouteRule* rule = nullptr;  // Null for the route that matches everything.
  // Who let it in, or null: 403.
  const Authorization* authorization = nullptr;
};
RequestVerdict JudgeRequest(const ServerPolicy& policy, const ClientIdentity& client,
                            const http::RequestHead& request);

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_INBOUND_POLICY_H_
