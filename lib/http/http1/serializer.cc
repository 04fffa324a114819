#include "lib/http/http1/serializer.h"

#include <charconv>
#include <cstring>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/checked_copy.h"
#include "lib/http/http1/target.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;
using http::Header;
using http::Headers;
using http::RequestHead;
using http::ResponseHead;
using http::Version;

// Options of `connection` that are heeded; a sender with more of them only wants us to work.
constexpr size_t kConnectionOptionsMax = 32;

// Room for the start line's fixed parts and the fields that a Write function adds by itself.
constexpr size_t kFixedBytesMax = 256;

constexpr size_t kFieldOverheadBytes = 4;  // Colon, blank, CRLF.

size_t FieldsBytes(const Headers& headers) {
  size_t bytes = 0;
  for (const Header& field : headers) {
    bytes += field.name.size() + field.value.size() + kFieldOverheadBytes;
  }
  return bytes;
}

// Puts text behind text, and remembers whether any of it must not be sent.
class Writer {
 public:
  explicit Writer(char* out) : begin_(out), next_(out) {}

  // Text that is known to be good.
  void Put(absl::string_view text) {
    if (text.empty()) return;
    std::memcpy(next_, text.data(), text.size());
    next_ += text.size();
  }

  void PutNumber(uint64_t number) { next_ = std::to_chars(next_, next_ + 20, number).ptr; }

  void PutValue(absl::string_view value) {
    good_ &= CopyFieldValue(value, next_);
    next_ += value.size();
  }

  void PutField(absl::string_view name, absl::string_view value) {
    good_ &= CopyFieldName(name, next_);
    next_ += name.size();
    Put(": ");
    PutValue(value);
    Put("\r\n");
  }

  void PutLength(uint64_t length) {
    Put("content-length: ");
    PutNumber(length);
    Put("\r\n");
  }

  void PutConnection(ConnectionOption option) {
    if (option == ConnectionOption::kClose) Put("connection: close\r\n");
    if (option == ConnectionOption::kKeepAlive) Put("connection: keep-alive\r\n");
  }

  void Refuse() { good_ = false; }
  void RefuseUnless(bool good) { good_ &= good; }

  // The size of what was written; 0 if any of it was refused.
  size_t Finish() const { return good_ ? next_ - begin_ : 0; }

 private:
  char* const begin_;
  char* next_;
  bool good_ = true;
};

bool IsChunkedCoding(const Header& field) { return field.name == "transfer-encoding"; }
bool IsLength(const Header& field) { return field.name == "content-length"; }
bool IsConnection(const Header& field) { return field.name == "connection"; }

void PutTarget(const RequestHead& head, Writer* writer) {
  if (head.is_connect()) {
    writer->RefuseUnless(IsValidAuthority(head.authority));
    writer->Put(head.authority);
    return;
  }
  const bool whole_server = head.path == "*" && head.method == "OPTIONS";
  writer->RefuseUnless(whole_server || (!head.path.empty() && head.path[0] == '/'));
  writer->RefuseUnless(AllOf(head.path, kTargetChar));
  if (head.absolute_form) {
    writer->RefuseUnless(!head.authority.empty());
    writer->Put(head.scheme == "https" ? "https://" : "http://");
    writer->Put(head.authority);
    if (whole_server) return;
  }
  writer->Put(head.path);
}

// RFC 9113 section 8.2.3: HTTP/2 may cut the cookie field into pieces, HTTP/1 may not.
void PutCookies(const Headers& headers, Writer* writer) {
  bool first = true;
  for (const Header& field : headers) {
    if (field.name != "cookie") continue;
    writer->Put(first ? "cookie: " : "; ");
    writer->PutValue(field.value);
    first = false;
  }
  if (!first) writer->Put("\r\n");
}

