#ifndef LIB_HTTP_HTTP1_TESTING_BODY_TEXT_H_
#define LIB_HTTP_HTTP1_TESTING_BODY_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"

namespace gossamer::http1 {

// Decodes `input`, cut at the offsets `cuts`, then tells the decoder of the connection's end.
// "done", the number of bytes consumed, the data in quotes, the trailers; or the error's name.
std::string DecodeBodyText(http::BodyKind kind, uint64_t content_length, absl::string_view input,
                           const std::vector<size_t>& cuts);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_TESTING_BODY_TEXT_H_
