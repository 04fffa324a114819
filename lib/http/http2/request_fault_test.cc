#include "lib/http/http2/request_fault.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::http2 {
namespace {

struct Target {
  const char* name;
  absl::string_view method;
  absl::string_view authority;
  absl::string_view path;
  const char* host;  // Null for none.
  absl::string_view fault;
};

TEST(RequestFaultTest, AsksForWhatHttp1CouldSay) {
  const std::vector<Target> kTargets = {
      {"plain", "GET", "a", "/", nullptr, ""},
      {"port and query", "GET", "a.b:80", "/c?d=/?e", nullptr, ""},
      {"IPv6", "GET", "[::1]:80", "/", nullptr, ""},
      {"whole server", "OPTIONS", "a", "*", nullptr, ""},
      {"connect", "CONNECT", "a:443", "", nullptr, ""},
      {"host instead", "GET", "", "/", "a", ""},
      {"host agrees", "GET", "a.B", "/", "A.b", ""},

      {"whole server of a GET", "GET", "a", "*", nullptr, "bad_target"},
      {"no path", "GET", "a", "", nullptr, "bad_target"},
      {"relative path", "GET", "a", "b", nullptr, "bad_target"},
      {"blank in the path", "GET", "a", "/ HTTP/1.1", nullptr, "bad_target"},
      {"tab in the path", "GET", "a", "/\t", nullptr, "bad_target"},
      {"line end in the path", "GET", "a", "/\r\nx: y", nullptr, "bad_target"},
      {"fragment", "GET", "a", "/#b", nullptr, "bad_target"},
      {"byte above 0x7e", "GET", "a", "/\xc3\xa4", nullptr, "bad_target"},
      {"bad byte far behind", "GET", "a", "/0123456789012345678901234567890 ", nullptr,
       "bad_target"},
      {"user information", "GET", "u@a", "/", nullptr, "bad_host"},
      {"path in the authority", "GET", "a/b", "/", nullptr, "bad_host"},
      {"blank in the authority", "GET", "a b", "/", nullptr, "bad_host"},
      {"bad port", "GET", "a:70000", "/", nullptr, "bad_host"},
      {"no authority", "GET", "", "/", nullptr, "bad_host"},
      {"bad host instead", "GET", "", "/", "a@b", "bad_host"},
      {"host differs", "GET", "a", "/", "b", "host_conflict"},
      {"host's port differs", "GET", "a:1", "/", "a:2", "host_conflict"},
  };
  for (const Target& target : kTargets) {
    http::RequestHead head;
    head.method = target.method;
    head.authority = target.authority;
    head.path = target.path;
    if (target.host != nullptr) head.headers.Add("host", target.host);
    EXPECT_EQ(RequestFault(head), target.fault) << target.name;
  }
}

TEST(ErrorReasonTest, NamesEveryCode) {
  EXPECT_EQ(ErrorReason(0x1), "h2_protocol_error");
  EXPECT_EQ(ErrorReason(0xb), "h2_enhance_your_calm");
  EXPECT_EQ(ErrorReason(0xd), "h2_http_1_1_required");
  EXPECT_EQ(ErrorReason(0xe), "h2_unknown_error");
  EXPECT_EQ(ErrorReason(0xffffffff), "h2_unknown_error");
}

}  // namespace
}  // namespace gossamer::http2
