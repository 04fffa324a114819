#ifndef SERVICES_IDENTITY_CA_ISSUER_H_
#define SERVICES_IDENTITY_CA_ISSUER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/x509/certificate.h"
#include "lib/x509/certificate_request.h"
#include "lib/x509/keys.h"
#include "lib/x509/trust_anchors.h"

namespace gossamer::identity {

// A certificate of a workload, with what it takes to verify it.
struct IssuedCertificate {
  x509::Certificate leaf;
  // DER, from the leaf's issuer towards the root, without trust anchors.
  std::vector<std::string> intermediates;
};

// The certificate authority at one moment: the issuer's chain and key, proven to lead to the trust
// anchors. Immutable: any thread may issue. Replaced whole when its files change.
class Issuer {
 public:
  struct Validity {
    absl::Duration lifetime = absl::Hours(24);
    // How far a proxy's clock may be off: certificates begin that much earlier and end that much
    // later.
    absl::Duration clock_skew = absl::Seconds(20);
  };

  // From PEM. The first certificate of `chain_pem` is the issuer's, those after it lead to an
  // anchor. InvalidArgument where something does not parse; FailedPrecondition where the key is not
  // the certificate's, the issuer is no authority, or a certificate that it signs would not verify
  // against the anchors at `now`, as server and as client. No message holds a byte of the key.
  static absl::StatusOr<Issuer> Load(absl::string_view chain_pem, absl::string_view key_pem,
                                     const x509::TrustAnchors& anchors, absl::Time now);

  // Unknown, as the contract has it, where a certificate of the chain or the anchor is not valid at
  // `now`.
  absl::Status CheckValid(absl::Time now) const;

  // Signs a certificate for the request's key and `identity`, which the caller has checked the
  // request against. It ends no later than any certificate of the issuer's chain and its anchor.
  // As CheckValid, and Internal where signing fails.
  absl::StatusOr<IssuedCertificate> Issue(const std::string& identity,
                                          const x509::CertificateRequest& request,
                                          const Validity& validity, absl::Time now) const;

  const x509::Certificate& certificate() const { return chain_.front(); }
  // The time in which every certificate of the chain, the anchor included, is valid.
  absl::Time valid_from() const { return valid_from_; }
  absl::Time valid_until() const { return valid_until_; }

 private:
  Issuer(std::vector<x509::Certificate> chain, x509::PrivateKey key)
      : chain_(std::move(chain)), key_(std::move(key)) {}

  absl::Status Prove(const x509::TrustAnchors& anchors, absl::Time now);

  std::vector<x509::Certificate> chain_;
  x509::PrivateKey key_;
  std::vector<std::string> intermediates_;
  absl::Time valid_from_;
  absl::Time valid_until_;
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_CA_ISSUER_H_
