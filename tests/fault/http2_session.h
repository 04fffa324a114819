#ifndef TESTS_FAULT_HTTP2_SESSION_H_
#define TESTS_FAULT_HTTP2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace gossamer::fault_test {

// One side of an HTTP/2 connection without a connection: bytes in, bytes out, so that a test can
// cut them wherever it likes. nghttp2 makes them, and nothing of the project's own does.
class Http2Session {
 public:
  enum class Role { kClient, kServer };

  // What has come of a request or a response.
  struct Message {
    std::map<std::string, std::string> fields;  // Pseudo-fields and trailers, too.
    std::string body;
    bool ended = false;              // END_STREAM has come.
    std::optional<uint32_t> closed;  // The stream's end, with its code.
  };

  explicit Http2Session(Role role);
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;
  ~Http2Session();

  // Asks for `path`, by POST where there is a body. Returns the stream.
  int32_t Request(const std::string& path, const std::string& body);
  // Answers 200 with x-id, a body and, where not empty, the trailer x-trailer.
  void Respond(int32_t stream, const std::string& id, const std::string& body,
               const std::string& trailer = "");
  void Reset(int32_t stream, uint32_t code);
  // Streams above `last_stream` are refused.
  void Goaway(int32_t last_stream);

  // False where the peer has broken the protocol.
  bool Feed(absl::string_view bytes);
  // What is to be sent.
  std::string Take();

  // By stream.
  std::map<int32_t, Message> messages;
  bool goaway = false;  // The peer has said so.

 private:
  struct Callbacks;
  struct Body {
    std::string left;
    std::string trailer;
  };

  nghttp2_data_provider2 BodyOf(int32_t stream);

  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Body> bodies_;
};

// The lengths of the frames in what a session sends, a client's preface being the first.
std::vector<size_t> FrameLengths(absl::string_view bytes);

}  // namespace gossamer::fault_test

#endif  // TESTS_FAULT_HTTP2_SESSION_H_
