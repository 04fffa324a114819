// Reads the input as each of the control plane's messages in turn: the first byte picks which.
// Whatever it is, converting it does not crash, and what is refused lets nothing through.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/net/ip.h"
#include "proxy/policy/convert_endpoint.h"
#include "proxy/policy/convert_inbound.h"
#include "proxy/policy/convert_outbound.h"
#include "proxy/policy/sni_match.h"

namespace {

using namespace gossamer::proxy;  // NOLINT: a fuzzer of this one namespace.

template <typename Message>
bool Parse(absl::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void Require(bool condition) {
  if (!condition) abort();
}

void FuzzInbound(absl::string_view bytes) {
  io::linkerd::proxy::inbound::Server message;
  if (!Parse(bytes, &message)) return;
  const absl::StatusOr<ServerPolicy> converted = ConvertServerPolicy(message);
  const ServerPolicy policy = converted.ok() ? *converted : InvalidServerPolicy();
  gossamer::http::RequestHead request;
  request.method = "POST";
  request.path = "/a/b?c=%64";
  request.authority = "web.test:80";
  const ClientIdentity local = {gossamer::net::IpAddress::V4(0x7f000001), false, ""};
  const bool connected = AuthorizeConnection(policy, local) != nullptr;
  Require(connected == converted.ok());
  const RequestVerdict verdict = JudgeRequest(policy, local, request);
  Require(converted.ok() || verdict.authorization == nullptr);
  for (const Authorization& authorization : policy.authorizations) {
    Require(!authorization.networks.empty());
  }
}

void CheckDistribution(const Distribution& distribution) {
  Require(distribution.backends.empty() == (distribution.kind == Distribution::Kind::kEmpty));
  uint64_t total = 0;
  for (const Backend& backend : distribution.backends) {
    total += backend.weight;
    Require(backend.kind != Backend::Kind::kForward || backend.endpoint.address.port() != 0);
    Require(backend.kind != Backend::Kind::kBalance || !backend.path.empty());
    Require(backend.load.default_rtt > absl::ZeroDuration());
  }
  Require(distribution.backends.empty() || total > 0);
}

void FuzzOutbound(absl::string_view bytes) {
  io::linkerd::proxy::outbound::OutboundPolicy message;
  if (!Parse(bytes, &message)) return;
  const absl::StatusOr<OutboundPolicy> policy = ConvertOutboundPolicy(message);
  if (!policy.ok()) return;
  for (const OutboundHttpRoute& route : policy->http_routes) {
    for (const OutboundRule& rule : route.rules) CheckDistribution(rule.distribution);
  }
  CheckDistribution(policy->tcp_route.distribution);
  for (const OutboundTlsRoute& route : policy->tls_routes)
    CheckDistribution(route.tcp.distribution);
  ChooseTlsRoute(policy->tls_routes, "web.example");
  gossamer::http::RequestHead request;
  request.method = "POST";
  request.path = "/a/b?c=%64";
  ChooseRoute(policy->http_routes, request);
}

void FuzzDestination(absl::string_view bytes) {
  io::linkerd::proxy::destination::DestinationProfile profile_message;
  if (Parse(bytes, &profile_message)) {
    const Profile profile = ConvertProfile(profile_message);
    const gossamer::net::SocketAddress original(gossamer::net::IpAddress::V4(1), 80);
    CheckDistribution(CombinePolicy(original, nullptr, &profile).tcp_route.distribution);
  }
  io::linkerd::proxy::destination::WeightedAddr address;
  if (!Parse(bytes, &address)) return;
  const absl::StatusOr<Endpoint> endpoint = ConvertEndpoint(address, {});
  if (!endpoint.ok()) return;
  Require(endpoint->address.port() != 0);
  Require(!endpoint->tls || !(endpoint->tls->id.empty() || endpoint->tls->server_name.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      FuzzInbound(bytes);
      break;
    case 1:
      FuzzOutbound(bytes);
      break;
    case 2:
      FuzzDestination(bytes);
      break;
  }
  return 0;
}
