#include "lib/http/http2/request_fault.h"

#include <array>

#include "absl/strings/match.h"
#include "lib/http/http1/chars.h"
#include "lib/http/http1/target.h"

namespace gossamer::http2 {
namespace {

bool IsValidPath(const http::RequestHead& head) {
  if (head.is_connect()) return true;  // nghttp2 has seen to it that there is none.
  if (head.path == "*") return head.method == "OPTIONS";
  const char* const end = head.path.data() + head.path.size();
  return !head.path.empty() && head.path[0] == '/' &&
         http1::SkipTarget(head.path.data(), end) == end;
}

}  // namespace

absl::string_view RequestFault(const http::RequestHead& head) {
  if (!IsValidPath(head)) return "bad_target";
  const absl::string_view* host = head.headers.Find("host");
  const absl::string_view authority =
      head.authority.empty() && host != nullptr ? *host : head.authority;
  if (!http1::IsValidAuthority(authority)) return "bad_host";
  if (host != nullptr && !absl::EqualsIgnoreCase(*host, authority)) return "host_conflict";
  return absl::string_view();
}

absl::string_view ErrorReason(uint32_t h2_code) {
  static constexpr std::array<absl::string_view, 14> kNames = {"h2_no_error",
                                                               "h2_protocol_error",
                                                               "h2_internal_error",
                                                               "h2_flow_control_error",
                                                               "h2_settings_timeout",
                                                               "h2_stream_closed",
                                                               "h2_frame_size_error",
                                                               "h2_refused_stream",
                                                               "h2_cancel",
                                                               "h2_compression_error",
                                                               "h2_connect_error",
                                                               "h2_enhance_your_calm",
                                                               "h2_inadequate_security",
                                                               "h2_http_1_1_required"};
  return h2_code < kNames.size() ? kNames[h2_code] : "h2_unknown_error";
}

}  // namespace gossamer::http2
