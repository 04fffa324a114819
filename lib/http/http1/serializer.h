#ifndef LIB_HTTP_HTTP1_SERIALIZER_H_
#define LIB_HTTP_HTTP1_SERIALIZER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"

// Heads and framing as bytes of HTTP/1.
//
// Each Write function takes memory of at least the size that its ...BytesMax counterpart tells and
// returns how much of it was used, so that a caller writes into its output buffer without a copy
// between. Heads may come from HTTP/2 or from policy: everything written is checked, and a head
// that could mean something else once written (a CR, LF or NUL in a value, a blank in a name or
// target) is refused.
namespace gossamer::http1 {

// What to say about the connection, besides what the fields say.
enum class ConnectionOption : uint8_t { kNone, kClose, kKeepAlive };

// Removes the fields that belong to one connection: `connection` and those it names (never host,
// content-length, or te), `upgrade`, `proxy-connection`, `keep-alive`. With `upgrading`, where the
// head asks for or grants an upgrade, `upgrade` stays and `connection` becomes "upgrade".
void StripHopByHop(http::Headers* headers, bool upgrading);

// --- Requests ---

size_t RequestHeadBytesMax(const http::RequestHead& head);

// Writes the head in the form that `head` has (origin, absolute, authority or asterisk), with
// `host` from its authority if it has none, its cookie fields joined, and the framing fields that
// `head.body` asks for. HTTP/2 heads are written as HTTP/1.1.
//
// Returns the size, or 0 where the head is refused: malformed, or with a body that its version
// cannot delimit.
size_t WriteRequestHead(const http::RequestHead& head, ConnectionOption connection, char* out);

// --- Responses ---

struct ResponseContext {
  http::Version peer_version = http::Version::kHttp11;  // Of the request.
  bool head_request = false;
  bool tunnel = false;  // 101, or 2xx to CONNECT: no body fields at all.
  ConnectionOption connection = ConnectionOption::kNone;
  absl::string_view date = {};  // Written where the head has no date, if not empty.
};

// How the body has to be written behind the head.
enum class BodyFraming : uint8_t {
  kIdentity,  // As it is (or there is none).
  kChunked,
  kUntilClose,  // As it is, and the connection must be closed at its end.
};

size_t ResponseHeadBytesMax(const http::ResponseHead& head, const ResponseContext& context);

// Writes the head as HTTP/1.1, or as HTTP/1.0 to such a peer, which gets a body of unknown length
// delimited by the connection's end. Returns the size, or 0 where the head is refused.
size_t WriteResponseHead(const http::ResponseHead& head, const ResponseContext& context, char* out,
                         BodyFraming* framing);

// The usual reason phrase of a status; empty if there is none.
absl::string_view ReasonPhrase(int status);

// --- Bodies ---

inline constexpr size_t kChunkHeadBytesMax = 18;  // 16 digits and CRLF.
inline constexpr absl::string_view kChunkEnd = "\r\n";
inline constexpr absl::string_view kLastChunk = "0\r\n\r\n";

// Writes the size line of a chunk with `size` > 0 bytes; kChunkEnd goes behind the bytes.
size_t WriteChunkHead(uint64_t size, char* out);

size_t LastChunkBytesMax(const http::Headers& trailers);

// Writes the last chunk with its trailers. Returns 0 where a trailer is refused.
size_t WriteLastChunk(const http::Headers& trailers, char* out);

// --- The same, appended to a string ---

[[nodiscard]] bool AppendRequestHead(const http::RequestHead& head, ConnectionOption connection,
                                     std::string* out);
[[nodiscard]] bool AppendResponseHead(const http::ResponseHead& head,
                                      const ResponseContext& context, std::string* out,
                                      BodyFraming* framing);
[[nodiscard]] bool AppendLastChunk(const http::Headers& trailers, std::string* out);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_SERIALIZER_H_
