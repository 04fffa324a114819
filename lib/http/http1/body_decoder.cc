#include "lib/http/http1/body_decoder.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/chars.h"
#include "lib/http/http1/field_lines.h"
#include "lib/http/http1/head_error.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;

// Of a size line; with 16 the value could not be told from a negative one.
constexpr size_t kSizeDigitsMax = 15;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// RFC 9110 section 6.5.1: fields that a recipient must have read before the body, or that name
// the message's framing, its route or its sender.
bool IsForbiddenInTrailers(absl::string_view name) {
  constexpr absl::string_view kForbidden[] = {
      "authorization",
      "connection",
      "content-encoding",
      "content-length",
      "content-range",
      "content-type",
      "cookie",
      "expect",
      "host",
      "keep-alive",
      "max-forwards",
      "proxy-authenticate",
      "proxy-authorization",
      "proxy-connection",
      "set-cookie",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
  };
  return std::find(std::begin(kForbidden), std::end(kForbidden), name) != std::end(kForbidden);
}

}  // namespace

absl::string_view BodyErrorName(BodyError error) {
  switch (error) {
    case BodyError::kNone:
      return "none";
    case BodyError::kBadChunkSize:
      return "bad_chunk_size";
    case BodyError::kChunkExtensionsTooLong:
      return "chunk_extensions_too_long";
    case BodyError::kBadChunkExtension:
      return "bad_chunk_extension";
    case BodyError::kBadChunkEnd:
      return "bad_chunk_end";
    case BodyError::kBadTrailers:
      return "bad_trailers";
    case BodyError::kTrailersTooLarge:
      return "trailers_too_large";
    case BodyError::kTruncated:
      return "truncated_body";
  }
  return "unknown";
}

void BodyDecoder::Start(BodyKind kind, uint64_t content_length) {
  error_ = BodyError::kNone;
  size_digits_ = 0;
  extension_bytes_ = 0;
  remaining_ = 0;
  trailer_bytes_.clear();
  trailers_.reset();
  switch (kind) {
    case BodyKind::kNone:
      state_ = State::kDone;
      return;
    case BodyKind::kContentLength:
      remaining_ = content_length;
      state_ = content_length == 0 ? State::kDone : State::kLength;
      return;
    case BodyKind::kChunked:
      state_ = State::kSizeFirstDigit;
      return;
    case BodyKind::kUntilClose:
      state_ = State::kUntilClose;
      return;
  }
}

BodyResult BodyDecoder::Decode(absl::string_view input, size_t* consumed, absl::string_view* data) {
  *consumed = 0;
  while (true) {
    switch (state_) {
      case State::kDone:
        return BodyResult::kDone;
      case State::kError:
        return BodyResult::kError;
      case State::kUntilClose:
      case State::kLength:
      case State::kChunkData:
        if (*consumed == input.size()) return BodyResult::kNeedMore;
        return TakeData(input, consumed, data);
      default:
        if (*consumed == input.size()) return BodyResult::kNeedMore;
        TakeFraming(input, consumed);
    }
  }
}

BodyResult BodyDecoder::OnEof() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  if (state_ == State::kDone) return BodyResult::kDone;
  if (state_ != State::kError) Fail(BodyError::kTruncated);
  return BodyResult::kError;
}

BodyResult BodyDecoder::Fail(BodyError error) {
  state_ = State::kError;
  error_ = error;
  return BodyResult::kError;
}

