#ifndef LIB_HTTP_HTTP1_FIELD_LINES_H_
#define LIB_HTTP_HTTP1_FIELD_LINES_H_

#include <cstddef>
#include <cstdint>

#include "lib/http/http1/head_error.h"
#include "lib/http/message.h"

namespace gossamer::http1 {

enum class ParseResult : uint8_t {
  kComplete,
  kIncomplete,  // So far so good; call again with more bytes.
  kError,
};

// Parses the lines from `*next` up to and with the empty line, strictly by RFC 9112 section 5, and
// adds them to `fields` with views into the input and names as they were sent.
//
// `*next` moves behind each whole line, so that after kIncomplete it stands at the first byte of
// the line to go on with. Bytes of an incomplete line are checked as far as they are there.
ParseResult ParseFieldLines(const char** next, const char* end, size_t fields_max,
                            http::Headers* fields, HeadError* error);

// Points the fields from `first` on at the copy of the bytes they lie in, [from, ...).
void RebaseFields(const char* from, const char* copy, size_t first, http::Headers* fields);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_FIELD_LINES_H_
