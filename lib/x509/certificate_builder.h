#ifndef LIB_X509_CERTIFICATE_BUILDER_H_
#define LIB_X509_CERTIFICATE_BUILDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/x509/certificate.h"
#include "lib/x509/keys.h"
#include "lib/x509/names.h"

namespace gossamer::x509 {

// What a new certificate says. Nothing is copied from a signing request unseen: the authority looks
// at the request and fills this in.
struct CertificateSpec {
  std::string common_name;  // At most 64 bytes; may be empty where there are names.
  std::vector<SubjectAltName> names;
  absl::Time not_before;  // In whole seconds; fractions are cut.
  absl::Time not_after;
  // A leaf serves and calls (key usage digitalSignature and keyEncipherment, extended key usage
  // serverAuth and clientAuth, no basic constraints); an authority signs certificates (keyCertSign
  // and cRLSign, basic constraints CA).
  bool is_ca = false;
  int path_length = -1;  // Of an authority: how many authorities may follow; -1 for any number.
};

// Signs a certificate for `subject_key` in the name of `issuer`, whose private key is `issuer_key`:
// random 127-bit serial, subject and authority key identifiers, and a signature with the digest
// that suits the key. InvalidArgument where the spec cannot be encoded, holds no name, ends before
// it begins or outlives the issuer; FailedPrecondition where the issuer is no authority or the key
// is not its own.
absl::StatusOr<Certificate> SignCertificate(const CertificateSpec& spec,
                                            const PublicKey& subject_key, const Certificate& issuer,
                                            const PrivateKey& issuer_key);

// Signs a certificate with its own key: a root.
absl::StatusOr<Certificate> SelfSignCertificate(const CertificateSpec& spec, const PrivateKey& key);

}  // namespace gossamer::x509

#endif  // LIB_X509_CERTIFICATE_BUILDER_H_
