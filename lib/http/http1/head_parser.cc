#include "lib/http/http1/head_parser.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "absl/base/optimization.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/chars.h"
#include "lib/http/http1/start_line.h"
#include "lib/http/http1/target.h"

namespace gossamer::http1 {

using http::BodyKind;
using http::Header;
using http::Headers;
using http::RequestHead;
using http::ResponseHead;
using http::Version;

namespace {

// An incomplete line up to this long is read again whenever bytes come; a longer one when it is
// complete or has doubled, so that the work stays linear.
constexpr size_t kRereadBytesMax = 1024;

constexpr size_t kCrlfBytes = 2;

HeadError StartLineTooLong(const RequestHead&) { return HeadError::kUriTooLong; }
HeadError StartLineTooLong(const ResponseHead&) { return HeadError::kBadStatusLine; }

void Rebase(const char* from, const char* copy, absl::string_view* text) {
  *text = absl::string_view(copy + (text->data() - from), text->size());
}

void RebaseStartLine(const char* from, const char* copy, RequestHead* head) {
  Rebase(from, copy, &head->method);
  Rebase(from, copy, &head->path);
}

void RebaseStartLine(const char* from, const char* copy, ResponseHead* head) {
  Rebase(from, copy, &head->reason);
}

}  // namespace

// The part that both kinds of heads share: the start line and the fields, without what they mean.
class HeadParse {
 public:
  template <typename Head>
  static ParseResult Run(absl::string_view input, const HeadLimits& limits, HeadScanner* scanner,
                         Head* head, size_t* consumed, HeadError* error);

 private:
  static bool WorthReading(absl::string_view input, const HeadLimits& limits,
                           const HeadScanner& scanner);

