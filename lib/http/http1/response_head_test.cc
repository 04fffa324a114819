#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "lib/http/http1/testing/head_text.h"

namespace gossamer::http1 {
namespace {

struct Case {
  std::string name;
  std::string method;  // Of the request.
  std::string input;
  std::string want;
};

class ResponseHeadTest : public ::testing::TestWithParam<Case> {};

TEST_P(ResponseHeadTest, GivesTheSameResultForEveryCut) {
  const Case& c = GetParam();
  std::string want = c.want;
  if (want[0] >= '0' && want[0] <= '9') {
    want = absl::StrCat("ok ", c.input.find("\r\n\r\n") + 4, " ", want);
  }
  for (const std::vector<size_t>& cuts : AllCuts(c.input.size())) {
    ASSERT_EQ(ParseResponseText(c.input, c.method, cuts), want)
        << cuts.size() << " cuts, first at " << (cuts.empty() ? 0 : cuts[0]);
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Good, ResponseHeadTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Rfc9112_4_StatusLine", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
         "200 'OK' 1.1 body=3 keep-alive | content-length: 3"},
        {"Rfc9112_4_EmptyReason", "GET", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
         "404 '' 1.1 body=none keep-alive | content-length: 0"},
        {"NoBlankBeforeAnEmptyReason", "GET", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
         "404 '' 1.1 body=none keep-alive | content-length: 0"},
        {"Rfc9112_4_ReasonWithBlanksAndObsText", "GET", "HTTP/1.1 599 a b\tc\xe4\r\n\r\n",
         "599 'a b\tc\xe4' 1.1 body=until-close close"},
        {"Rfc9110_15_UnknownStatus", "GET", "HTTP/1.1 999 x\r\n\r\n",
         "999 'x' 1.1 body=until-close close"},
        {"Rfc9112_6_3_Chunked", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "200 'OK' 1.1 body=chunked keep-alive"},
        {"Rfc9112_6_3_UntilClose", "GET", "HTTP/1.1 200 OK\r\n\r\n",
         "200 'OK' 1.1 body=until-close close"},
        {"Rfc9112_6_3_HeadHasNoBody", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
         "200 'OK' 1.1 body=none keep-alive | content-length: 3"},
        {"Rfc9112_6_3_HeadWithoutLength", "HEAD", "HTTP/1.1 200 OK\r\n\r\n",
         "200 'OK' 1.1 body=none keep-alive"},
        {"Rfc9112_6_3_HeadChunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "200 'OK' 1.1 body=none keep-alive"},
        {"Rfc9112_6_3_NotModified", "GET", "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n",
         "304 'x' 1.1 body=none keep-alive | content-length: 9"},
        {"Rfc9112_6_3_NoContent", "GET", "HTTP/1.1 204 x\r\n\r\n",
         "204 'x' 1.1 body=none keep-alive"},
        {"Rfc9110_8_6_NoContentWithLengthIsTheLast", "GET",
         "HTTP/1.1 204 x\r\nContent-Length: 9\r\n\r\n", "204 'x' 1.1 body=none close"},
        {"Rfc9112_6_1_NoContentWithCodingIsTheLast", "GET",
         "HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", "204 'x' 1.1 body=none close"},
        {"Rfc9110_15_2_Continue", "POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
         "100 'Continue' 1.1 body=none keep-alive"},
        {"Rfc9110_15_2_EarlyHints", "GET", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n",
         "103 'Early Hints' 1.1 body=none keep-alive | link: a"},
        {"Rfc9110_15_2_2_SwitchingProtocols", "GET",
         "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81",
         "101 'x' 1.1 body=none keep-alive upgrade | upgrade: websocket | connection: Upgrade"},
        {"Rfc9110_9_3_6_ConnectOpensATunnel", "CONNECT",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200 'OK' 1.1 body=none close upgrade"},
        {"Rfc9110_9_3_6_RefusedConnectHasABody", "CONNECT",
         "HTTP/1.1 403 x\r\nContent-Length: 3\r\n\r\n",
         "403 'x' 1.1 body=3 keep-alive | content-length: 3"},
        {"Rfc9112_9_3_Http10Closes", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n",
         "200 'OK' 1.0 body=3 close | content-length: 3"},
        {"Rfc9112_9_3_Http10KeepAlive", "GET",
         "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
         "200 'OK' 1.0 body=3 keep-alive | content-length: 3 | connection: keep-alive"},
        {"Rfc9112_9_3_KeepAliveCannotHoldUntilClose", "GET",
         "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
         "200 'OK' 1.0 body=until-close close | connection: keep-alive"},
        {"Rfc9112_9_6_Close", "GET",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
         "200 'OK' 1.1 body=3 close | content-length: 3 | connection: close"},
        {"Rfc9110_8_6_EqualLengths", "GET",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
         "200 'OK' 1.1 body=3 keep-alive | content-length: 3"},
        {"HostMeansNothingHere", "GET", "HTTP/1.1 204 x\r\nHost: a b\r\nHost: c\r\n\r\n",
         "204 'x' 1.1 body=none keep-alive | host: a b | host: c"},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Bad, ResponseHeadTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Rfc9112_2_2_EmptyLineBefore", "GET", "\r\nHTTP/1.1 200 OK\r\n", "error bad_version"},
        {"Rfc9112_2_3_Http2", "GET", "HTTP/2.0 200 OK\r\n", "error unsupported_version"},
        {"Rfc9112_2_3_Icy", "GET", "ICY 200 OK\r\n", "error bad_version"},
        {"Rfc9112_4_TwoDigits", "GET", "HTTP/1.1 20 OK\r\n", "error bad_status_line"},
        {"Rfc9112_4_FourDigits", "GET", "HTTP/1.1 2000 OK\r\n", "error bad_status_line"},
        {"Rfc9112_4_Letters", "GET", "HTTP/1.1 2x0 OK\r\n", "error bad_status_line"},
        {"Rfc9112_4_Signed", "GET", "HTTP/1.1 -20 OK\r\n", "error bad_status_line"},
        {"Rfc9112_4_TwoBlanks", "GET", "HTTP/1.1  200 OK\r\n", "error bad_status_line"},
        {"Rfc9112_4_NoStatus", "GET", "HTTP/1.1\r\n\r\n", "error bad_status_line"},
        {"Rfc9112_4_Tab", "GET", "HTTP/1.1 200\tOK\r\n", "error bad_status_line"},
        {"Rfc9110_15_StatusBelow100", "GET", "HTTP/1.1 099 x\r\n", "error bad_status_line"},
        {"Rfc9112_4_ControlInReason", "GET", "HTTP/1.1 200 a\x01\r\n", "error bad_status_line"},
        {"Rfc9112_2_2_BareLf", "GET", "HTTP/1.1 200 OK\n\n", "error bad_line_end"},
        {"Rfc9112_2_2_BareLfWithoutReason", "GET", "HTTP/1.1 200\n\n", "error bad_line_end"},
        {"Rfc9112_2_2_BareCr", "GET", "HTTP/1.1 200 OK\rA: b\r\n\r\n", "error bad_line_end"},
        {"Rfc9112_5_2_Fold", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "error obsolete_fold"},
        {"Rfc9112_6_3_LengthAndCoding", "GET",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         "error length_and_transfer_encoding"},
        {"Rfc9112_6_3_LengthAndCodingToHead", "HEAD",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         "error length_and_transfer_encoding"},
        {"Rfc9112_6_1_UnknownCoding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n",
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_CodingInHttp10", "GET",
         "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "error transfer_encoding_in_http_1_0"},
        {"Rfc9110_8_6_TwoLengths", "GET",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
         "error differing_content_lengths"},
        {"Rfc9110_8_6_BadLength", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3;\r\n\r\n",
         "error bad_content_length"},
    }),
    NameOf);

TEST(ResponseHeadLimitsTest, BoundsTheStatusLine) {
  EXPECT_EQ(ParseResponseText("HTTP/1.1 200 " + std::string(20000, 'x'), "GET", {}),
            "error bad_status_line");
}

}  // namespace
}  // namespace gossamer::http1
