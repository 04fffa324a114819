#ifndef LIB_HTTP_HTTP2_FIELDS_H_
#define LIB_HTTP_HTTP2_FIELDS_H_

#include <nghttp2/nghttp2.h>

#include "absl/container/inlined_vector.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "lib/http/message.h"

namespace gossamer::http2 {

// Fields in nghttp2's form, borrowed for one submit call, which copies them.
class FieldArray {
 public:
  void Add(absl::string_view name, absl::string_view value) {
    fields_.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                       reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                       value.size(), NGHTTP2_NV_FLAG_NONE});
  }

  // `text` outlives the submit call.
  void AddStatus(int status, char (&text)[4]) {
    text[0] = static_cast<char>('0' + status / 100 % 10);
    text[1] = static_cast<char>('0' + status / 10 % 10);
    text[2] = static_cast<char>('0' + status % 10);
    Add(":status", absl::string_view(text, 3));
  }

  // All but what means something to one HTTP/1 connection only (RFC 9113 section 8.2.2).
  void AddAll(const http::Headers& headers) {
    for (const http::Header& field : headers) {
      if (!IsConnectionSpecific(field)) Add(field.name, field.value);
    }
  }

  nghttp2_nv* data() { return fields_.data(); }
  size_t size() const { return fields_.size(); }

 private:
  static bool IsConnectionSpecific(const http::Header& field) {
    switch (field.name.size()) {
      case 2:
        return field.name == "te" && field.value != "trailers";
      case 4:
        return field.name == "host";
      case 7:
        return field.name == "upgrade";
      case 10:
        return field.name == "connection" || field.name == "keep-alive";
      case 16:
        return field.name == "proxy-connection";
      case 17:
        return field.name == "transfer-encoding";
      default:
        return false;
    }
  }

  absl::InlinedVector<nghttp2_nv, 24> fields_;
};

// Says how the body of a received head is delimited: a stream that ends with its head has none.
template <typename Head>
void SetBody(bool end_stream, Head* head) {
  head->body = http::BodyKind::kNone;
  if (end_stream) return;
  head->body = http::BodyKind::kChunked;
  const absl::string_view* length = head->headers.Find("content-length");
  if (length != nullptr && absl::SimpleAtoi(*length, &head->content_length)) {
    head->body = http::BodyKind::kContentLength;
  }
}

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_FIELDS_H_
