#include "lib/http/http1/testing/head_text.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/head_parser.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;
using http::Version;

template <typename Head>
void AppendCommon(const Head& head, std::string* text) {
  absl::StrAppend(text, head.version == Version::kHttp10 ? " 1.0" : " 1.1");
  switch (head.body) {
    case BodyKind::kNone:
      absl::StrAppend(text, " body=none");
      break;
    case BodyKind::kContentLength:
      absl::StrAppend(text, " body=", head.content_length);
      break;
    case BodyKind::kChunked:
      absl::StrAppend(text, " body=chunked");
      break;
    case BodyKind::kUntilClose:
      absl::StrAppend(text, " body=until-close");
      break;
  }
  absl::StrAppend(text, head.keep_alive ? " keep-alive" : " close", head.upgrade ? " upgrade" : "");
}

void AppendFields(const http::Headers& headers, std::string* text) {
  for (const http::Header& field : headers) {
    absl::StrAppend(text, " | ", field.name, ": ", field.value);
  }
}

// `parse` is called with each longer prefix.
template <typename Head, typename Parse>
std::string ParseInPieces(absl::string_view input, const std::vector<size_t>& cuts, Parse parse) {
  Head head;
  HeadScanner scanner;
  std::vector<size_t> ends = cuts;
  ends.push_back(input.size());
  for (const size_t end : ends) {
    // Exactly as large as the prefix, so that a sanitizer sees any read behind it; gone before the
    // head is looked at, so that it sees any view that was left in it.
    auto prefix = std::make_unique<std::vector<char>>(input.begin(), input.begin() + end);
    size_t consumed = 0;
    HeadError error = HeadError::kNone;
    const ParseResult result =
        parse(absl::string_view(prefix->data(), end), &head, &consumed, &error, &scanner);
    prefix.reset();
    if (result == ParseResult::kError) return absl::StrCat("error ", HeadErrorName(error));
    if (result == ParseResult::kComplete) return absl::StrCat("ok ", consumed, " ", HeadText(head));
  }
  return "incomplete";
}

}  // namespace

std::string HeadText(const http::RequestHead& head) {
  std::string text = absl::StrCat(head.method, " path=", head.path);
  if (head.absolute_form) absl::StrAppend(&text, " absolute=", head.scheme);
  absl::StrAppend(&text, " host=", head.authority);
  AppendCommon(head, &text);
  if (head.expect_continue) absl::StrAppend(&text, " expect-continue");
  AppendFields(head.headers, &text);
  return text;
}

std::string HeadText(const http::ResponseHead& head) {
  std::string text = absl::StrCat(head.status, " '", head.reason, "'");
  AppendCommon(head, &text);
  AppendFields(head.headers, &text);
  return text;
}

std::string ParseRequestText(absl::string_view input, const std::vector<size_t>& cuts) {
  return ParseInPieces<http::RequestHead>(
      input, cuts,
      [](absl::string_view prefix, http::RequestHead* head, size_t* consumed, HeadError* error,
         HeadScanner* scanner) {
        return ParseRequestHead(prefix, head, consumed, error, scanner);
      });
}

std::string ParseResponseText(absl::string_view input, absl::string_view request_method,
                              const std::vector<size_t>& cuts) {
  return ParseInPieces<http::ResponseHead>(
      input, cuts,
      [request_method](absl::string_view prefix, http::ResponseHead* head, size_t* consumed,
                       HeadError* error, HeadScanner* scanner) {
        return ParseResponseHead(prefix, request_method, head, consumed, error, scanner);
      });
}

std::vector<std::vector<size_t>> AllCuts(size_t size) {
  std::vector<std::vector<size_t>> all = {{}};
  std::vector<size_t> every;
  for (size_t i = 0; i < size; ++i) {
    all.push_back({i});
    every.push_back(i);
  }
  all.push_back(every);
  return all;
}

}  // namespace gossamer::http1
