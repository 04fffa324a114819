#include "lib/jwt/base64url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace gossamer::jwt {

std::string EncodeBase64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

bool DecodeBase64Url(absl::string_view text, std::string* bytes) {
  // The library's decoder forgives padding and white space; the standard does not.
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; }) &&
         absl::WebSafeBase64Unescape(text, bytes);
}

}  // namespace gossamer::jwt
