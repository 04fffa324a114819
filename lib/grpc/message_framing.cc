#include "lib/grpc/message_framing.h"

#include "absl/strings/ascii.h"

namespace gossamer::rpc {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string FrameMessage(absl::string_view message) {
  std::string framed(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    framed.push_back(static_cast<char>(message.size() >> shift));
  }
  framed.append(message.data(), message.size());
  return framed;
}

void MessageReader::Append(absl::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes.data(), bytes.size());
}

FrameResult MessageReader::Next(absl::string_view* message) {
  const absl::string_view rest = absl::string_view(buffer_).substr(begin_);
  if (rest.size() < kPrefixBytes) return FrameResult::kNeedMore;
  if (rest[0] != 0) return FrameResult::kCompressed;
  size_t length = 0;
  for (size_t i = 1; i < kPrefixBytes; ++i) length = length << 8 | static_cast<uint8_t>(rest[i]);
  if (length > kMaxMessageBytes) return FrameResult::kTooLarge;
  if (rest.size() < kPrefixBytes + length) return FrameResult::kNeedMore;
  *message = rest.substr(kPrefixBytes, length);
  begin_ += kPrefixBytes + length;
  return FrameResult::kMessage;
}

std::string DecodeStatusMessage(absl::string_view encoded) {
  std::string decoded;
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '%' && i + 2 < encoded.size()) {
      const int high = HexValue(encoded[i + 1]);
      const int low = HexValue(encoded[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    decoded.push_back(encoded[i]);
  }
  return decoded;
}

std::string EncodeStatusMessage(absl::string_view message) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : message) {
    if (c >= ' ' && c <= '~' && c != '%') {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<uint8_t>(c);
    encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

}  // namespace gossamer::rpc
