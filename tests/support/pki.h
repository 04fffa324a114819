#ifndef TESTS_SUPPORT_PKI_H_
#define TESTS_SUPPORT_PKI_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/x509/certificate.h"
#include "lib/x509/keys.h"

namespace gossamer::harness {

// A trust anchor made in memory, and the issuers that it signs for the identity service.
class TrustRoot {
 public:
  static absl::StatusOr<TrustRoot> Create(const std::string& common_name);

  std::string Pem() const { return certificate_.Pem(); }
  // Writes an issuer's crt.pem and key.pem into `folder`, readable by `uid` alone. Files that are
  // there are replaced, the certificate last: a rotation.
  absl::Status WriteIssuer(const std::string& folder, unsigned uid, absl::Duration lifetime) const;

 private:
  TrustRoot(x509::PrivateKey key, x509::Certificate certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}

  x509::PrivateKey key_;
  x509::Certificate certificate_;
};

// Writes a file in one step, for one reader.
absl::Status WriteFileFor(const std::string& path, absl::string_view content, unsigned uid,
                          unsigned mode);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_PKI_H_
