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
//
// Clocks are not trusted to be right or steady. A renewal comes when its delay has passed, or as
// soon as the wall clock has jumped past it. A certificate that is not valid yet by this side's
// clock is kept and used once it is, while others are asked for; one that has expired is not shown
// to the identity service, whose proxy would refuse it for ever.
class Certifier final : private rpc::Call::Observer {
 public:
  // A new certificate, on the loop's thread.
  using OnCredentials = absl::AnyInvocable<void(CredentialsPtr credentials)>;
  // The end of each attempt, for metrics and the log.
  using OnAttempt = absl::AnyInvocable<void(const absl::Status& status)>;
  // A channel to the identity service that uses this TLS context.
  using ChannelFactory =
      std::function<std::unique_ptr<rpc::Channel>(std::shared_ptr<const tls::Context> context)>;

  // FailedPrecondition where key or request cannot be read, or no trust anchor is usable. `clock`
  // is borrowed for good: the credentials use it too.
  static absl::StatusOr<std::unique_ptr<Certifier>> Create(
      event::Loop* loop, const IdentityConfig& config, const Clock* clock,
      ChannelFactory make_channel, OnCredentials on_credentials, OnAttempt on_attempt);

  // Asks for the first certificate.
  void Start() { Request(); }

  // When the last of the trust anchors expires, and nobody can be trusted any more.
  absl::Time anchors_expire_at() const { return anchors_expire_at_; }

 private:
  static constexpr absl::Duration kRequestTimeout = absl::Seconds(10);
  // How often the wall clock is looked at, in case it has jumped.
  static constexpr absl::Duration kClockCheck = absl::Seconds(10);
  // A certificate that begins later than this is no matter of clocks that differ a little.
  static constexpr absl::Duration kEarlyMax = absl::Minutes(10);

  Certifier(event::Loop* loop, const IdentityConfig& config, const Clock* clock,
            ChannelFactory make_channel, OnCredentials on_credentials, OnAttempt on_attempt);
  absl::Status LoadKey();
  absl::Status LoadAnchors();

  void Attempt();
  void Request();
  void OnMessage(absl::string_view message) override;
  void OnClosed(const absl::Status& status) override;
  absl::Status Accept(absl::string_view message);
  absl::Status AcceptLater(absl::string_view message, const std::vector<absl::string_view>& chain,
                           absl::Time now, absl::Status refusal);
  void Finish(absl::Status status);
  absl::Duration UntilRefresh();
  void ScheduleAttempt(absl::Duration delay);
  void ArmRefresh();
  void OnRefresh();

  event::Loop* const loop_;
  const IdentityConfig config_;
  const Clock* const clock_;
  const ChannelFactory make_channel_;
  OnCredentials on_credentials_;
  OnAttempt on_attempt_;
  std::unique_ptr<x509::PrivateKey> key_;
  std::string request_der_;
  std::shared_ptr<const x509::TrustAnchors> anchors_;
  absl::Time anchors_expire_at_ = absl::InfinitePast();
  std::shared_ptr<const tls::Context> anonymous_;
  std::shared_ptr<const tls::Context> context_;  // With the certificate of now; null without.
  absl::Time expires_at_ = absl::InfinitePast();
  bool last_failed_ = false;
  // The response whose certificate begins first, of those that are not valid yet.
  std::string early_;
  absl::Time early_begin_;

  std::unique_ptr<rpc::Channel> channel_;
  std::unique_ptr<rpc::Call> call_;
  std::string response_;
  absl::BitGen random_;
  Backoff first_backoff_;         // Until there is a certificate.
  absl::Duration until_attempt_;  // What is left beyond the timer's present round.
  absl::Time attempt_at_;         // The same by the wall clock.
  event::Timer refresh_;
  event::Timer deadline_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_IDENTITY_CERTIFIER_H_
