#ifndef PROXY_IDENTITY_CERTIFIER_H_
#define PROXY_IDENTITY_CERTIFIER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/time/backoff.h"
#include "lib/time/clock.h"
#include "lib/x509/keys.h"
#include "lib/x509/trust_anchors.h"
#include "proxy/config/config.h"
#include "proxy/identity/credentials.h"

namespace gossamer::proxy {

// Obtains the proxy's certificate from the identity service and renews it in time, for ever.
//
// The key is made in memory, unless the identity folder holds one with its signing request
// (key.p8, csr.der), as Linkerd's bootstrap leaves them. The token is read anew for every request.
// A failure keeps the certificate that there is and is tried again: soon, with backoff, while there
// is none; after a share of its remaining life otherwise.
class Certifier final : private rpc::Call::Observer {
 public:
  // A new certificate, on the loop's thread.
  using OnCredentials = absl::AnyInvocable<void(CredentialsPtr credentials)>;
  // The end of each attempt, for metrics and the log.
  using OnAttempt = absl::AnyInvocable<void(const absl::Status& status)>;
  // A channel to the identity service that uses this TLS context.
  using ChannelFactory =
      std::function<std::unique_ptr<rpc::Channel>(std::shared_ptr<const tls::Context> context)>;

  // FailedPrecondition where key or request cannot be read, or no trust anchor is usable.
  static absl::StatusOr<std::unique_ptr<Certifier>> Create(
      event::Loop* loop, const IdentityConfig& config, const Clock* clock,
      ChannelFactory make_channel, OnCredentials on_credentials, OnAttempt on_attempt);

  // Asks for the first certificate.
  void Start() { Request(); }

 private:
  static constexpr absl::Duration kRequestTimeout = absl::Seconds(10);

  Certifier(event::Loop* loop, const IdentityConfig& config, const Clock* clock,
            ChannelFactory make_channel, OnCredentials on_credentials, OnAttempt on_attempt);
  absl::Status LoadKey();
  absl::Status LoadAnchors();

  void Request();
  void OnMessage(absl::string_view message) override;
  void OnClosed(const absl::Status& status) override;
  absl::Status Accept(absl::string_view message);
  void Finish(absl::Status status);
  absl::Duration UntilRefresh();

  event::Loop* const loop_;
  const IdentityConfig config_;
  const Clock* const clock_;
  const ChannelFactory make_channel_;
  OnCredentials on_credentials_;
  OnAttempt on_attempt_;
  std::unique_ptr<x509::PrivateKey> key_;
  std::string request_der_;
  std::shared_ptr<const x509::TrustAnchors> anchors_;
  std::shared_ptr<const tls::Context> context_;  // For the next request.
  absl::Time expires_at_ = absl::InfinitePast();

  std::unique_ptr<rpc::Channel> channel_;
  std::unique_ptr<rpc::Call> call_;
  std::string response_;
  absl::BitGen random_;
  Backoff first_backoff_;  // Until there is a certificate.
  event::Timer refresh_;
  event::Timer deadline_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_IDENTITY_CERTIFIER_H_
