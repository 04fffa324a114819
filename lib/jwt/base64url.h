#ifndef LIB_JWT_BASE64URL_H_
#define LIB_JWT_BASE64URL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gossamer::jwt {

// The base64url of RFC 7515: no padding, no white space, nothing outside the alphabet.
std::string EncodeBase64Url(absl::string_view bytes);
// False where `text` is anything else; `*bytes` is then unspecified.
bool DecodeBase64Url(absl::string_view text, std::string* bytes);

}  // namespace gossamer::jwt

#endif  // LIB_JWT_BASE64URL_H_
