#ifndef LIB_HTTP_HTTP2_REQUEST_FAULT_H_
#define LIB_HTTP_HTTP2_REQUEST_FAULT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"

// Why messages and connections of HTTP/2 are refused, as static lower_snake_case names for metric
// labels and logs.
namespace gossamer::http2 {

// What is wrong with a request's head that nghttp2 has let through; empty where nothing is. With
// this a request cannot say in HTTP/2 what it could not say in HTTP/1, so whoever translates it has
// nothing to decide: its target is one (RFC 9113 section 8.3.1), and so is its authority, with
// which a Host field agrees.
absl::string_view RequestFault(const http::RequestHead& head);

// The name of an error code (RFC 9113 section 7): "h2_protocol_error".
absl::string_view ErrorReason(uint32_t h2_code);

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_REQUEST_FAULT_H_
