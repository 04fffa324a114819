#include "lib/http/http1/start_line.h"

#include <cstring>

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/chars.h"

namespace gossamer::http1 {
namespace {

using http::Version;

ParseResult Refuse(HeadError reason, HeadError* error) {
  *error = reason;
  return ParseResult::kError;
}

// Takes exactly `literal`, judging each byte as soon as it is there.
ParseResult TakeLiteral(absl::string_view literal, HeadError otherwise, const char** next,
                        const char* end, HeadError* error) {
  for (const char c : literal) {
    if (*next == end) return ParseResult::kIncomplete;
    if (**next != c) return Refuse(otherwise, error);
    ++*next;
  }
  return ParseResult::kComplete;
}

ParseResult TakeDigit(HeadError otherwise, const char** next, const char* end, int* digit,
                      HeadError* error) {
  if (*next == end) return ParseResult::kIncomplete;
  if (**next < '0' || **next > '9') return Refuse(otherwise, error);
  *digit = *(*next)++ - '0';
  return ParseResult::kComplete;
}

ParseResult TakeVersion(const char** next, const char* end, Version* version, HeadError* error) {
  if (ABSL_PREDICT_TRUE(end - *next >= 8 && std::memcmp(*next, "HTTP/1.1", 8) == 0)) {
    *next += 8;
    *version = Version::kHttp11;
    return ParseResult::kComplete;
  }
  int major = 0;
  int minor = 0;
  ParseResult result = TakeLiteral("HTTP/", HeadError::kBadVersion, next, end, error);
  if (result == ParseResult::kComplete) {
    result = TakeDigit(HeadError::kBadVersion, next, end, &major, error);
  }
  if (result == ParseResult::kComplete) {
    result = TakeLiteral(".", HeadError::kBadVersion, next, end, error);
  }
  if (result == ParseResult::kComplete) {
    result = TakeDigit(HeadError::kBadVersion, next, end, &minor, error);
  }
  if (result != ParseResult::kComplete) return result;
  if (major != 1 || minor > 1) return Refuse(HeadError::kUnsupportedVersion, error);
  *version = minor == 0 ? Version::kHttp10 : Version::kHttp11;
  return ParseResult::kComplete;
}

bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

}  // namespace

ParseResult ParseStartLine(const char** next, const char* end, http::RequestHead* head,
                           HeadError* error) {
  const char* p = *next;
  // RFC 9112 section 2.2: old clients send an empty line behind a body.
  if (p != end && *p == '\r') {
    const ParseResult result = TakeLiteral("\r\n", HeadError::kBadLineEnd, &p, end, error);
    if (result != ParseResult::kComplete) return result;
  }
  const char* const method = p;
  p = SkipClass(p, end, kTokenChar);
  if (p == end) return ParseResult::kIncomplete;
  if (*p != ' ' || p == method) return Refuse(HeadError::kBadMethod, error);
  head->method = absl::string_view(method, p - method);

  const char* const target = ++p;
  p = SkipTarget(p, end);
  if (p == end) return ParseResult::kIncomplete;
  if (*p != ' ' || p == target) {
    const bool no_version = IsLineEnd(*p) && p != target;
    return Refuse(no_version ? HeadError::kBadVersion : HeadError::kBadTarget, error);
  }
  head->path = absl::string_view(target, p - target);

  ++p;
  ParseResult result = TakeVersion(&p, end, &head->version, error);
  if (result != ParseResult::kComplete) return result;
  if (p == end) return ParseResult::kIncomplete;
  if (!IsLineEnd(*p)) return Refuse(HeadError::kBadVersion, error);
  result = TakeLiteral("\r\n", HeadError::kBadLineEnd, &p, end, error);
  if (result == ParseResult::kComplete) *next = p;
  return result;
}

ParseResult ParseStartLine(const char** next, const char* end, http::ResponseHead* head,
                           HeadError* error) {
  const char* p = *next;
  ParseResult result = TakeVersion(&p, end, &head->version, error);
  if (result != ParseResult::kComplete) return result;
  result = TakeLiteral(" ", HeadError::kBadStatusLine, &p, end, error);
  if (result != ParseResult::kComplete) return result;
  int status = 0;
  for (int i = 0; i < 3; ++i) {
    int digit = 0;
    result = TakeDigit(HeadError::kBadStatusLine, &p, end, &digit, error);
    if (result != ParseResult::kComplete) return result;
    status = status * 10 + digit;
  }
  if (status < 100) return Refuse(HeadError::kBadStatusLine, error);
  head->status = status;

  if (p == end) return ParseResult::kIncomplete;
  head->reason = absl::string_view(p, 0);
  // Servers leave out the blank before an empty reason; nothing else can be meant.
  if (*p == ' ') {
    const char* const reason = ++p;
    p = SkipFieldValue(p, end);
    if (p == end) return ParseResult::kIncomplete;
    head->reason = absl::string_view(reason, p - reason);
  }
  if (!IsLineEnd(*p)) return Refuse(HeadError::kBadStatusLine, error);
  result = TakeLiteral("\r\n", HeadError::kBadLineEnd, &p, end, error);
  if (result == ParseResult::kComplete) *next = p;
  return result;
}

}  // namespace gossamer::http1
