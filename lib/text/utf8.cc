#include "lib/text/utf8.h"

#include <array>

namespace gossamer {
namespace {

size_t LengthFor(uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

}  // namespace

size_t DecodeUtf8(absl::string_view text, uint32_t* code_point) {
  constexpr std::array<uint8_t, 5> kFirstMask = {0, 0x7f, 0x1f, 0x0f, 0x07};
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const uint8_t first = static_cast<uint8_t>(text[0]);
  const size_t length = LengthFor(first);
  if (length == 0 || length > text.size()) return 0;
  uint32_t value = first & kFirstMask[length];
  for (size_t i = 1; i < length; ++i) {
    const uint8_t byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return 0;
    value = value << 6 | (byte & 0x3f);
  }
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < kSmallest[length] || value > 0x10ffff || surrogate) return 0;
  *code_point = value;
  return length;
}

bool IsUtf8(absl::string_view text) {
  uint32_t code_point = 0;
  while (!text.empty()) {
    const size_t length = DecodeUtf8(text, &code_point);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace gossamer
