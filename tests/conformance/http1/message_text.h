#ifndef TESTS_CONFORMANCE_HTTP1_MESSAGE_TEXT_H_
#define TESTS_CONFORMANCE_HTTP1_MESSAGE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "lib/http/message.h"

namespace gossamer::conformance {

// Takes whole messages off one side of a connection, as text that leaves out what a proxy may
// choose: the order of fields, the cut of chunks, reason phrases, `date` and the mesh's own
// fields. "GET / HTTP/1.1", then the fields in order of their names, an empty line, the body, the
// trailers behind a newline; "(chunked)" stands among the fields of a chunked message. A response
// begins with its status, "1.0 200" where it is of HTTP/1.0.
class MessageReader {
 public:
  void Add(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  void SetEof() { eof_ = true; }

  // The next message, once it is there as a whole; "malformed: ..." for what is none.
  absl::optional<std::string> NextRequest();
  absl::optional<std::string> NextResponse(absl::string_view request_method);

  // Whether the head of a message is there, though not yet all of it.
  bool HasHead() const { return bytes_.find("\r\n\r\n") != std::string::npos; }

  const std::string& bytes() const { return bytes_; }  // Not taken yet.
  bool eof() const { return eof_; }

 private:
  template <typename Head>
  absl::optional<std::string> Body(std::string start, const Head& head, size_t head_size);

  std::string bytes_;
  bool eof_ = false;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_MESSAGE_TEXT_H_
