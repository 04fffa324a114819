#ifndef LIB_TEXT_UTF8_H_
#define LIB_TEXT_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace gossamer {

// Decodes the UTF-8 sequence at the front of `text`, which is not empty. Returns its length in
// bytes and sets `code_point`; returns 0 where there is none (RFC 3629: no overlong forms, no
// surrogates, nothing past U+10FFFF).
size_t DecodeUtf8(absl::string_view text, uint32_t* code_point);

bool IsUtf8(absl::string_view text);

}  // namespace gossamer

#endif  // LIB_TEXT_UTF8_H_
