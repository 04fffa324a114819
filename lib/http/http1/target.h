#ifndef LIB_HTTP_HTTP1_TARGET_H_
#define LIB_HTTP_HTTP1_TARGET_H_

#include "absl/strings/string_view.h"
#include "lib/http/message.h"

namespace gossamer::http1 {

// True for a host with an optional port: a name, an IPv4 address or an IPv6 one in brackets. No
// user information, no empty host, no empty port.
bool IsValidAuthority(absl::string_view authority);

// Takes the request-target apart by RFC 9112 section 3.2: reads `head->path`, which holds the
// target as it was sent, and `head->method`; sets scheme, authority, path and absolute_form.
// False for a form that the method does not allow.
bool SplitTarget(http::RequestHead* head);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_TARGET_H_
