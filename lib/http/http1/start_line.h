#ifndef LIB_HTTP_HTTP1_START_LINE_H_
#define LIB_HTTP_HTTP1_START_LINE_H_

#include "lib/http/http1/field_lines.h"
#include "lib/http/http1/head_error.h"
#include "lib/http/message.h"

namespace gossamer::http1 {

// Parses [*next, end) as a request line with its CRLF, after at most one empty line. Sets method,
// version and, to the target as it was sent, path: views into the input. Moves `*next` behind the
// line on kComplete only.
ParseResult ParseStartLine(const char** next, const char* end, http::RequestHead* head,
                           HeadError* error);

// The same for a status line: sets version, status and reason.
ParseResult ParseStartLine(const char** next, const char* end, http::ResponseHead* head,
                           HeadError* error);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_START_LINE_H_
