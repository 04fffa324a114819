#include "services/identity/certifier.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/jwt/token.h"
#include "lib/log/log.h"
#include "lib/x509/certificate_request.h"
#include "services/identity/csr/csr_policy.h"

namespace gossamer::identity {
namespace {

constexpr size_t kMaxIdentityBytes = 253;
// Whoever may send requests may send bad ones in a loop.
constexpr absl::Duration kDenialLogPeriod = absl::Milliseconds(100);

absl::Status CheckField(absl::string_view name, size_t size, size_t max) {
  if (size == 0) return absl::InvalidArgumentError(absl::StrCat(name, " is empty"));
  if (size <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " has ", size, " bytes, at most ", max, " are read"));
}

absl::Status CheckFields(const CertifyInput& input) {
  absl::Status status = CheckField("identity", input.identity.size(), kMaxIdentityBytes);
  status.Update(CheckField("token", input.token.size(), jwt::kMaxTokenBytes));
  status.Update(CheckField("certificate signing request", input.csr_der.size(),
                           x509::kMaxCertificateRequestBytes));
  return status;
}

absl::string_view Bounded(absl::string_view text) { return text.substr(0, kMaxIdentityBytes); }

}  // namespace

struct Certifier::Verdict {
  Verdict(IssuedCertificate issued) : result(std::move(issued)) {}  // NOLINT: implicit on purpose.
  Verdict(DenyReason why, absl::Status status) : result(std::move(status)), reason(why) {}

  absl::StatusOr<IssuedCertificate> result;
  DenyReason reason = DenyReason::kNotSigned;
};

Certifier::Certifier(Options options, const IssuerFiles* issuers, const TokenValidator* tokens,
                     Metrics* metrics, const Clock* clock)
    : options_(std::move(options)),
      issuers_(issuers),
      tokens_(tokens),
      metrics_(metrics),
      clock_(clock),
      rate_limit_(options_.max_requests_per_second) {}

absl::StatusOr<IssuedCertificate> Certifier::Certify(const CertifyInput& input) {
  Verdict verdict = Decide(input, clock_->Now());
  if (verdict.result.ok()) {
    metrics_->CountIssued();
    const x509::Certificate& leaf = verdict.result->leaf;
    GOSSAMER_LOG(kInfo, "identity::certify", "certificate issued", {"identity", input.identity},
                 {"serial", leaf.serial()}, {"expires", x509::FormatUtc(leaf.not_after())},
                 {"sha256", leaf.Fingerprint()});
  } else {
    metrics_->CountDenied(verdict.reason);
    GOSSAMER_LOG_EVERY(kDenialLogPeriod, kWarn, "identity::certify", "certificate denied",
                       {"identity", absl::CHexEscape(Bounded(input.identity))},
                       {"reason", DenyReasonName(verdict.reason)},
                       {"error", verdict.result.status().message()});
  }
  return std::move(verdict.result);
}

Certifier::Verdict Certifier::Decide(const CertifyInput& input, absl::Time now) {
  if (!rate_limit_.Allow(clock_->Monotonic())) {
    return {DenyReason::kRateLimited,
            absl::ResourceExhaustedError("too many requests for certificates; try again")};
  }
  const std::shared_ptr<const Issuer> issuer = issuers_->current();
  if (issuer == nullptr) {
    return {DenyReason::kIssuerNotReady, absl::UnavailableError("cert issuer not ready yet")};
  }
  if (absl::Status status = CheckFields(input); !status.ok()) {
    return {DenyReason::kMalformed, std::move(status)};
  }
  const absl::StatusOr<x509::CertificateRequest> request =
      x509::CertificateRequest::FromDer(input.csr_der);
  if (!request.ok()) return {DenyReason::kMalformed, request.status()};
  if (absl::Status status = issuer->CheckValid(now); !status.ok()) {
    return {DenyReason::kIssuerInvalid, std::move(status)};
  }
  if (absl::Status status = CheckRequestNames(*request, input.identity); !status.ok()) {
    return {DenyReason::kRequestNames, std::move(status)};
  }
  const absl::StatusOr<jwt::ServiceAccount> account = tokens_->Validate(input.token, now);
  if (!account.ok()) return {DenyReason::kToken, account.status()};
  if (IdentityOf(*account) != input.identity) {
    return {DenyReason::kIdentityMismatch,
            absl::FailedPreconditionError(
                absl::StrCat("requested identity did not match provided token: the token is for ",
                             IdentityOf(*account)))};
  }
  if (absl::Status status = CheckRequestKey(*request); !status.ok()) {
    return {DenyReason::kRequestKey, std::move(status)};
  }
  absl::StatusOr<IssuedCertificate> issued =
      issuer->Issue(input.identity, *request, options_.validity, now);
  if (!issued.ok()) return {DenyReason::kNotSigned, issued.status()};
  return *std::move(issued);
}

std::string Certifier::IdentityOf(const jwt::ServiceAccount& account) const {
  return absl::StrCat(account.name, ".", account.namespace_name, ".serviceaccount.identity.",
                      options_.controller_namespace, ".", options_.trust_domain);
}

}  // namespace gossamer::identity