BodyResult BodyDecoder::TakeData(absl::string_view input, size_t* consumed,
                                 absl::string_view* data) {
  *data = input.substr(*consumed);
  if (state_ != State::kUntilClose) {
    *data = data->substr(0, std::min<uint64_t>(data->size(), remaining_));
    remaining_ -= data->size();
    if (remaining_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kDataCr;
  }
  *consumed += data->size();
  return BodyResult::kData;
}

// Takes framing, at least a byte of it.
void BodyDecoder::TakeFraming(absl::string_view input, size_t* consumed) {
  const absl::string_view left = input.substr(*consumed);
  if (state_ == State::kTrailers) {
    *consumed += TakeTrailerBytes(left);
  } else if (state_ == State::kDataCr && absl::StartsWith(left, "\r\n")) {
    state_ = State::kSizeFirstDigit;
    *consumed += 2;
  } else if (state_ == State::kSizeFirstDigit && TakePlainSizeLine(left, consumed)) {
    return;
  } else {
    OnFramingByte(left[0]);
    // The first byte of a trailer field is kept where it is.
    if (state_ != State::kTrailers) ++*consumed;
  }
}

// Takes a size line that is here as a whole and has no extensions, as nearly all are.
bool BodyDecoder::TakePlainSizeLine(absl::string_view input, size_t* consumed) {
  uint64_t size = 0;
  for (size_t i = 0; i + 1 < input.size() && i <= kSizeDigitsMax; ++i) {
    const int digit = HexValue(input[i]);
    if (digit >= 0) {
      size = size * 16 + digit;
      continue;
    }
    if (i == 0 || input[i] != '\r' || input[i + 1] != '\n') return false;
    remaining_ = size;
    state_ = State::kChunkData;
    OnSizeLine();
    *consumed += i + 2;
    return true;
  }
  return false;
}

void BodyDecoder::OnFramingByte(char c) {
  const auto expect = [this, c](char expected, State next) {
    if (c == expected) {
      state_ = next;
    } else {
      Fail(BodyError::kBadChunkEnd);
    }
  };
  switch (state_) {
    case State::kSizeFirstDigit:
      if (HexValue(c) < 0) {
        Fail(BodyError::kBadChunkSize);
        return;
      }
      state_ = State::kSize;
      size_digits_ = 0;
      remaining_ = 0;
      [[fallthrough]];
    case State::kSize:
      return OnSizeByte(c);
    case State::kBlankBeforeExtension:
    case State::kExtension:
      return OnExtensionByte(c);
    case State::kSizeLf:
      expect('\n', State::kChunkData);
      if (state_ == State::kChunkData) OnSizeLine();
      return;
    case State::kDataCr:
      return expect('\r', State::kDataLf);
    case State::kDataLf:
      return expect('\n', State::kSizeFirstDigit);
    case State::kTrailersStart:
      state_ = c == '\r' ? State::kTrailersEndLf : State::kTrailers;
      return;
    case State::kTrailersEndLf:
      return expect('\n', State::kDone);
    default:
      return;
  }
}

void BodyDecoder::OnSizeByte(char c) {
  const int digit = HexValue(c);
  if (digit >= 0) {
    if (++size_digits_ > kSizeDigitsMax) {
      Fail(BodyError::kBadChunkSize);
      return;
    }
    remaining_ = remaining_ * 16 + digit;
  } else if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (c == ';' || IsBlank(c)) {
    state_ = State::kBlankBeforeExtension;
    OnExtensionByte(c);
  } else {
    Fail(BodyError::kBadChunkSize);
  }
}

// Extensions mean nothing to us; what counts is that nobody sees another end of line in them.
void BodyDecoder::OnExtensionByte(char c) {
  if (++extension_bytes_ > kExtensionBytesMax) {
    Fail(BodyError::kChunkExtensionsTooLong);
  } else if (state_ == State::kBlankBeforeExtension) {
    if (c == ';') {
      state_ = State::kExtension;
    } else if (!IsBlank(c)) {
      Fail(BodyError::kBadChunkSize);
    }
  } else if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (!Is(c, kFieldValueChar)) {
    Fail(BodyError::kBadChunkExtension);
  }
}

void BodyDecoder::OnSizeLine() {
  if (remaining_ == 0) {
    state_ = State::kTrailersStart;
    return;
  }
  extension_bytes_ -= static_cast<uint32_t>(std::min<uint64_t>(extension_bytes_, remaining_));
}

// Gathers the section up to and with its empty line; returns how much of `input` that is.
size_t BodyDecoder::TakeTrailerBytes(absl::string_view input) {
  const size_t before = trailer_bytes_.size();
  const size_t size = std::min(input.size(), kTrailerBytesMax - before);
  trailer_bytes_.append(input.data(), size);
  for (size_t line_end = before; true; ++line_end) {
    line_end = trailer_bytes_.find('\n', line_end);
    if (line_end == std::string::npos) break;
    if (line_end < 2 || trailer_bytes_[line_end - 1] != '\r') {
      Fail(BodyError::kBadTrailers);
      return size;
    }
    if (trailer_bytes_[line_end - 2] != '\n') continue;
    trailer_bytes_.resize(line_end + 1);
    ParseTrailers();
    return line_end + 1 - before;
  }
  if (trailer_bytes_.size() == kTrailerBytesMax) Fail(BodyError::kTrailersTooLarge);
  return size;
}

void BodyDecoder::ParseTrailers() {
  auto trailers = std::make_unique<Trailers>();
  const size_t size = trailer_bytes_.size();
  char* const copy = trailers->arena.Allocate(size + kLowerCaseSlack);
  std::memcpy(copy, trailer_bytes_.data(), size);
  std::string().swap(trailer_bytes_);

  http::Headers all;
  HeadError error = HeadError::kNone;
  const char* next = copy;
  if (ParseFieldLines(&next, copy + size, kTrailerFieldsMax, &all, &error) !=
          ParseResult::kComplete ||
      next != copy + size) {
    Fail(error == HeadError::kTooManyFields ? BodyError::kTrailersTooLarge
                                            : BodyError::kBadTrailers);
    return;
  }
  for (const http::Header& field : all) {
    LowerCaseName(const_cast<char*>(field.name.data()), field.name.size());
    if (!IsForbiddenInTrailers(field.name)) trailers->headers.Add(field.name, field.value);
  }
  if (!trailers->headers.empty()) trailers_ = std::move(trailers);
  state_ = State::kDone;
}

}  // namespace gossamer::http1
