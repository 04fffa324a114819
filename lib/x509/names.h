#ifndef LIB_X509_NAMES_H_
#define LIB_X509_NAMES_H_

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gossamer::x509 {

// The longest common name that a certificate may have (X.520, ub-common-name).
inline constexpr size_t kMaxCommonNameLength = 64;

// One entry of a subject alternative name extension.
struct SubjectAltName {
  enum class Kind { kDns, kUri, kEmail, kIp, kOther };

  Kind kind = Kind::kOther;
  // The name's bytes as they stand, NUL included; an address in its usual form for kIp; empty for
  // kOther.
  std::string value;

  friend bool operator==(const SubjectAltName& a, const SubjectAltName& b) {
    return a.kind == b.kind && a.value == b.value;
  }
};

// "DNS", "URI", "email", "IP" or "other", for messages.
absl::string_view SubjectAltNameKind(SubjectAltName::Kind kind);

// For the other files of this folder: what BoringSSL's types hold.
std::vector<SubjectAltName> ReadSubjectAltNames(const GENERAL_NAMES* names);
std::string ReadName(const X509_NAME* name);                      // RFC 2253, "CN=web,O=us".
std::vector<std::string> ReadCommonNames(const X509_NAME* name);  // As UTF-8.

}  // namespace gossamer::x509

#endif  // LIB_X509_NAMES_H_