// RFC 9112 section 3.2: always one host. The authority is what routes and policies saw, so it is
// also what the server gets to see.
void PutHost(const RequestHead& head, Writer* writer) {
  if (!head.authority.empty()) {
    writer->RefuseUnless(IsValidAuthority(head.authority));
    writer->Put("host: ");
    writer->Put(head.authority);
    writer->Put("\r\n");
    return;
  }
  const absl::string_view* host = head.headers.Find("host");
  if (host != nullptr) {
    writer->PutField("host", *host);
  } else if (head.version != Version::kHttp10) {
    writer->Put("host: \r\n");
  }
}

void PutRequestFraming(const RequestHead& head, bool had_length, Writer* writer) {
  switch (head.body) {
    case BodyKind::kNone:
      // RFC 9110 section 8.6: some servers wait for a body behind these methods.
      if (had_length || head.method == "POST" || head.method == "PUT" || head.method == "PATCH") {
        writer->PutLength(0);
      }
      return;
    case BodyKind::kContentLength:
      writer->PutLength(head.content_length);
      return;
    case BodyKind::kChunked:
      writer->RefuseUnless(head.version != Version::kHttp10);
      writer->Put("transfer-encoding: chunked\r\n");
      return;
    case BodyKind::kUntilClose:
      writer->Refuse();
      return;
  }
}

// True where the message ends with its head whatever the fields say (RFC 9112 section 6.3).
bool NeverHasBody(int status, const ResponseContext& context) {
  return context.tunnel || context.head_request || status < 200 || status == 204 || status == 304;
}

// True where even a content-length that describes what a GET would have got is not allowed.
bool ForbidsLength(int status, const ResponseContext& context) {
  return context.tunnel || status < 200 || status == 204;
}

BodyFraming PutResponseFraming(const ResponseHead& head, const ResponseContext& context,
                               Writer* writer) {
  if (NeverHasBody(head.status, context)) return BodyFraming::kIdentity;
  switch (head.body) {
    case BodyKind::kNone:
      writer->PutLength(0);
      return BodyFraming::kIdentity;
    case BodyKind::kContentLength:
      writer->PutLength(head.content_length);
      return BodyFraming::kIdentity;
    case BodyKind::kChunked:
    case BodyKind::kUntilClose:
      break;
  }
  if (context.peer_version == Version::kHttp10) return BodyFraming::kUntilClose;
  writer->Put("transfer-encoding: chunked\r\n");
  return BodyFraming::kChunked;
}

void PutStatusLine(const ResponseHead& head, Version peer_version, Writer* writer) {
  writer->RefuseUnless(head.status >= 100 && head.status <= 999);
  writer->Put(peer_version == Version::kHttp10 ? "HTTP/1.0 " : "HTTP/1.1 ");
  writer->PutNumber(static_cast<uint64_t>(head.status));
  writer->Put(" ");
  writer->PutValue(head.reason.empty() ? ReasonPhrase(head.status) : head.reason);
  writer->Put("\r\n");
}

}  // namespace

void StripHopByHop(Headers* headers, bool upgrading) {
  absl::InlinedVector<absl::string_view, 8> named;
  bool found = false;
  for (const Header& field : *headers) {
    if (IsConnection(field)) {
      found = true;
      ForEachListMember(field.value, [&named](absl::string_view option) {
        if (named.size() < kConnectionOptionsMax) named.push_back(option);
      });
    }
    found |=
        field.name == "upgrade" || field.name == "keep-alive" || field.name == "proxy-connection";
  }
  if (!found) return;
  headers->RemoveIf([&named, upgrading](const Header& field) {
    if (field.name == "upgrade") return !upgrading;
    if (IsConnection(field) || field.name == "keep-alive" || field.name == "proxy-connection") {
      return true;
    }
    // A sender must not make us drop what frames or routes its message.
    if (field.name == "host" || IsLength(field) || field.name == "te") return false;
    for (const absl::string_view option : named) {
      if (absl::EqualsIgnoreCase(option, field.name)) return true;
    }
    return false;
  });
  if (upgrading) headers->Add("connection", "upgrade");
}

size_t RequestHeadBytesMax(const RequestHead& head) {
  return head.method.size() + 2 * head.authority.size() + head.path.size() +
         FieldsBytes(head.headers) + kFixedBytesMax;
}

