#include "proxy/identity/credentials.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/certificate.h"
#include "lib/x509/id.h"
#include "proxy/transport/transport_header.h"

namespace gossamer::proxy {
namespace {

tls::ChainVerifier VerifierFor(std::shared_ptr<const x509::TrustAnchors> anchors,
                               x509::PeerRole peer, const Clock* clock) {
  return [anchors = std::move(anchors), peer, clock](
             absl::Span<const absl::string_view> chain,
             absl::string_view expected_id) -> absl::StatusOr<std::string> {
    GOSSAMER_ASSIGN_OR_RETURN(const x509::VerifiedPeer verified,
                              anchors->VerifyChain(chain, peer, clock->Now()));
    if (expected_id.empty()) {
      const absl::StatusOr<x509::Id> first = verified.leaf.FirstId();
      return first.ok() ? first->value() : std::string();
    }
    GOSSAMER_ASSIGN_OR_RETURN(const x509::Id id, x509::Id::Parse(expected_id));
    GOSSAMER_RETURN_IF_ERROR(verified.CheckId(id));
    return id.value();
  };
}

absl::Status CheckNotExpired(absl::Time expires_at, absl::Time now) {
  if (now < expires_at) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "this proxy's own certificate expired at ", x509::FormatUtc(expires_at), ", ",
      absl::FormatDuration(absl::Trunc(now - expires_at, absl::Seconds(1))), " ago; it is ",
      x509::FormatUtc(now), " here (is the identity service away, or the clock wrong?)"));
}

}  // namespace

absl::StatusOr<CredentialsPtr> MakeCredentials(const std::vector<std::string>& chain,
                                               const x509::PrivateKey& key,
                                               std::shared_ptr<const x509::TrustAnchors> anchors,
                                               absl::Time expires_at, const Clock* clock) {
  auto credentials = std::make_shared<Credentials>();
  credentials->expires_at = expires_at;
  tls::ContextOptions server;
  server.role = tls::Role::kServer;
  server.chain = chain;
  server.key = key.get();
  server.verify = VerifierFor(anchors, x509::PeerRole::kClient, clock);
  GOSSAMER_ASSIGN_OR_RETURN(credentials->server, tls::Context::Create(server));
  server.alpn = {std::string(kTransportProtocol)};
  GOSSAMER_ASSIGN_OR_RETURN(credentials->server_direct, tls::Context::Create(server));

  tls::ContextOptions client = server;
  client.role = tls::Role::kClient;
  client.verify = VerifierFor(anchors, x509::PeerRole::kServer, clock);
  client.usable = [expires_at, clock] { return CheckNotExpired(expires_at, clock->Now()); };
  GOSSAMER_ASSIGN_OR_RETURN(credentials->client_transport, tls::Context::Create(client));
  client.alpn.clear();
  GOSSAMER_ASSIGN_OR_RETURN(credentials->client, tls::Context::Create(client));
  return CredentialsPtr(std::move(credentials));
}

absl::StatusOr<std::shared_ptr<const tls::Context>> MakeAnonymousClient(
    std::shared_ptr<const x509::TrustAnchors> anchors, const Clock* clock) {
  tls::ContextOptions options;
  options.role = tls::Role::kClient;
  options.verify = VerifierFor(std::move(anchors), x509::PeerRole::kServer, clock);
  return tls::Context::Create(options);
}

}  // namespace gossamer::proxy
