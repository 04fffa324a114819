#ifndef LIB_X509_CERTIFICATE_REQUEST_H_
#define LIB_X509_CERTIFICATE_REQUEST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/x509/keys.h"
#include "lib/x509/names.h"

namespace gossamer::x509 {

inline constexpr size_t kMaxCertificateRequestBytes = 16 << 10;

// A PKCS#10 certificate signing request that was read: who asks (names) and with which key. It
// holds what a certificate authority must look at, as it stands; judging it is the authority's
// part.
class CertificateRequest {
 public:
  // Builds the request of a mesh workload: common name and one DNS name are `name`, signed by
  // `key`. Returns DER. InvalidArgument where `name` is not a DNS name.
  static absl::StatusOr<std::string> BuildDer(absl::string_view name, const PrivateKey& key);
  // The same with names as given and unchecked, the way a test or a foreign client might.
  static absl::StatusOr<std::string> BuildDer(absl::string_view common_name,
                                              const std::vector<SubjectAltName>& names,
                                              const PrivateKey& key);

  // InvalidArgument where the bytes are not exactly one request, or its requested extensions are
  // malformed or occur twice. The signature is not looked at: see VerifySignature.
  static absl::StatusOr<CertificateRequest> FromDer(absl::string_view der);

  // That the asker holds the private key. FailedPrecondition where it does not.
  absl::Status VerifySignature() const;

  const std::string& der() const { return der_; }
  const std::string& subject() const { return subject_; }  // RFC 2253, "CN=web".
  const std::vector<std::string>& common_names() const { return common_names_; }
  const std::vector<SubjectAltName>& subject_alt_names() const { return names_; }
  const PublicKey& public_key() const { return public_key_; }

 private:
  CertificateRequest(std::string der, PublicKey key)
      : der_(std::move(der)), public_key_(std::move(key)) {}

  std::string der_;
  PublicKey public_key_;
  std::string subject_;
  std::vector<std::string> common_names_;
  std::vector<SubjectAltName> names_;
};

}  // namespace gossamer::x509

#endif  // LIB_X509_CERTIFICATE_REQUEST_H_
