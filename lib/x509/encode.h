#ifndef LIB_X509_ENCODE_H_
#define LIB_X509_ENCODE_H_

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/x509/keys.h"
#include "lib/x509/names.h"

// For the files of this folder that write certificates and requests.
namespace gossamer::x509 {

// A subject of this common name alone, of any length; an empty one for "".
absl::StatusOr<bssl::UniquePtr<X509_NAME>> EncodeSubject(absl::string_view common_name);
// InvalidArgument for kinds other than DNS, URI, email and IP. An IP is given as its 4 or 16 bytes.
absl::StatusOr<bssl::UniquePtr<GENERAL_NAMES>> EncodeNames(
    const std::vector<SubjectAltName>& names);
// In whole seconds. InvalidArgument outside of the years that a certificate can name.
absl::StatusOr<bssl::UniquePtr<ASN1_TIME>> EncodeTime(absl::Time time);
// What a key of this type signs with; null for Ed25519, which hashes by itself.
const EVP_MD* SigningDigest(KeyType type);

}  // namespace gossamer::x509

#endif  // LIB_X509_ENCODE_H_
