#include "services/identity/metrics.h"

#include <string>

#include "prometheus/family.h"

namespace gossamer::identity {

absl::string_view DenyReasonName(DenyReason reason) {
  switch (reason) {
    case DenyReason::kRateLimited:
      return "rate_limited";
    case DenyReason::kIssuerNotReady:
      return "issuer_not_ready";
    case DenyReason::kMalformed:
      return "malformed";
    case DenyReason::kIssuerInvalid:
      return "issuer_invalid";
    case DenyReason::kRequestNames:
      return "csr_names";
    case DenyReason::kRequestKey:
      return "csr_key";
    case DenyReason::kToken:
      return "token";
    case DenyReason::kIdentityMismatch:
      return "identity_mismatch";
    case DenyReason::kNotSigned:
      break;
  }
  return "not_signed";
}

Metrics::Metrics(prometheus::Registry* registry) {
  issued_ = &prometheus::BuildCounter()
                 .Name("identity_certificates_issued_total")
                 .Help("Certificates issued to workloads.")
                 .Register(*registry)
                 .Add({});
  auto& denied = prometheus::BuildCounter()
                     .Name("identity_certificates_denied_total")
                     .Help("Requests for a certificate that were refused, by reason.")
                     .Register(*registry);
  for (int i = 0; i < kDenyReasons; ++i) {
    denied_[i] = &denied.Add({{"reason", std::string(DenyReasonName(static_cast<DenyReason>(i)))}});
  }
  auto& reloads = prometheus::BuildCounter()
                      .Name("identity_reloads_total")
                      .Help("Changed files that were read, by what they hold and how it went.")
                      .Register(*registry);
  const char* const kWhat[] = {"issuer", "token_keys"};
  const char* const kResult[] = {"ok", "error"};
  for (int what = 0; what < 2; ++what) {
    for (int result = 0; result < 2; ++result) {
      reloads_[what][result] = &reloads.Add({{"what", kWhat[what]}, {"result", kResult[result]}});
    }
  }
  issuer_end_ = &prometheus::BuildGauge()
                     .Name("identity_issuer_not_after_seconds")
                     .Help("When the issuer's chain ends, in Unix time; 0 without an issuer.")
                     .Register(*registry)
                     .Add({});
  issuer_ttl_ = &prometheus::BuildGauge()
                     .Name("issuer_cert_ttl_seconds")
                     .Help("Seconds until the issuer's chain ends.")
                     .Register(*registry)
                     .Add({});
}

void Metrics::SetIssuerEnd(absl::Time end, absl::Time now) {
  issuer_end_->Set(static_cast<double>(absl::ToUnixSeconds(end)));
  issuer_ttl_->Set(absl::ToDoubleSeconds(end - now));
}

}  // namespace gossamer::identity
