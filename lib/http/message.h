#ifndef LIB_HTTP_MESSAGE_H_
#define LIB_HTTP_MESSAGE_H_

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/buffer/arena.h"

namespace gossamer::http {

enum class Version : uint8_t { kHttp10, kHttp11, kHttp2 };

// One field line. The name is lower-case. Both views point into the head's arena or at static text.
struct Header {
  absl::string_view name;
  absl::string_view value;
};

// The field lines of one head or trailer section, in order, repeats kept apart.
class Headers {
 public:
  void Add(absl::string_view name, absl::string_view value) { fields_.push_back({name, value}); }

  // The first value of `name` (lower-case), or null.
  const absl::string_view* Find(absl::string_view name) const {
    for (const Header& field : fields_) {
      if (field.name == name) return &field.value;
    }
    return nullptr;
  }

  // Replaces all fields of that name by one.
  void Set(absl::string_view name, absl::string_view value) {
    Remove(name);
    Add(name, value);
  }

  // Removes every field of that name; returns how many there were.
  int Remove(absl::string_view name) {
    return RemoveIf([name](const Header& field) { return field.name == name; });
  }

  // Removes the fields for which `drop` is true; returns how many there were.
  template <typename Predicate>
  int RemoveIf(Predicate drop) {
    auto keep = fields_.begin();
    for (auto it = fields_.begin(); it != fields_.end(); ++it) {
      if (drop(static_cast<const Header&>(*it))) continue;
      if (keep != it) *keep = *it;
      ++keep;
    }
    const int removed = static_cast<int>(fields_.end() - keep);
    fields_.erase(keep, fields_.end());
    return removed;
  }

  void Clear() { fields_.clear(); }
  bool empty() const { return fields_.empty(); }
  size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  auto begin() { return fields_.begin(); }
  auto end() { return fields_.end(); }

 private:
  absl::InlinedVector<Header, 16> fields_;
};

// How a message's body is delimited, as its sender framed it (RFC 9112 section 6.3).
enum class BodyKind : uint8_t {
  kNone,           // No body: the head ends the message.
  kContentLength,  // Exactly `content_length` bytes.
  kChunked,        // HTTP/1.1 chunked, or an HTTP/2 body of unknown length.
  kUntilClose,     // HTTP/1 responses only: ends with the connection.
};

// A request's head. All views live in `arena` (or are static). Move it by pointer only.
struct RequestHead {
  Arena arena;
  Version version = Version::kHttp11;
  absl::string_view method;
  absl::string_view scheme;  // "http" or "https"; empty in an HTTP/1 origin-form request.
  absl::string_view
      authority;           // :authority, the absolute-form's authority, else Host; maybe empty.
  absl::string_view path;  // Path and query; "*" for OPTIONS *; empty for CONNECT.
  Headers headers;         // Without pseudo-headers. HTTP/1's Host is here as "host" too.
  BodyKind body = BodyKind::kNone;
  uint64_t content_length = 0;  // With kContentLength.
  bool absolute_form = false;   // HTTP/1: the request line held a whole URI.
  bool keep_alive = true;       // HTTP/1: the connection may carry another message after this one.
  bool upgrade = false;         // HTTP/1.1: an Upgrade is asked for (Connection names it), not h2c.
  bool expect_continue = false;

  bool is_connect() const { return method == "CONNECT"; }
  void Clear() {
    headers.Clear();
    arena.Reset();
    version = Version::kHttp11;
    method = scheme = authority = path = absl::string_view();
    body = BodyKind::kNone;
    content_length = 0;
    absolute_form = false;
    keep_alive = true;
    upgrade = false;
    expect_continue = false;
  }
};

// A response's head; the same rules.
struct ResponseHead {
  Arena arena;
  Version version = Version::kHttp11;
  int status = 0;            // 100 to 999.
  absl::string_view reason;  // HTTP/1 only; may be empty.
  Headers headers;
  BodyKind body = BodyKind::kNone;
  uint64_t content_length = 0;
  bool keep_alive = true;
  bool upgrade = false;  // 101, or 2xx to CONNECT: the connection becomes a tunnel.

  bool informational() const { return status >= 100 && status < 200 && status != 101; }
  void Clear() {
    headers.Clear();
    arena.Reset();
    version = Version::kHttp11;
    status = 0;
    reason = absl::string_view();
    body = BodyKind::kNone;
    content_length = 0;
    keep_alive = true;
    upgrade = false;
  }
};

}  // namespace gossamer::http

#endif  // LIB_HTTP_MESSAGE_H_
