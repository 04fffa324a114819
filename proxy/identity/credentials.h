#ifndef PROXY_IDENTITY_CREDENTIALS_H_
#define PROXY_IDENTITY_CREDENTIALS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/time/clock.h"
#include "lib/tls/context.h"
#include "lib/x509/keys.h"
#include "lib/x509/trust_anchors.h"

namespace gossamer::proxy {

// The proxy's certificate at one time, ready for use in every role. Immutable; a rotation replaces
// it whole, and connections that were made with an older one go on.
struct Credentials {
  std::shared_ptr<const tls::Context> server;         // For connections to the workload's ports.
  std::shared_ptr<const tls::Context> server_direct;  // For the inbound port: transport ALPN.
  std::shared_ptr<const tls::Context> client;
  std::shared_ptr<const tls::Context> client_transport;  // Offers the transport protocol.
  absl::Time expires_at;  // The earliest end of the chain's certificates.
};
using CredentialsPtr = std::shared_ptr<const Credentials>;

// `chain` is DER, leaf first; `anchors` judge peers by the time of `clock`, which is borrowed for
// good. Once it is past `expires_at`, no connection is begun with these credentials any more; those
// that peers begin are theirs to judge.
absl::StatusOr<CredentialsPtr> MakeCredentials(const std::vector<std::string>& chain,
                                               const x509::PrivateKey& key,
                                               std::shared_ptr<const x509::TrustAnchors> anchors,
                                               absl::Time expires_at, const Clock* clock);

// A client that knows whom to trust and has no certificate of its own yet: for the first call to
// the identity service.
absl::StatusOr<std::shared_ptr<const tls::Context>> MakeAnonymousClient(
    std::shared_ptr<const x509::TrustAnchors> anchors, const Clock* clock);

}  // namespace gossamer::proxy

#endif  // PROXY_IDENTITY_CREDENTIALS_H_
