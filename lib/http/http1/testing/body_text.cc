#include "lib/http/http1/testing/body_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/body_decoder.h"

namespace gossamer::http1 {
namespace {

std::string DoneText(const BodyDecoder& decoder, size_t consumed, const std::string& body) {
  std::string text = absl::StrCat("done ", consumed, " '", body, "'");
  if (decoder.trailers() != nullptr) {
    for (const http::Header& field : decoder.trailers()->headers) {
      absl::StrAppend(&text, " | ", field.name, ": ", field.value);
    }
  }
  return text;
}

}  // namespace

std::string DecodeBodyText(http::BodyKind kind, uint64_t content_length, absl::string_view input,
                           const std::vector<size_t>& cuts) {
  BodyDecoder decoder;
  decoder.Start(kind, content_length);
  std::string body;
  size_t total = 0;
  std::vector<size_t> ends = cuts;
  ends.push_back(input.size());
  for (const size_t end : ends) {
    // Exactly as large as the piece, so that a sanitizer sees any read behind it.
    const std::vector<char> piece(input.begin() + total, input.begin() + end);
    absl::string_view left(piece.data(), piece.size());
    BodyResult result = BodyResult::kData;
    while (result == BodyResult::kData) {
      size_t consumed = 0;
      absl::string_view data;
      result = decoder.Decode(left, &consumed, &data);
      if (result == BodyResult::kData) absl::StrAppend(&body, data);
      total += consumed;
      left.remove_prefix(consumed);
    }
    if (result == BodyResult::kError) return std::string(BodyErrorName(decoder.error()));
    if (result == BodyResult::kDone) return DoneText(decoder, total, body);
    if (!left.empty()) return "needs more with input left";
  }
  if (decoder.OnEof() == BodyResult::kError) return std::string(BodyErrorName(decoder.error()));
  return DoneText(decoder, total, body);
}

}  // namespace gossamer::http1
