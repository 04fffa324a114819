#ifndef SERVICES_IDENTITY_CSR_CSR_POLICY_H_
#define SERVICES_IDENTITY_CSR_CSR_POLICY_H_

#include <string>

#include "absl/status/status.h"
#include "lib/x509/certificate_request.h"

namespace gossamer::identity {

// Whether a signing request asks for this identity and nothing else: signed by its own key, one DNS
// name that equals `identity`, a common name that is empty or equal, and no name of another kind.
// FailedPrecondition, naming the rule, otherwise.
absl::Status CheckRequestNames(const x509::CertificateRequest& request,
                               const std::string& identity);

// Whether the key can serve TLS 1.3 in the mesh: ECDSA P-256, P-384 or P-521. Internal otherwise,
// which is the code that the contract gives.
absl::Status CheckRequestKey(const x509::CertificateRequest& request);

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_CSR_CSR_POLICY_H_
