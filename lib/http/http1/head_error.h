#ifndef LIB_HTTP_HTTP1_HEAD_ERROR_H_
#define LIB_HTTP_HTTP1_HEAD_ERROR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace gossamer::http1 {

// Why a head, a trailer section or a chunk was refused.
enum class HeadError : uint8_t {
  kNone,
  kBadMethod,
  kBadTarget,
  kUriTooLong,
  kBadVersion,
  kUnsupportedVersion,
  kBadStatusLine,
  kBadLineEnd,    // A bare CR or a bare LF.
  kObsoleteFold,  // A field line that starts with a blank.
  kBlankBeforeColon,
  kBadFieldName,
  kBadFieldValue,
  kTooManyFields,
  kHeadTooLarge,
  kMissingHost,
  kDuplicateHost,
  kBadHost,
  kBadContentLength,
  kDifferingContentLengths,
  kUnsupportedTransferEncoding,  // Of several codings, the last of which is chunked.
  kLastCodingNotChunked,
  kRepeatedTransferEncoding,
  kTransferEncodingInHttp10,
  kLengthAndTransferEncoding,
  kConnectWithBody,
  kConnectInHttp10,
};

// The status to answer a request with: 400, 414, 431, 501 or 505. A server whose response head is
// refused is answered for with 502 instead.
int SuggestedStatus(HeadError error);

// A static lower_snake_case name, for metric labels and logs: "bad_line_end".
absl::string_view HeadErrorName(HeadError error);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_HEAD_ERROR_H_