size_t WriteRequestHead(const RequestHead& head, ConnectionOption connection, char* out) {
  Writer writer(out);
  writer.RefuseUnless(!head.method.empty() && AllOf(head.method, kTokenChar));
  writer.Put(head.method);
  writer.Put(" ");
  PutTarget(head, &writer);
  writer.Put(head.version == Version::kHttp10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");

  PutHost(head, &writer);
  bool had_length = false;
  bool had_cookie = false;
  for (const Header& field : head.headers) {
    if (field.name == "host" || IsChunkedCoding(field)) continue;
    if (IsLength(field)) {
      had_length = true;
      continue;
    }
    if (IsConnection(field) && connection != ConnectionOption::kNone) continue;
    if (field.name == "cookie") {
      if (!had_cookie) PutCookies(head.headers, &writer);
      had_cookie = true;
      continue;
    }
    writer.PutField(field.name, field.value);
  }
  PutRequestFraming(head, had_length, &writer);
  writer.PutConnection(connection);
  writer.Put("\r\n");
  return writer.Finish();
}

size_t ResponseHeadBytesMax(const ResponseHead& head, const ResponseContext& context) {
  return head.reason.size() + FieldsBytes(head.headers) + context.date.size() + kFixedBytesMax;
}

size_t WriteResponseHead(const ResponseHead& head, const ResponseContext& context, char* out,
                         BodyFraming* framing) {
  Writer writer(out);
  PutStatusLine(head, context.peer_version, &writer);
  *framing = PutResponseFraming(head, context, &writer);
  const ConnectionOption connection =
      *framing == BodyFraming::kUntilClose ? ConnectionOption::kClose : context.connection;
  const bool keep_length =
      NeverHasBody(head.status, context) && !ForbidsLength(head.status, context);

  bool had_date = context.date.empty();
  for (const Header& field : head.headers) {
    if (IsChunkedCoding(field) || (IsLength(field) && !keep_length)) continue;
    if (IsConnection(field) && connection != ConnectionOption::kNone) continue;
    had_date |= field.name == "date";
    writer.PutField(field.name, field.value);
  }
  if (!had_date) writer.PutField("date", context.date);
  writer.PutConnection(connection);
  writer.Put("\r\n");
  return writer.Finish();
}

size_t WriteChunkHead(uint64_t size, char* out) {
  char* end = std::to_chars(out, out + kChunkHeadBytesMax - kChunkEnd.size(), size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return end - out;
}

size_t LastChunkBytesMax(const Headers& trailers) {
  return kLastChunk.size() + FieldsBytes(trailers);
}

size_t WriteLastChunk(const Headers& trailers, char* out) {
  Writer writer(out);
  writer.Put("0\r\n");
  for (const Header& field : trailers) writer.PutField(field.name, field.value);
  writer.Put("\r\n");
  return writer.Finish();
}

namespace {

// Lets `write` fill up to `bytes_max` bytes behind `out`; leaves it as it was on failure.
template <typename Write>
bool AppendWith(size_t bytes_max, std::string* out, Write write) {
  const size_t before = out->size();
  out->resize(before + bytes_max);
  const size_t written = write(&(*out)[before]);
  out->resize(before + written);
  return written != 0;
}

}  // namespace

bool AppendRequestHead(const RequestHead& head, ConnectionOption connection, std::string* out) {
  return AppendWith(RequestHeadBytesMax(head), out,
                    [&](char* to) { return WriteRequestHead(head, connection, to); });
}

bool AppendResponseHead(const ResponseHead& head, const ResponseContext& context, std::string* out,
                        BodyFraming* framing) {
  return AppendWith(ResponseHeadBytesMax(head, context), out,
                    [&](char* to) { return WriteResponseHead(head, context, to, framing); });
}

bool AppendLastChunk(const Headers& trailers, std::string* out) {
  return AppendWith(LastChunkBytesMax(trailers), out,
                    [&](char* to) { return WriteLastChunk(trailers, to); });
}

}  // namespace gossamer::http1
