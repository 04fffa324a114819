#ifndef LIB_HTTP_HTTP1_HEAD_PARSER_H_
#define LIB_HTTP_HTTP1_HEAD_PARSER_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "lib/http/http1/field_lines.h"
#include "lib/http/http1/head_error.h"
#include "lib/http/message.h"

// The heads of HTTP/1 messages, by RFC 9110 and 9112 without any of their leniencies: what two
// parsers could read differently is refused.
namespace gossamer::http1 {

struct HeadLimits {
  size_t fields_max = 100;
  size_t start_line_bytes_max = 16 * 1024;  // Without its CRLF.
  size_t head_bytes_max = 64 * 1024;        // With the empty line.
};

inline constexpr HeadLimits kDefaultHeadLimits;

// Where the parse of one head that arrives in pieces stands, so that the next call goes on there:
// lines that were whole are in the head already, and a long line is not read again for each byte
// that is added to it. Belongs to one head; a call that does not return kIncomplete resets it.
class HeadScanner {
 public:
  void Reset() { *this = HeadScanner(); }
  // Whether a head has been begun: bytes came, and not yet all.
  bool in_progress() const { return seen_ != 0; }

 private:
  friend class HeadParse;

  bool start_line_done_ = false;
  size_t line_start_ = 0;  // Bytes before it are in the head.
  size_t seen_ = 0;        // Bytes known to the last call.
  size_t parsed_ = 0;      // Bytes known when the incomplete line was last read.
};

// Parses a request's head from the start of `input`.
//
// kComplete: `head` is filled and owns what it refers to; `*consumed` bytes of input were the head.
// kIncomplete: call again with the same bytes and more after them (they may have moved), the same
// `head`, untouched, and the same `scanner`; without a scanner it starts over each time.
// kError: `*error` says why; nothing of `head` may be used. The connection is of no use any more.
//
// The result does not depend on how the input is cut into calls (bytes of an incomplete line of
// over 1 KiB may be judged later than they come). `head` is cleared first; then:
//  - field names are lower-case; `host` is the authority of an absolute-form target, if any
//  - `transfer-encoding` is not among the fields: `body` says it all
//  - `content-length` is there at most once, without leading zeros
ParseResult ParseRequestHead(absl::string_view input, http::RequestHead* head, size_t* consumed,
                             HeadError* error, HeadScanner* scanner = nullptr,
                             const HeadLimits& limits = kDefaultHeadLimits);

// The same for the response to a `request_method` request. Fields that say a body's length are
// dropped where there can be none: 1xx, 204, and 2xx to CONNECT. `upgrade` is set for 101 and for
// 2xx to CONNECT; whether the request asked for it is the caller's to check.
ParseResult ParseResponseHead(absl::string_view input, absl::string_view request_method,
                              http::ResponseHead* head, size_t* consumed, HeadError* error,
                              HeadScanner* scanner = nullptr,
                              const HeadLimits& limits = kDefaultHeadLimits);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_HEAD_PARSER_H_
