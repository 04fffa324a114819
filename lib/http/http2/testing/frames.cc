#include "lib/http/http2/testing/frames.h"

#include "absl/strings/str_cat.h"

namespace gossamer::http2::testing {
namespace {

// RFC 7541 section 5.1, with a prefix of seven bits and the eighth 0.
std::string Integer(size_t value) {
  constexpr size_t kPrefixMax = 127;
  if (value < kPrefixMax) return std::string(1, static_cast<char>(value));
  std::string bytes(1, static_cast<char>(kPrefixMax));
  value -= kPrefixMax;
  for (; value >= 128; value /= 128) bytes.push_back(static_cast<char>(value % 128 + 128));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string ShortNumber(uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

}  // namespace

std::string Number(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

uint32_t ToNumber(absl::string_view bytes) {
  uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

std::string Encode(uint8_t type, uint8_t flags, uint32_t stream, absl::string_view payload) {
  return absl::StrCat(Number(static_cast<uint32_t>(payload.size())).substr(1),
                      std::string(1, static_cast<char>(type)),
                      std::string(1, static_cast<char>(flags)), Number(stream), payload);
}

absl::optional<Frame> TakeFrame(std::string* bytes) {
  if (bytes->size() < kFrameHeaderBytes) return absl::nullopt;
  const size_t length = ToNumber(*bytes) >> 8;
  if (bytes->size() < kFrameHeaderBytes + length) return absl::nullopt;
  Frame frame;
  frame.type = static_cast<uint8_t>((*bytes)[3]);
  frame.flags = static_cast<uint8_t>((*bytes)[4]);
  frame.stream = ToNumber(absl::string_view(*bytes).substr(5));
  frame.payload = bytes->substr(kFrameHeaderBytes, length);
  bytes->erase(0, kFrameHeaderBytes + length);
  return frame;
}

std::string SettingsFrame(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  std::string payload;
  for (const auto& [id, value] : settings)
    absl::StrAppend(&payload, ShortNumber(id), Number(value));
  return Encode(kSettings, 0, 0, payload);
}

std::string Hello(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  return absl::StrCat(kPreface, SettingsFrame(settings));
}

std::string Block(const Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&block, std::string(1, '\0'), Integer(name.size()), name, Integer(value.size()),
                    value);
  }
  return block;
}

std::string HeadersFrame(uint32_t stream, const Fields& fields, uint8_t flags) {
  return Encode(kHeaders, flags, stream, Block(fields));
}

std::string HeadersFrames(uint32_t stream, absl::string_view block, bool end_stream) {
  constexpr size_t kPart = 16'384;
  uint8_t type = kHeaders;
  uint8_t flags = end_stream ? kEndStream : 0;
  std::string frames;
  do {
    const absl::string_view part = block.substr(0, kPart);
    block.remove_prefix(part.size());
    if (block.empty()) flags |= kEndHeaders;
    frames += Encode(type, flags, stream, part);
    type = kContinuation;
    flags = 0;
  } while (!block.empty());
  return frames;
}

std::string DataFrame(uint32_t stream, absl::string_view data, uint8_t flags) {
  return Encode(kData, flags, stream, data);
}

std::string PaddedDataFrame(uint32_t stream, absl::string_view data, uint8_t padding,
                            uint8_t flags) {
  return Encode(
      kData, flags | kPadded, stream,
      absl::StrCat(std::string(1, static_cast<char>(padding)), data, std::string(padding, '\0')));
}

std::string RstStreamFrame(uint32_t stream, uint32_t code) {
  return Encode(kRstStream, 0, stream, Number(code));
}

std::string WindowUpdateFrame(uint32_t stream, uint32_t increment) {
  return Encode(kWindowUpdate, 0, stream, Number(increment));
}

std::string PingFrame(absl::string_view eight_bytes, uint8_t flags) {
  return Encode(kPing, flags, 0, eight_bytes);
}

std::string GoawayFrame(uint32_t last_stream, uint32_t code) {
  return Encode(kGoaway, 0, 0, absl::StrCat(Number(last_stream), Number(code)));
}

Fields RequestFields(absl::string_view method, absl::string_view path,
                     absl::string_view authority) {
  return {{":method", std::string(method)},
          {":scheme", "http"},
          {":authority", std::string(authority)},
          {":path", std::string(path)}};
}

}  // namespace gossamer::http2::testing
