#include "lib/http/http1/head_error.h"

#include "absl/strings/string_view.h"

namespace gossamer::http1 {

int SuggestedStatus(HeadError error) {
  switch (error) {
    case HeadError::kUriTooLong:
      return 414;
    case HeadError::kTooManyFields:
    case HeadError::kHeadTooLarge:
      return 431;
    case HeadError::kUnsupportedTransferEncoding:
      return 501;
    case HeadError::kUnsupportedVersion:
      return 505;
    default:
      return 400;
  }
}

absl::string_view HeadErrorName(HeadError error) {
  switch (error) {
    case HeadError::kNone:
      return "none";
    case HeadError::kBadMethod:
      return "bad_method";
    case HeadError::kBadTarget:
      return "bad_target";
    case HeadError::kUriTooLong:
      return "uri_too_long";
    case HeadError::kBadVersion:
      return "bad_version";
    case HeadError::kUnsupportedVersion:
      return "unsupported_version";
    case HeadError::kBadStatusLine:
      return "bad_status_line";
    case HeadError::kBadLineEnd:
      return "bad_line_end";
    case HeadError::kObsoleteFold:
      return "obsolete_fold";
    case HeadError::kBlankBeforeColon:
      return "blank_before_colon";
    case HeadError::kBadFieldName:
      return "bad_field_name";
    case HeadError::kBadFieldValue:
      return "bad_field_value";
    case HeadError::kTooManyFields:
      return "too_many_fields";
    case HeadError::kHeadTooLarge:
      return "head_too_large";
    case HeadError::kMissingHost:
      return "missing_host";
    case HeadError::kDuplicateHost:
      return "duplicate_host";
    case HeadError::kBadHost:
      return "bad_host";
    case HeadError::kBadContentLength:
      return "bad_content_length";
    case HeadError::kDifferingContentLengths:
      return "differing_content_lengths";
    case HeadError::kUnsupportedTransferEncoding:
      return "unsupported_transfer_encoding";
    case HeadError::kLastCodingNotChunked:
      return "last_coding_not_chunked";
    case HeadError::kRepeatedTransferEncoding:
      return "repeated_transfer_encoding";
    case HeadError::kTransferEncodingInHttp10:
      return "transfer_encoding_in_http_1_0";
    case HeadError::kLengthAndTransferEncoding:
      return "length_and_transfer_encoding";
    case HeadError::kConnectWithBody:
      return "connect_with_body";
    case HeadError::kConnectInHttp10:
      return "connect_in_http_1_0";
  }
  return "unknown";
}

}  // namespace gossamer::http1
