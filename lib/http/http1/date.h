#ifndef LIB_HTTP_HTTP1_DATE_H_
#define LIB_HTTP_HTTP1_DATE_H_

#include "absl/strings/string_view.h"

namespace gossamer::http1 {

// The current time as an IMF-fixdate (RFC 9110 section 5.6.7), formatted once a second and thread.
// Valid until the thread's next call.
absl::string_view CurrentDate();

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_DATE_H_
