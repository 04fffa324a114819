#ifndef LIB_X509_PEM_H_
#define LIB_X509_PEM_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::x509 {

// The longest PEM text and the most blocks that are read: far above any trust bundle seen.
inline constexpr size_t kMaxPemBytes = 4 << 20;
inline constexpr size_t kMaxPemBlocks = 4096;

inline constexpr absl::string_view kPemCertificate = "CERTIFICATE";
inline constexpr absl::string_view kPemCertificateRequest = "CERTIFICATE REQUEST";

// One "-----BEGIN label-----" ... "-----END label-----" of a PEM text.
struct PemBlock {
  std::string label;
  int line = 0;  // Of the BEGIN line, from 1.
  // The decoded bytes, or what is wrong with this block alone.
  absl::StatusOr<std::string> der;
};

// Splits a PEM text into its blocks. Tolerant of what people's files hold: text and comments
// outside blocks, CRLF, blank lines, indentation and spaces at line ends, no newline or many at the
// end. InvalidArgument where the whole text cannot be read: it is too long, has too many blocks, or
// a block is not closed. A block whose inside is broken is returned with its own error, so that a
// bundle with one bad certificate keeps the good ones.
absl::StatusOr<std::vector<PemBlock>> ParsePem(absl::string_view text);

// One block, lines of 64 characters, newline at the end.
std::string EncodePem(absl::string_view label, absl::string_view der);

}  // namespace gossamer::x509

#endif  // LIB_X509_PEM_H_
