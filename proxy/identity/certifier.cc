#include "proxy/identity/certifier.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/identity/v1/identity.pb.h"
#include "lib/log/log.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/x509/certificate.h"
#include "lib/x509/certificate_request.h"
#include "lib/x509/id.h"

namespace gossamer::proxy {
namespace {

constexpr size_t kMaxFileBytes = 64 * 1024;
constexpr char kCertify[] = "/io.linkerd.proxy.identity.Identity/Certify";
// The share of a certificate's remaining life after which it is renewed.
constexpr double kRefreshAt = 0.7;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::string bytes(kMaxFileBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  if (bytes.size() > kMaxFileBytes) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is larger than 64 KiB"));
  }
  if (bytes.empty()) return absl::FailedPreconditionError(absl::StrCat(path, " is empty"));
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Certifier>> Certifier::Create(
    event::Loop* loop, const IdentityConfig& config, const Clock* clock,
    ChannelFactory make_channel, OnCredentials on_credentials, OnAttempt on_attempt) {
  std::unique_ptr<Certifier> certifier(new Certifier(loop, config, clock, std::move(make_channel),
                                                     std::move(on_credentials),
                                                     std::move(on_attempt)));
  GOSSAMER_RETURN_IF_ERROR(certifier->LoadKey());
  GOSSAMER_RETURN_IF_ERROR(certifier->LoadAnchors());
  return certifier;
}

Certifier::Certifier(event::Loop* loop, const IdentityConfig& config, const Clock* clock,
                     ChannelFactory make_channel, OnCredentials on_credentials,
                     OnAttempt on_attempt)
    : loop_(loop),
      config_(config),
      clock_(clock),
      make_channel_(std::move(make_channel)),
      on_credentials_(std::move(on_credentials)),
      on_attempt_(std::move(on_attempt)),
      first_backoff_({absl::Milliseconds(100), config.min_refresh, 0.1}, random_),
      refresh_(loop, [this] { OnRefresh(); }),
      deadline_(loop, [this] {
        // At once: no late answer may finish the attempt a second time.
        call_.reset();
        Finish(absl::DeadlineExceededError("no answer in time"));
      }) {}

absl::Status Certifier::LoadKey() {
  absl::StatusOr<std::string> key = ReadFile(absl::StrCat(config_.directory, "/key.p8"));
  absl::StatusOr<std::string> request = ReadFile(absl::StrCat(config_.directory, "/csr.der"));
  if (absl::IsNotFound(key.status()) && absl::IsNotFound(request.status())) {
    key_ = std::make_unique<x509::PrivateKey>(x509::PrivateKey::GenerateEcdsaP256());
    GOSSAMER_ASSIGN_OR_RETURN(request_der_,
                              x509::CertificateRequest::BuildDer(config_.server_name, *key_));
    return absl::OkStatus();
  }
  // One without the other cannot be used, and making up the other would hide a broken bootstrap.
  if (!key.ok()) return absl::FailedPreconditionError(key.status().message());
  if (!request.ok()) return absl::FailedPreconditionError(request.status().message());
  absl::StatusOr<x509::PrivateKey> parsed = x509::PrivateKey::FromDer(*key);
  std::fill(key->begin(), key->end(), '\0');
  if (!parsed.ok()) {
    return Annotate(parsed.status(), absl::StrCat(config_.directory, "/key.p8"));
  }
  key_ = std::make_unique<x509::PrivateKey>(*std::move(parsed));
  request_der_ = *std::move(request);
  return absl::OkStatus();
}

absl::Status Certifier::LoadAnchors() {
  std::vector<std::string> warnings;
  absl::StatusOr<x509::TrustAnchors> anchors =
      x509::TrustAnchors::FromPem(config_.trust_anchors_pem, &warnings);
  for (const std::string& warning : warnings) {
    GOSSAMER_LOG(kWarn, "proxy::identity", "a trust anchor is left out", {"why", warning});
  }
  if (!anchors.ok()) {
    return Annotate(anchors.status(), "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS");
  }
  anchors_ = std::make_shared<const x509::TrustAnchors>(*std::move(anchors));
  const absl::Time now = clock_->Now();
  for (const x509::Certificate& anchor : anchors_->certificates()) {
    anchors_expire_at_ = std::max(anchors_expire_at_, anchor.not_after());
    if (now >= anchor.not_before() && now < anchor.not_after()) continue;
    GOSSAMER_LOG(kWarn, "proxy::identity", "a trust anchor is not valid now",
                 {"anchor", anchor.subject()}, {"from", x509::FormatUtc(anchor.not_before())},
                 {"to", x509::FormatUtc(anchor.not_after())}, {"now", x509::FormatUtc(now)});
  }
  GOSSAMER_ASSIGN_OR_RETURN(anonymous_, MakeAnonymousClient(anchors_, clock_));
  return absl::OkStatus();
}

void Certifier::Attempt() {
  if (early_.empty() || clock_->Now() < early_begin_) return Request();
  Finish(Accept(std::exchange(early_, std::string())));
}

void Certifier::Request() {
  response_.clear();
  const absl::StatusOr<std::string> token = ReadFile(config_.token_file);
  if (!token.ok()) return Finish(token.status());
  io::linkerd::proxy::identity::CertifyRequest request;
  request.set_identity(config_.server_name);
  request.set_token(*token);
  request.set_certificate_signing_request(request_der_);
  // A connection of its own for each: it must show the certificate of now, and is not needed again
  // for hours. Without a certificate, as the first time, where the one that there is has expired or
  // may have by the other side's clock.
  const bool show = context_ != nullptr && !last_failed_ && clock_->Now() < expires_at_;
  channel_ = make_channel_(show ? context_ : anonymous_);
  deadline_.Arm(kRequestTimeout);
  call_ = channel_->Start(kCertify, request.SerializeAsString(), this);
}

void Certifier::OnMessage(absl::string_view message) {
  response_.assign(message.data(), message.size());
}

void Certifier::OnClosed(const absl::Status& status) {
  if (!status.ok()) return Finish(status);
  Finish(Accept(response_));
}

absl::Status Certifier::Accept(absl::string_view message) {
  io::linkerd::proxy::identity::CertifyResponse response;
  if (!response.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InternalError("the identity service's response cannot be parsed");
  }
  if (!response.has_valid_until()) {
    return absl::InternalError("the identity service does not say how long its certificate lasts");
  }
  const absl::Time valid_until = absl::FromUnixSeconds(response.valid_until().seconds());
  const absl::Time now = clock_->Now();
  if (valid_until <= now) {
    return absl::InternalError(absl::StrCat(
        "the identity service's new certificate expired at ", x509::FormatUtc(valid_until), ", ",
        absl::FormatDuration(absl::Trunc(now - valid_until, absl::Seconds(1))), " ago; it is ",
        x509::FormatUtc(now), " here (do the clocks agree?)"));
  }
  std::vector<std::string> chain = {response.leaf_certificate()};
  chain.insert(chain.end(), response.intermediate_certificates().begin(),
               response.intermediate_certificates().end());
  const std::vector<absl::string_view> views(chain.begin(), chain.end());
  const absl::StatusOr<x509::VerifiedPeer> self =
      anchors_->VerifyChain(views, x509::PeerRole::kServer, now);
  if (!self.ok()) return AcceptLater(message, views, now, self.status());
  GOSSAMER_ASSIGN_OR_RETURN(const x509::Id id, x509::Id::Parse(config_.id));
  GOSSAMER_RETURN_IF_ERROR(self->CheckId(id));
  const absl::Time expires_at = std::min(valid_until, self->valid_until);
  GOSSAMER_ASSIGN_OR_RETURN(CredentialsPtr credentials,
                            MakeCredentials(chain, *key_, anchors_, expires_at, clock_));
  expires_at_ = expires_at;
  context_ = credentials->client;
  early_.clear();
  on_credentials_(std::move(credentials));
  return absl::OkStatus();
}

// Keeps a response that only the time stands against, where it will be good soon: the identity
// service's clock is ahead of this one, and the next certificate would begin later still.
absl::Status Certifier::AcceptLater(absl::string_view message,
                                    const std::vector<absl::string_view>& chain, absl::Time now,
                                    absl::Status refusal) {
  absl::Time begin = now;
  for (const absl::string_view der : chain) {
    const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::FromDer(der);
    if (!certificate.ok()) return refusal;
    begin = std::max(begin, certificate->not_before());
  }
  if (begin == now || begin - now > kEarlyMax) return refusal;
  if (!anchors_->VerifyChain(chain, x509::PeerRole::kServer, begin).ok()) return refusal;
  if (early_.empty() || begin < early_begin_) {
    early_.assign(message.data(), message.size());
    early_begin_ = begin;
  }
  return absl::FailedPreconditionError(
      absl::StrCat(refusal.message(), "; it is kept until it is valid"));
}

void Certifier::Finish(absl::Status status) {
  deadline_.Cancel();
  loop_->DeleteLater(std::move(call_));
  loop_->DeleteLater(std::move(channel_));
  last_failed_ = !status.ok();
  on_attempt_(status);
  ScheduleAttempt(UntilRefresh());
}

absl::Duration Certifier::UntilRefresh() {
  // Without a certificate nothing can be served: the first one is asked for again soon.
  const absl::Duration left = expires_at_ - clock_->Now();
  const absl::Duration usual =
      expires_at_ == absl::InfinitePast()
          ? first_backoff_.Next()
          : std::clamp(left * kRefreshAt, config_.min_refresh, config_.max_refresh);
  if (early_.empty()) return usual;
  return std::clamp(early_begin_ - clock_->Now(), absl::ZeroDuration(), usual);
}

void Certifier::ScheduleAttempt(absl::Duration delay) {
  until_attempt_ = delay;
  attempt_at_ = clock_->Now() + delay;
  ArmRefresh();
}

void Certifier::ArmRefresh() {
  const absl::Duration round = std::min({until_attempt_, kClockCheck, config_.min_refresh});
  until_attempt_ -= round;
  refresh_.Arm(round);
}

void Certifier::OnRefresh() {
  if (until_attempt_ > absl::ZeroDuration() && clock_->Now() < attempt_at_) return ArmRefresh();
  Attempt();
}

}  // namespace gossamer::proxy