  template <typename Head>
  static ParseResult ParseLines(const char** next, const char* end, const HeadLimits& limits,
                                HeadScanner* scanner, Head* head, HeadError* error);
};

bool HeadParse::WorthReading(absl::string_view input, const HeadLimits& limits,
                             const HeadScanner& scanner) {
  const size_t line_bytes = input.size() - scanner.line_start_;
  if (line_bytes <= kRereadBytesMax) return true;
  if (line_bytes >= 2 * (scanner.parsed_ - scanner.line_start_)) return true;
  if (input.size() >= limits.head_bytes_max) return true;
  if (!scanner.start_line_done_ && line_bytes >= limits.start_line_bytes_max) return true;
  return std::memchr(input.data() + scanner.seen_, '\n', input.size() - scanner.seen_) != nullptr;
}

template <typename Head>
ParseResult HeadParse::ParseLines(const char** next, const char* end, const HeadLimits& limits,
                                  HeadScanner* scanner, Head* head, HeadError* error) {
  if (!scanner->start_line_done_) {
    const size_t line_bytes_max = limits.start_line_bytes_max + kCrlfBytes;
    const bool bounded = static_cast<size_t>(end - *next) >= line_bytes_max;
    const char* const line_end = bounded ? *next + line_bytes_max : end;
    const ParseResult result = ParseStartLine(next, line_end, head, error);
    if (result == ParseResult::kIncomplete && bounded) {
      *error = StartLineTooLong(*head);
      return ParseResult::kError;
    }
    if (result != ParseResult::kComplete) return result;
    scanner->start_line_done_ = true;
  }
  return ParseFieldLines(next, end, limits.fields_max, &head->headers, error);
}

template <typename Head>
ParseResult HeadParse::Run(absl::string_view input, const HeadLimits& limits, HeadScanner* scanner,
                           Head* head, size_t* consumed, HeadError* error) {
  const bool start_line_was_done = scanner->start_line_done_;
  if (!start_line_was_done) head->Clear();
  if (ABSL_PREDICT_FALSE(scanner->seen_ != 0 && !WorthReading(input, limits, *scanner))) {
    scanner->seen_ = input.size();
    return ParseResult::kIncomplete;
  }

  const char* const from = input.data() + scanner->line_start_;
  const char* const end = input.data() + std::min(input.size(), limits.head_bytes_max);
  const size_t fields_before = head->headers.size();
  const char* next = from;
  ParseResult result = ParseLines(&next, end, limits, scanner, head, error);
  if (ABSL_PREDICT_FALSE(result == ParseResult::kIncomplete &&
                         input.size() >= limits.head_bytes_max)) {
    *error = HeadError::kHeadTooLarge;
    result = ParseResult::kError;
  }
  if (ABSL_PREDICT_FALSE(result == ParseResult::kError)) {
    scanner->Reset();
    return result;
  }

  // The whole lines leave the input, all at once: one copy is cheaper than one for each field.
  if (next != from) {
    const size_t size = next - from;
    char* const copy = head->arena.Allocate(size + kLowerCaseSlack);
    std::memcpy(copy, from, size);
    if (!start_line_was_done) RebaseStartLine(from, copy, head);
    RebaseFields(from, copy, fields_before, &head->headers);
  }
  if (ABSL_PREDICT_TRUE(result == ParseResult::kComplete)) {
    *consumed = next - input.data();
    scanner->Reset();
    return result;
  }
  scanner->line_start_ = next - input.data();
  scanner->seen_ = scanner->parsed_ = input.size();
  return result;
}

namespace {

// What the fields say that the connection, rather than its user, must know.
struct FieldSummary {
  Header* host = nullptr;  // Valid until a field is added or removed.
  int hosts = 0;
  absl::string_view length;
  int lengths = 0;
  bool lengths_differ = false;
  absl::string_view coding;
  int codings = 0;
  bool close = false;
  bool keep_alive = false;
  bool connection_upgrade = false;
  bool upgrade = false;
  bool upgrade_h2c = false;
  bool expect_continue = false;
};

void NoteConnection(absl::string_view value, FieldSummary* summary) {
  ForEachListMember(value, [summary](absl::string_view option) {
    if (absl::EqualsIgnoreCase(option, "close")) summary->close = true;
    if (absl::EqualsIgnoreCase(option, "keep-alive")) summary->keep_alive = true;
    if (absl::EqualsIgnoreCase(option, "upgrade")) summary->connection_upgrade = true;
  });
}

void NoteUpgrade(absl::string_view value, FieldSummary* summary) {
  ForEachListMember(value, [summary](absl::string_view protocol) {
    summary->upgrade = true;
    if (absl::EqualsIgnoreCase(protocol, "h2c")) summary->upgrade_h2c = true;
  });
}

void NoteField(Header* field, FieldSummary* summary) {
  // The length first: most fields differ from all of these in it.
  const absl::string_view name = field->name;
  switch (name.size()) {
    case 4:
      if (name != "host") return;
      summary->host = field;
      ++summary->hosts;
      return;
    case 6:
      if (name == "expect" && absl::EqualsIgnoreCase(field->value, "100-continue")) {
        summary->expect_continue = true;
      }
      return;
    case 7:
      if (name == "upgrade") NoteUpgrade(field->value, summary);
      return;
    case 10:
      if (name == "connection") NoteConnection(field->value, summary);
      return;
    case 14:
      if (name != "content-length") return;
      if (summary->lengths++ > 0 && field->value != summary->length) summary->lengths_differ = true;
      summary->length = field->value;
      return;
    case 17:
      if (name != "transfer-encoding") return;
      summary->coding = field->value;
      ++summary->codings;
      return;
    default:
      return;
  }
}

// Folds the names, which lie in the head's arena, and notes what the fields say.
void ReadFields(Headers* headers, FieldSummary* summary) {
  for (Header& field : *headers) {
    LowerCaseName(const_cast<char*>(field.name.data()), field.name.size());
    NoteField(&field, summary);
  }
}

// `*digits` loses its leading zeros, so that no one behind us can take it for octal.
bool ParseLength(absl::string_view* digits, uint64_t* length) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (digits->empty()) return false;
  uint64_t value = 0;
  for (const char c : *digits) {
    if (c < '0' || c > '9') return false;
    const uint64_t digit = c - '0';
    if (value > (kMax - digit) / 10) return false;
    value = value * 10 + digit;
  }
  while (digits->size() > 1 && digits->front() == '0') digits->remove_prefix(1);
  *length = value;
  return true;
}

HeadError ApplyTransferEncoding(const FieldSummary& summary, Version version, BodyKind* body) {
  if (version == Version::kHttp10) return HeadError::kTransferEncodingInHttp10;
  if (summary.lengths != 0) return HeadError::kLengthAndTransferEncoding;
  if (summary.codings > 1) return HeadError::kRepeatedTransferEncoding;
  if (absl::EqualsIgnoreCase(summary.coding, "chunked")) {
    *body = BodyKind::kChunked;
    return HeadError::kNone;
  }
  // RFC 9112 section 6.3: a request whose last coding is another has no length that can be trusted.
  // One that is merely not understood in full is answered 501 (section 6.1).
  absl::string_view last;
  int chunked = 0;
  ForEachListMember(summary.coding, [&](absl::string_view coding) {
    last = coding;
    if (absl::EqualsIgnoreCase(coding, "chunked")) ++chunked;
  });
  if (!absl::EqualsIgnoreCase(last, "chunked")) return HeadError::kLastCodingNotChunked;
  return chunked > 1 ? HeadError::kRepeatedTransferEncoding
                     : HeadError::kUnsupportedTransferEncoding;
}

// Sets how the body is delimited from the fields alone; leaves it at `*body` if none says so.
template <typename Head>
HeadError ApplyFraming(FieldSummary* summary, Head* head) {
  if (summary->codings != 0) {
    const HeadError error = ApplyTransferEncoding(*summary, head->version, &head->body);
    if (error == HeadError::kNone) head->headers.Remove("transfer-encoding");
    return error;
  }
  if (summary->lengths == 0) return HeadError::kNone;
  if (summary->lengths_differ) return HeadError::kDifferingContentLengths;
  const size_t size_as_sent = summary->length.size();
  if (!ParseLength(&summary->length, &head->content_length)) return HeadError::kBadContentLength;
  if (summary->lengths > 1 || summary->length.size() != size_as_sent) {
    head->headers.Set("content-length", summary->length);
  }
  head->body = head->content_length == 0 ? BodyKind::kNone : BodyKind::kContentLength;
  return HeadError::kNone;
}

bool KeepAlive(const FieldSummary& summary, Version version) {
  if (summary.close) return false;
  return version == Version::kHttp11 || summary.keep_alive;
}

HeadError ApplyHost(const FieldSummary& summary, RequestHead* head) {
  if (summary.hosts > 1) return HeadError::kDuplicateHost;
  if (summary.hosts == 0) {
    return head->version == Version::kHttp11 ? HeadError::kMissingHost : HeadError::kNone;
  }
  const absl::string_view host = summary.host->value;
  if (!host.empty() && !IsValidAuthority(host)) return HeadError::kBadHost;
  if (head->authority.empty()) {
    head->authority = host;
  } else {
    summary.host->value = head->authority;  // RFC 9112 section 3.2.2.
  }
  return HeadError::kNone;
}

HeadError FinishRequest(RequestHead* head) {
  FieldSummary summary;
  ReadFields(&head->headers, &summary);
  if (head->is_connect() && head->version == Version::kHttp10) return HeadError::kConnectInHttp10;
  if (!SplitTarget(head)) return HeadError::kBadTarget;
  HeadError error = ApplyHost(summary, head);
  if (error != HeadError::kNone) return error;
  error = ApplyFraming(&summary, head);
  if (error != HeadError::kNone) return error;
  // Its bytes could be taken for the tunnel's.
  if (head->is_connect() && head->body != BodyKind::kNone) return HeadError::kConnectWithBody;
  const bool is_http11 = head->version == Version::kHttp11;
  head->keep_alive = KeepAlive(summary, head->version);
  head->upgrade =
      is_http11 && summary.connection_upgrade && summary.upgrade && !summary.upgrade_h2c;
  head->expect_continue = is_http11 && summary.expect_continue;
  return HeadError::kNone;
}

void DropBody(ResponseHead* head) {
  // The server may yet send one, and it would be read as the next response.
  if (head->body != BodyKind::kUntilClose && head->body != BodyKind::kNone) {
    head->keep_alive = false;
  }
  head->headers.Remove("content-length");
}

HeadError FinishResponse(absl::string_view request_method, ResponseHead* head) {
  FieldSummary summary;
  ReadFields(&head->headers, &summary);
  head->body = BodyKind::kUntilClose;
  const HeadError error = ApplyFraming(&summary, head);
  if (error != HeadError::kNone) return error;
  head->keep_alive = KeepAlive(summary, head->version);

  // RFC 9112 section 6.3, rules 1 and 2.
  const bool tunnel = request_method == "CONNECT" && head->status >= 200 && head->status < 300;
  head->upgrade = tunnel || head->status == 101;
  if (tunnel || head->status < 200 || head->status == 204) {
    DropBody(head);
    head->body = BodyKind::kNone;
  } else if (request_method == "HEAD" || head->status == 304) {
    head->body = BodyKind::kNone;
  }
  if (head->body != BodyKind::kContentLength) head->content_length = 0;
  if (head->body == BodyKind::kUntilClose) head->keep_alive = false;
  return HeadError::kNone;
}

}  // namespace

ParseResult ParseRequestHead(absl::string_view input, RequestHead* head, size_t* consumed,
                             HeadError* error, HeadScanner* scanner, const HeadLimits& limits) {
  HeadScanner no_memory;
  if (scanner == nullptr) scanner = &no_memory;
  const ParseResult result = HeadParse::Run(input, limits, scanner, head, consumed, error);
  if (result != ParseResult::kComplete) return result;
  *error = FinishRequest(head);
  return *error == HeadError::kNone ? ParseResult::kComplete : ParseResult::kError;
}

ParseResult ParseResponseHead(absl::string_view input, absl::string_view request_method,
                              ResponseHead* head, size_t* consumed, HeadError* error,
                              HeadScanner* scanner, const HeadLimits& limits) {
  HeadScanner no_memory;
  if (scanner == nullptr) scanner = &no_memory;
  const ParseResult result = HeadParse::Run(input, limits, scanner, head, consumed, error);
  if (result != ParseResult::kComplete) return result;
  *error = FinishResponse(request_method, head);
  return *error == HeadError::kNone ? ParseResult::kComplete : ParseResult::kError;
}

}  // namespace gossamer::http1
