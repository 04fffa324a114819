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
      refresh_(loop, [this] { Request(); }),
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
  GOSSAMER_ASSIGN_OR_RETURN(context_, MakeAnonymousClient(anchors_));
  return absl::OkStatus();
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
  // for hours.
  channel_ = make_channel_(context_);
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
  const absl::Time valid_until = absl::FromUnixSeconds(response.valid_until().seconds());
  const absl::Time now = clock_->Now();
  if (!response.has_valid_until() || valid_until <= now) {
    return absl::InternalError(absl::StrCat(
        "the identity service's certificate is valid until ", absl::FormatTime(valid_until),
        " and it is ", absl::FormatTime(now), ": is one of the two clocks wrong?"));
  }
  std::vector<std::string> chain = {response.leaf_certificate()};
  chain.insert(chain.end(), response.intermediate_certificates().begin(),
               response.intermediate_certificates().end());
  const std::vector<absl::string_view> views(chain.begin(), chain.end());
  GOSSAMER_ASSIGN_OR_RETURN(const x509::VerifiedPeer self,
                            anchors_->VerifyChain(views, x509::PeerRole::kServer, now));
  GOSSAMER_ASSIGN_OR_RETURN(const x509::Id id, x509::Id::Parse(config_.id));
  GOSSAMER_RETURN_IF_ERROR(self.CheckId(id));
  GOSSAMER_ASSIGN_OR_RETURN(CredentialsPtr credentials,
                            MakeCredentials(chain, *key_, anchors_, valid_until));
  expires_at_ = valid_until;
  context_ = credentials->client;
  on_credentials_(std::move(credentials));
  return absl::OkStatus();
}

void Certifier::Finish(absl::Status status) {
  deadline_.Cancel();
  loop_->DeleteLater(std::move(call_));
  loop_->DeleteLater(std::move(channel_));
  on_attempt_(status);
  refresh_.Arm(UntilRefresh());
}

absl::Duration Certifier::UntilRefresh() {
  // Without a certificate nothing can be served: the first one is asked for again soon.
  if (expires_at_ == absl::InfinitePast()) return first_backoff_.Next();
  const absl::Duration left = expires_at_ - clock_->Now();
  return std::clamp(left * kRefreshAt, config_.min_refresh, config_.max_refresh);
}

}  // namespace gossamer::proxy
