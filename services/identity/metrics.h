#ifndef SERVICES_IDENTITY_METRICS_H_
#define SERVICES_IDENTITY_METRICS_H_

#include <array>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace gossamer::identity {

// Why a certificate was not issued; a label's values, so the list is short and closed.
enum class DenyReason {
  kRateLimited,
  kIssuerNotReady,
  kMalformed,
  kIssuerInvalid,
  kRequestNames,
  kRequestKey,
  kToken,
  kIdentityMismatch,
  kNotSigned,
};
inline constexpr int kDenyReasons = 9;
absl::string_view DenyReasonName(DenyReason reason);

// What the identity service counts. Made once, before serving; thread-safe.
//
//   identity_certificates_issued_total
//   identity_certificates_denied_total{reason}
//   identity_reloads_total{what="issuer"|"token_keys", result="ok"|"error"}
//   identity_issuer_not_after_seconds   when the issuer's chain ends, Unix time; 0 without issuer
//   issuer_cert_ttl_seconds             seconds from now until then; negative once past
class Metrics {
 public:
  enum class Reloaded { kIssuer, kTokenKeys };

  explicit Metrics(prometheus::Registry* registry);

  void CountIssued() { issued_->Increment(); }
  void CountDenied(DenyReason reason) { denied_[static_cast<int>(reason)]->Increment(); }
  void CountReload(Reloaded what, bool ok) {
    reloads_[static_cast<int>(what)][ok ? 0 : 1]->Increment();
  }
  void SetIssuerEnd(absl::Time end, absl::Time now);

 private:
  prometheus::Counter* issued_;
  std::array<prometheus::Counter*, kDenyReasons> denied_;
  prometheus::Counter* reloads_[2][2];
  prometheus::Gauge* issuer_end_;
  prometheus::Gauge* issuer_ttl_;
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_METRICS_H_
