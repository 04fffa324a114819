#include "tests/conformance/http1/message_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/http/http1/body_decoder.h"
#include "lib/http/http1/head_parser.h"

namespace gossamer::conformance {
namespace {

using http1::BodyDecoder;
using http1::BodyResult;
using http1::HeadError;
using http1::ParseResult;

bool IsProxysOwn(absl::string_view name) {
  return name == "date" || absl::StartsWith(name, "l5d-");
}

template <typename Head>
std::string FieldsText(const Head& head) {
  std::vector<std::string> lines;
  if (head.body == http::BodyKind::kChunked) lines.push_back("(chunked)\n");
  for (const http::Header& field : head.headers) {
    if (!IsProxysOwn(field.name))
      lines.push_back(absl::StrCat(field.name, ": ", field.value, "\n"));
  }
  std::sort(lines.begin(), lines.end());
  return absl::StrCat(absl::StrJoin(lines, ""), "\n");
}

std::string Malformed(HeadError error) {
  return absl::StrCat("malformed: ", http1::HeadErrorName(error));
}

}  // namespace

template <typename Head>
absl::optional<std::string> MessageReader::Body(std::string start, const Head& head,
                                                size_t head_size) {
  BodyDecoder decoder;
  decoder.Start(head.body, head.content_length);
  absl::string_view left = bytes_;
  left.remove_prefix(head_size);
  std::string text = absl::StrCat(start, "\n", FieldsText(head));
  BodyResult result = BodyResult::kData;
  while (result == BodyResult::kData) {
    size_t consumed = 0;
    absl::string_view data;
    result = decoder.Decode(left, &consumed, &data);
    if (result == BodyResult::kData) absl::StrAppend(&text, data);
    left.remove_prefix(consumed);
  }
  if (result == BodyResult::kNeedMore) {
    if (!eof_) return absl::nullopt;
    result = decoder.OnEof();
  }
  if (result == BodyResult::kError) {
    return absl::StrCat("malformed: ", http1::BodyErrorName(decoder.error()));
  }
  if (decoder.trailers() != nullptr) {
    text += "\n";
    for (const http::Header& field : decoder.trailers()->headers) {
      absl::StrAppend(&text, field.name, ": ", field.value, "\n");
    }
  }
  bytes_.erase(0, bytes_.size() - left.size());
  return text;
}

absl::optional<std::string> MessageReader::NextRequest() {
  http::RequestHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  switch (http1::ParseRequestHead(bytes_, &head, &consumed, &error)) {
    case ParseResult::kIncomplete:
      return absl::nullopt;
    case ParseResult::kError:
      return Malformed(error);
    case ParseResult::kComplete:
      break;
  }
  const absl::string_view target(bytes_.data(), bytes_.find("\r\n"));
  return Body(std::string(target), head, consumed);
}

absl::optional<std::string> MessageReader::NextResponse(absl::string_view request_method) {
  http::ResponseHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  switch (http1::ParseResponseHead(bytes_, request_method, &head, &consumed, &error)) {
    case ParseResult::kIncomplete:
      return absl::nullopt;
    case ParseResult::kError:
      return Malformed(error);
    case ParseResult::kComplete:
      break;
  }
  const char* const version = head.version == http::Version::kHttp10 ? "1.0 " : "";
  return Body(absl::StrCat(version, head.status), head, consumed);
}

}  // namespace gossamer::conformance
