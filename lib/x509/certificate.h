#ifndef LIB_X509_CERTIFICATE_H_
#define LIB_X509_CERTIFICATE_H_

#include <openssl/x509.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/x509/id.h"
#include "lib/x509/keys.h"
#include "lib/x509/names.h"

namespace gossamer::x509 {

// The longest certificate that is read; usual ones have less than 2 KiB.
inline constexpr size_t kMaxCertificateBytes = 64 << 10;

// An X.509 certificate that was read once: its DER and the fields that the mesh asks for. Says
// nothing about trust (that is TrustAnchors' part). An immutable value that keeps no BoringSSL
// object but the public key, so that one kept for long costs little more than its DER.
class Certificate {
 public:
  // InvalidArgument where the bytes are not exactly one certificate, or one whose extensions are
  // malformed or occur twice.
  static absl::StatusOr<Certificate> FromDer(absl::string_view der);
  // The certificates of a PEM text in their order, at least one; other blocks are passed over.
  // InvalidArgument, with the line, where one does not parse.
  static absl::StatusOr<std::vector<Certificate>> ChainFromPem(absl::string_view pem);

  const std::string& der() const { return der_; }
  std::string Pem() const;

  const std::string& subject() const { return subject_; }  // RFC 2253, "CN=web".
  const std::string& issuer() const { return issuer_; }
  const std::string& serial() const { return serial_; }  // Lower-case hexadecimal digits.
  absl::Time not_before() const { return not_before_; }
  absl::Time not_after() const { return not_after_; }  // No longer accepted from then on.
  const PublicKey& public_key() const { return public_key_; }
  // Whether it may sign certificates: basic constraints say CA, and key usage, where present,
  // allows it. An old self-signed certificate without extensions (version 1) also counts.
  bool is_ca() const { return is_ca_; }
  const std::vector<SubjectAltName>& subject_alt_names() const { return names_; }

  // The SHA-256 of the DER, lower-case hexadecimal.
  std::string Fingerprint() const;

  // Whether the certificate was issued for exactly this id: one of its DNS or URI names equals it.
  // The common name does not count, and a wildcard matches nothing.
  bool HasId(const Id& id) const;
  // The first DNS or URI name that parses as an id: what a peer is called. NotFound without one.
  absl::StatusOr<Id> FirstId() const;

  // For the other files of this folder and for lib/tls: BoringSSL's own object, parsed anew.
  bssl::UniquePtr<X509> ToX509() const;

 private:
  Certificate(std::string der, PublicKey key) : der_(std::move(der)), public_key_(std::move(key)) {}

  std::string der_;
  PublicKey public_key_;
  std::string subject_;
  std::string issuer_;
  std::string serial_;
  absl::Time not_before_;
  absl::Time not_after_;
  bool is_ca_ = false;
  std::vector<SubjectAltName> names_;
};

// "2026-11-23T06:00:00Z", for messages.
std::string FormatUtc(absl::Time time);

}  // namespace gossamer::x509

#endif  // LIB_X509_CERTIFICATE_H_
