#ifndef SERVICES_IDENTITY_CERTIFIER_H_
#define SERVICES_IDENTITY_CERTIFIER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/time/clock.h"
#include "services/identity/ca/issuer.h"
#include "services/identity/ca/issuer_files.h"
#include "services/identity/metrics.h"
#include "services/identity/rate_limit.h"
#include "services/identity/tokens/token_validator.h"

namespace gossamer::identity {

// What a workload sends. Borrowed bytes.
struct CertifyInput {
  const std::string& identity;
  absl::string_view token;
  absl::string_view csr_der;
};

// Decides whether a workload gets the certificate that it asks for, and issues it.
//
// Owned by main(); borrows everything it is made with. Thread-safe, and does not block but for the
// token validator. Input is bounded: an identity of 253 bytes, a token and a request of 16 KiB.
class Certifier {
 public:
  struct Options {
    std::string controller_namespace = "linkerd";
    std::string trust_domain = "cluster.local";
    Issuer::Validity validity;
    double max_requests_per_second = 500;
  };

  Certifier(Options options, const IssuerFiles* issuers, const TokenValidator* tokens,
            Metrics* metrics, const Clock* clock);

  // The codes are the contract's:
  //
  //   Unavailable         no issuer or no token keys yet
  //   InvalidArgument     a field empty or too long, a request that is no DER, a token refused
  //   FailedPrecondition  a request whose names break the rules, or a token of another identity
  //   Internal            a key that is not ECDSA, or a failure to sign
  //   Unknown             an issuer that is no longer valid
  //   ResourceExhausted   more requests than the limit
  //
  // The message never holds the token.
  absl::StatusOr<IssuedCertificate> Certify(const CertifyInput& input);

  // The identity of a service account:
  // <name>.<namespace>.serviceaccount.identity.<controller namespace>.<trust domain>.
  std::string IdentityOf(const jwt::ServiceAccount& account) const;

 private:
  struct Verdict;  // A certificate, or a status and the reason that is counted.

  Verdict Decide(const CertifyInput& input, absl::Time now);

  const Options options_;
  const IssuerFiles* const issuers_;
  const TokenValidator* const tokens_;
  Metrics* const metrics_;
  const Clock* const clock_;
  RateLimit rate_limit_;
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_CERTIFIER_H_
