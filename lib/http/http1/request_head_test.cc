#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "lib/http/http1/head_parser.h"
#include "lib/http/http1/testing/head_text.h"

namespace gossamer::http1 {
namespace {

struct Case {
  std::string name;  // With the section of the RFC that decides it.
  std::string input;
  std::string want;  // As ParseRequestText gives it, without the size for a whole head.
};

class RequestHeadTest : public ::testing::TestWithParam<Case> {};

// However it is cut, an input means the same.
TEST_P(RequestHeadTest, GivesTheSameResultForEveryCut) {
  const Case& c = GetParam();
  std::string want = c.want;
  if (want.find(' ') != std::string::npos && want.substr(0, 6) != "error ") {
    const size_t head_size = c.input.find("\r\n\r\n") + 4;
    want = absl::StrCat("ok ", head_size, " ", want);
  }
  for (const std::vector<size_t>& cuts : AllCuts(c.input.size())) {
    ASSERT_EQ(ParseRequestText(c.input, cuts), want)
        << cuts.size() << " cuts, first at " << (cuts.empty() ? 0 : cuts[0]);
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

// A request with the lines `fields` behind its Host.
std::string With(absl::string_view fields) {
  return absl::StrCat("GET / HTTP/1.1\r\nHost: a\r\n", fields, "\r\n");
}

INSTANTIATE_TEST_SUITE_P(
    Good, RequestHeadTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Rfc9112_2_1_Minimal", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET path=/ host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9112_2_1_StopsAtTheHeadsEnd",
         "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\n",
         "GET path=/ host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9112_2_2_OneEmptyLineBefore", "\r\nGET / HTTP/1.1\r\nHost:a\r\n\r\n",
         "GET path=/ host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9110_5_1_NamesBecomeLowerCase",
         With("X-FoO_Bar!#$%&'*+.^`|~09-LongerThanSixteen: v\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | "
         "x-foo_bar!#$%&'*+.^`|~09-longerthansixteen: v"},
        {"Rfc9110_5_1_NameOf16", With("ABCDEFGHIJKLMNOP: ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | "
         "abcdefghijklmnop: ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        {"Rfc9110_5_5_BlanksAroundValuesGo", With("A: \t b c \t \r\nB:\r\nC: \r\nD:d\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | a: b c | b:  | c:  | d: d"},
        {"Rfc9110_5_5_ObsText", With("A: \xc3\xa4\xff\x80\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | a: \xc3\xa4\xff\x80"},
        {"Rfc9110_5_3_RepeatsStayApart", With("Cookie: a\r\ncookie: b\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | cookie: a | cookie: b"},
        {"Rfc9110_9_1_AnyTokenIsAMethod", "M-SEARCH /x HTTP/1.1\r\nHost: a\r\n\r\n",
         "M-SEARCH path=/x host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9110_9_1_MethodsKeepTheirCase", "get /x HTTP/1.1\r\nHost: a\r\n\r\n",
         "get path=/x host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9112_3_2_1_OriginForm",
         "GET /a/b;c?d=e&f=%20|{}\"<>[]^`\\ HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET path=/a/b;c?d=e&f=%20|{}\"<>[]^`\\ host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9112_3_2_1_EmptySegment", "GET //b/ HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET path=//b/ host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9112_3_2_2_AbsoluteForm", "GET http://b.c:81/d?e HTTP/1.1\r\nHost: b.c:81\r\n\r\n",
         "GET path=/d?e absolute=http host=b.c:81 1.1 body=none keep-alive | host: b.c:81"},
        {"Rfc9112_3_2_2_AbsoluteFormBeatsHost",
         "GET HTTPS://b/ HTTP/1.1\r\nHost: c\r\nX: y\r\n\r\n",
         "GET path=/ absolute=https host=b 1.1 body=none keep-alive | host: b | x: y"},
        {"Rfc9112_3_2_2_AbsoluteFormWithoutPath", "GET http://b HTTP/1.1\r\nHost: b\r\n\r\n",
         "GET path=/ absolute=http host=b 1.1 body=none keep-alive | host: b"},
        {"Rfc9112_3_2_2_AbsoluteFormQueryOnly", "GET http://b?q HTTP/1.1\r\nHost: b\r\n\r\n",
         "GET path=/?q absolute=http host=b 1.1 body=none keep-alive | host: b"},
        {"Rfc9112_3_2_3_Connect", "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n",
         "CONNECT path= host=b:443 1.1 body=none keep-alive | host: b:443"},
        {"Rfc9112_3_2_3_ConnectToIpv6", "CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\n\r\n",
         "CONNECT path= host=[::1]:443 1.1 body=none keep-alive | host: [::1]:443"},
        {"Rfc9112_3_2_4_Asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
         "OPTIONS path=* host=a 1.1 body=none keep-alive | host: a"},
        {"Rfc9110_7_1_OptionsOfWholeServer", "OPTIONS http://b HTTP/1.1\r\nHost: b\r\n\r\n",
         "OPTIONS path=* absolute=http host=b 1.1 body=none keep-alive | host: b"},
        {"Rfc9110_7_2_HostForms", "GET / HTTP/1.1\r\nHost: [2001:db8::1.2.3.4]:65535\r\n\r\n",
         "GET path=/ host=[2001:db8::1.2.3.4]:65535 1.1 body=none keep-alive | "
         "host: [2001:db8::1.2.3.4]:65535"},
        {"Rfc9110_7_2_EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
         "GET path=/ host= 1.1 body=none keep-alive | host: "},
        {"Rfc9112_9_3_Http10Closes", "GET / HTTP/1.0\r\n\r\n",
         "GET path=/ host= 1.0 body=none close"},
        {"Rfc9112_9_3_Http10KeepAlive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
         "GET path=/ host= 1.0 body=none keep-alive | connection: Keep-Alive"},
        {"Rfc9112_9_3_CloseWins", With("Connection: keep-alive\r\nConnection: x ,, CLOSE\r\n"),
         "GET path=/ host=a 1.1 body=none close | host: a | connection: keep-alive | "
         "connection: x ,, CLOSE"},
        {"Rfc9112_6_2_Length", With("Content-Length: 5\r\n"),
         "GET path=/ host=a 1.1 body=5 keep-alive | host: a | content-length: 5"},
        {"Rfc9112_6_2_LengthZero", With("Content-Length: 0\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | content-length: 0"},
        {"Rfc9112_6_2_LengthWithoutLeadingZeros", With("Content-Length: 0010\r\n"),
         "GET path=/ host=a 1.1 body=10 keep-alive | host: a | content-length: 10"},
        {"Rfc9112_6_2_LongestLength", With("Content-Length: 9223372036854775807\r\n"),
         "GET path=/ host=a 1.1 body=9223372036854775807 keep-alive | host: a | "
         "content-length: 9223372036854775807"},
        {"Rfc9110_8_6_EqualLengthsBecomeOne",
         With("Content-Length: 7\r\nA: b\r\nContent-Length: 7\r\n"),
         "GET path=/ host=a 1.1 body=7 keep-alive | host: a | a: b | content-length: 7"},
        {"Rfc9112_6_1_Chunked", With("Transfer-Encoding: \tChunked \r\nA: b\r\n"),
         "GET path=/ host=a 1.1 body=chunked keep-alive | host: a | a: b"},
        {"Rfc9110_10_1_1_Expect", With("Expect: 100-Continue\r\nContent-Length: 1\r\n"),
         "GET path=/ host=a 1.1 body=1 keep-alive expect-continue | host: a | "
         "expect: 100-Continue | content-length: 1"},
        {"Rfc9110_10_1_1_NoExpectInHttp10", "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
         "GET path=/ host= 1.0 body=none close | expect: 100-continue"},
        {"Rfc9110_7_8_Upgrade", With("Connection: x, Upgrade\r\nUpgrade: websocket\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive upgrade | host: a | connection: x, Upgrade | "
         "upgrade: websocket"},
        {"Rfc9110_7_8_UpgradeThatConnectionDoesNotName", With("Upgrade: websocket\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | upgrade: websocket"},
        {"Rfc9110_7_8_ConnectionThatNamesNoUpgrade", With("Connection: upgrade\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | connection: upgrade"},
        {"Rfc9110_7_8_UpgradeInHttp10",
         "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
         "GET path=/ host= 1.0 body=none close | connection: upgrade | upgrade: websocket"},
        {"UpgradeToH2cIsNoUpgrade", With("Connection: Upgrade\r\nUpgrade: H2C\r\n"),
         "GET path=/ host=a 1.1 body=none keep-alive | host: a | connection: Upgrade | "
         "upgrade: H2C"},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(Incomplete, RequestHeadTest,
                         ::testing::ValuesIn(std::vector<Case>{
                             {"Empty", "", "incomplete"},
                             {"InEmptyLine", "\r", "incomplete"},
                             {"AfterEmptyLine", "\r\n", "incomplete"},
                             {"InMethod", "GE", "incomplete"},
                             {"InTarget", "GET /abc", "incomplete"},
                             {"InVersion", "GET / HTTP/1", "incomplete"},
                             {"InRequestLineEnd", "GET / HTTP/1.1\r", "incomplete"},
                             {"AfterRequestLine", "GET / HTTP/1.1\r\n", "incomplete"},
                             {"InName", "GET / HTTP/1.1\r\nHo", "incomplete"},
                             {"InValue", "GET / HTTP/1.1\r\nHost: a", "incomplete"},
                             {"InEnd", "GET / HTTP/1.1\r\nHost: a\r\n\r", "incomplete"},
                         }),
                         NameOf);

INSTANTIATE_TEST_SUITE_P(
    Bad, RequestHeadTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Rfc9112_2_2_TwoEmptyLinesBefore", "\r\n\r\nGET / HTTP/1.1\r\n", "error bad_method"},
        {"Rfc9112_2_2_BareLfBefore", "\nGET / HTTP/1.1\r\n", "error bad_method"},
        {"Rfc9112_2_2_BareCrBefore", "\rGET / HTTP/1.1\r\n", "error bad_line_end"},
        {"Rfc9112_2_2_BlankBefore", " GET / HTTP/1.1\r\n", "error bad_method"},
        {"Rfc9112_2_2_BareLfEndsRequestLine", "GET / HTTP/1.1\nHost: a\r\n\r\n",
         "error bad_line_end"},
        {"Rfc9112_2_2_BareCrEndsRequestLine", "GET / HTTP/1.1\rHost: a\r\n\r\n",
         "error bad_line_end"},
        {"Rfc9112_2_2_BareLfEndsField", With("A: b\nC: d\r\n"), "error bad_line_end"},
        {"Rfc9112_2_2_BareCrInValue", With("A: b\rC: d\r\n"), "error bad_line_end"},
        {"Rfc9112_2_2_CrCrLf", With("A: b\r\r\n"), "error bad_line_end"},
        {"Rfc9112_2_2_BareLfEndsHead", "GET / HTTP/1.1\r\nHost: a\r\n\n", "error bad_line_end"},
        {"Rfc9112_2_2_BareCrEndsHead", "GET / HTTP/1.1\r\nHost: a\r\n\rX", "error bad_line_end"},
        {"Rfc9112_2_2_BareLfInName", With("A\nB: c\r\n"), "error bad_line_end"},
        {"Rfc9112_2_3_LowerCaseVersion", "GET / http/1.1\r\n", "error bad_version"},
        {"Rfc9112_2_3_NoVersion", "GET /\r\n", "error bad_version"},
        {"Rfc9112_2_3_OtherProtocol", "GET / ICY/1.1\r\n", "error bad_version"},
        {"Rfc9112_2_3_TwoDigits", "GET / HTTP/1.10\r\n", "error bad_version"},
        {"Rfc9112_2_3_NoMinor", "GET / HTTP/1\r\n", "error bad_version"},
        {"Rfc9112_2_3_Http2", "GET / HTTP/2.0\r\n", "error unsupported_version"},
        {"Rfc9112_2_3_Http12", "GET / HTTP/1.2\r\n", "error unsupported_version"},
        {"Rfc9112_2_3_Http09", "GET / HTTP/0.9\r\n", "error unsupported_version"},
        {"Rfc9113_3_4_Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "error unsupported_version"},
        {"Rfc9112_3_TwoBlanks", "GET  / HTTP/1.1\r\n", "error bad_target"},
        {"Rfc9112_3_TwoBlanksBeforeVersion", "GET /  HTTP/1.1\r\n", "error bad_version"},
        {"Rfc9112_3_BlankBehindVersion", "GET / HTTP/1.1 \r\n", "error bad_version"},
        {"Rfc9112_3_TabBehindMethod", "GET\t/ HTTP/1.1\r\n", "error bad_method"},
        {"Rfc9112_3_BlankInTarget", "GET /a b HTTP/1.1\r\n", "error bad_version"},
        {"Rfc9110_9_1_MethodNoToken", "G(T / HTTP/1.1\r\n", "error bad_method"},
        {"Rfc9110_9_1_TlsHello", std::string("\x16\x03\x01\x00\xa5\x01", 6), "error bad_method"},
        {"Rfc9112_3_2_ControlInTarget", "GET /\x01 HTTP/1.1\r\n", "error bad_target"},
        {"Rfc9112_3_2_DelInTarget", "GET /0123456789abcdef\x7f HTTP/1.1\r\n", "error bad_target"},
        {"Rfc9112_3_2_ObsTextInTarget", "GET /0123456789abcdef\xc3\xa4 HTTP/1.1\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_Fragment", "GET /a#b HTTP/1.1\r\n", "error bad_target"},
        {"Rfc9112_3_2_FragmentFar", "GET /0123456789abcdef#b HTTP/1.1\r\n", "error bad_target"},
        {"Rfc9112_3_2_RelativePath", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "error bad_target"},
        {"Rfc9112_3_2_3_AuthorityFormOfGet", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_3_ConnectOfPath", "CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_3_ConnectWithoutPort", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_3_ConnectIpv6WithoutPort", "CONNECT [::1] HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_3_ConnectAbsolute", "CONNECT http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_4_AsteriskOfGet", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "error bad_target"},
        {"Rfc9112_3_2_2_OtherScheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9110_4_2_1_NoHostInUri", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9110_4_2_4_UserInUri", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
         "error bad_target"},
        {"Rfc9112_3_2_MissingHost", "GET / HTTP/1.1\r\n\r\n", "error missing_host"},
        {"Rfc9112_3_2_MissingHostOfAbsoluteForm", "GET http://a/ HTTP/1.1\r\n\r\n",
         "error missing_host"},
        {"Rfc9112_3_2_TwoHosts", With("Host: a\r\n"), "error duplicate_host"},
        {"Rfc9112_3_2_TwoHostsInHttp10", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
         "error duplicate_host"},
        {"Rfc9112_3_2_HostList", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_HostWithBlank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_HostWithObsText", "GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n",
         "error bad_host"},
        {"Rfc9112_3_2_PortTooLarge", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_PortNoNumber", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_PortEmpty", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_PortOnly", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_BracketOpen", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "error bad_host"},
        {"Rfc9112_3_2_BracketRest", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", "error bad_host"},
        {"Rfc9112_5_1_BlankBeforeColon", With("A : b\r\n"), "error blank_before_colon"},
        {"Rfc9112_5_1_TabBeforeColon", With("A\t: b\r\n"), "error blank_before_colon"},
        {"Rfc9112_5_1_NoColon", With("Ab\r\n"), "error bad_field_name"},
        {"Rfc9112_5_1_NoName", With(": b\r\n"), "error bad_field_name"},
        {"Rfc9112_5_1_NameNoToken", With("A(b: c\r\n"), "error bad_field_name"},
        {"Rfc9112_5_1_NameWithObsText", With("A\xc3\xa4: c\r\n"), "error bad_field_name"},
        {"Rfc9112_5_2_Fold", With("A: b\r\n c\r\n"), "error obsolete_fold"},
        {"Rfc9112_5_2_FoldByTab", With("A: b\r\n\tc\r\n"), "error obsolete_fold"},
        {"Rfc9112_5_2_FoldOfFirstField", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
         "error obsolete_fold"},
        {"Rfc9110_5_5_NulInValue", With(absl::string_view("A: b\0c\r\n", 8)),
         "error bad_field_value"},
        {"Rfc9110_5_5_ControlInValue", With("A: 0123456789abcdef\x1b[2J\r\n"),
         "error bad_field_value"},
        {"Rfc9110_5_5_DelInValue", With("A: \x7f\r\n"), "error bad_field_value"},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Smuggling, RequestHeadTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Rfc9112_6_1_LengthAndCoding", With("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
         "error length_and_transfer_encoding"},
        {"Rfc9112_6_1_CodingAndLength", With("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
         "error length_and_transfer_encoding"},
        {"Rfc9112_6_1_CodingInHttp10",
         "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
         "error transfer_encoding_in_http_1_0"},
        {"Rfc9112_6_1_UnknownCoding", With("Transfer-Encoding: gzip\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_CodingsInAList", With("Transfer-Encoding: gzip, chunked\r\n"),
         "error unsupported_transfer_encoding"},
        {"Rfc9112_6_1_ChunkedTwiceInAList", With("Transfer-Encoding: chunked, Chunked\r\n"),
         "error repeated_transfer_encoding"},
        {"Rfc9112_6_1_ChunkedNotLast", With("Transfer-Encoding: chunked, identity\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_Identity", With("Transfer-Encoding: identity\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_ChunkedLookalike", With("Transfer-Encoding: xchunked\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_ChunkedWithParameter", With("Transfer-Encoding: chunked;a=b\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_ChunkedInQuotes", With("Transfer-Encoding: \"chunked\"\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_VerticalTab",
         With("Transfer-Encoding: \x0b"
              "chunked\r\n"),
         "error bad_field_value"},
        {"Rfc9112_6_1_EmptyCoding", With("Transfer-Encoding:\r\n"),
         "error last_coding_not_chunked"},
        {"Rfc9112_6_1_TwoCodings",
         With("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
         "error repeated_transfer_encoding"},
        {"Rfc9112_6_1_SecondCodingUnknown",
         With("Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n"),
         "error repeated_transfer_encoding"},
        {"Rfc9112_6_1_BlankBeforeColon",
         With("Transfer-Encoding : chunked\r\nContent-Length: 4\r\n"), "error blank_before_colon"},
        {"Rfc9112_6_1_FoldedCoding", With("Transfer-Encoding:\r\n chunked\r\n"),
         "error obsolete_fold"},
        {"Rfc9112_6_1_HiddenByBareLf", With("A: b\nTransfer-Encoding: chunked\r\n"),
         "error bad_line_end"},
        {"Rfc9112_6_1_HiddenByBareCr", With("A: b\rTransfer-Encoding: chunked\r\n"),
         "error bad_line_end"},
        {"Rfc9110_8_6_TwoLengths", With("Content-Length: 5\r\nContent-Length: 6\r\n"),
         "error differing_content_lengths"},
        {"Rfc9110_8_6_EqualNumbersInOtherDigits",
         With("Content-Length: 5\r\nContent-Length: 05\r\n"), "error differing_content_lengths"},
        {"Rfc9110_8_6_LengthList", With("Content-Length: 5, 5\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_NegativeLength", With("Content-Length: -1\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_SignedLength", With("Content-Length: +1\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_HexLength", With("Content-Length: 0x10\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_EmptyLength", With("Content-Length:\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_BlankInLength", With("Content-Length: 1 2\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_DecimalLength", With("Content-Length: 1.0\r\n"), "error bad_content_length"},
        {"Rfc9110_8_6_LengthOverflows", With("Content-Length: 9223372036854775808\r\n"),
         "error bad_content_length"},
        {"Rfc9110_8_6_LengthWrapsAround", With("Content-Length: 18446744073709551617\r\n"),
         "error bad_content_length"},
        {"Rfc9110_9_3_6_ConnectWithLength",
         "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n", "error connect_with_body"},
        {"Rfc9110_9_3_6_ConnectChunked",
         "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
         "error connect_with_body"},
        {"ConnectInHttp10", "CONNECT a:1 HTTP/1.0\r\n\r\n", "error connect_in_http_1_0"},
    }),
    NameOf);

std::string WithFields(int count) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 1; i < count; ++i) absl::StrAppend(&head, "a: b\r\n");
  return head + "\r\n";
}

// Each limit is met exactly; one byte or field more is refused.
TEST(RequestHeadLimitsTest, CountsFields) {
  EXPECT_EQ(ParseRequestText(WithFields(100), {}).substr(0, 3), "ok ");
  EXPECT_EQ(ParseRequestText(WithFields(101), {}), "error too_many_fields");
}

TEST(RequestHeadLimitsTest, BoundsTheRequestLine) {
  const size_t rest = absl::string_view("GET / HTTP/1.1").size();
  for (const size_t line_bytes : {16384, 16385}) {
    const std::string head =
        absl::StrCat("GET /", std::string(line_bytes - rest, 'x'), " HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string whole = ParseRequestText(head, {});
    EXPECT_EQ(whole.substr(0, 18), line_bytes > 16384 ? "error uri_too_long" : "ok 16397 GET path=")
        << line_bytes;
    EXPECT_EQ(ParseRequestText(head, {1, 1000, 1001, 3000, 16384, 16385, 16386}), whole);
  }
}

TEST(RequestHeadLimitsTest, BoundsARequestLineWithoutEnd) {
  EXPECT_EQ(ParseRequestText("GET /" + std::string(20000, 'x'), {}), "error uri_too_long");
  EXPECT_EQ(ParseRequestText(std::string(20000, 'x'), {}), "error uri_too_long");
}

TEST(RequestHeadLimitsTest, BoundsTheHead) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nB: ";
  for (const size_t head_bytes : {65536, 65537}) {
    const std::string head =
        absl::StrCat(start, std::string(head_bytes - start.size() - 4, 'x'), "\r\n\r\n");
    const std::string whole = ParseRequestText(head, {}).substr(0, 20);
    EXPECT_EQ(whole, head_bytes > 65536 ? "error head_too_large" : "ok 65536 GET path=/ ");
    EXPECT_EQ(ParseRequestText(head, {1, 1000, 40000, 65535, 65536}).substr(0, 20), whole);
  }
}

TEST(RequestHeadLimitsTest, IsNotQuadraticForASlowSenderOfALongLine) {
  // Reading each prefix again would be two thousand million steps.
  const std::string head =
      absl::StrCat("GET / HTTP/1.1\r\nHost: a\r\nB: ", std::string(65000, 'x'), "\r\n\r\n");
  http::RequestHead parsed;
  HeadScanner scanner;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  for (size_t size = 1; size < head.size(); ++size) {
    ASSERT_EQ(ParseRequestHead(absl::string_view(head.data(), size), &parsed, &consumed, &error,
                               &scanner),
              ParseResult::kIncomplete);
    ASSERT_TRUE(scanner.in_progress());
  }
  ASSERT_EQ(ParseRequestHead(head, &parsed, &consumed, &error, &scanner), ParseResult::kComplete);
  EXPECT_FALSE(scanner.in_progress());
  EXPECT_EQ(consumed, head.size());
}

TEST(RequestHeadTest, RefusesControlBytesInALongLineThatHasNoEnd) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\nB: ";
  head += std::string(2000, 'x') + '\0' + std::string(4000, 'x');
  EXPECT_EQ(ParseRequestText(head, {1000, 2500}), "error bad_field_value");
}

TEST(RequestHeadTest, ReusesAHeadForTheNextMessage) {
  const std::string input =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
      "Connection: close\r\n\r\n";
  http::RequestHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  ASSERT_EQ(ParseRequestHead(input, &head, &consumed, &error), ParseResult::kComplete);
  ASSERT_EQ(ParseRequestHead("GET / HTTP/1.1\r\nHost: b\r\n\r\n", &head, &consumed, &error),
            ParseResult::kComplete);
  EXPECT_EQ(HeadText(head), "GET path=/ host=b 1.1 body=none keep-alive | host: b");
}

TEST(HeadErrorTest, SuggestsTheStatusThatTellsTheClientMost) {
  EXPECT_EQ(SuggestedStatus(HeadError::kUriTooLong), 414);
  EXPECT_EQ(SuggestedStatus(HeadError::kTooManyFields), 431);
  EXPECT_EQ(SuggestedStatus(HeadError::kHeadTooLarge), 431);
  EXPECT_EQ(SuggestedStatus(HeadError::kUnsupportedTransferEncoding), 501);
  EXPECT_EQ(SuggestedStatus(HeadError::kLastCodingNotChunked), 400);
  EXPECT_EQ(SuggestedStatus(HeadError::kUnsupportedVersion), 505);
  EXPECT_EQ(SuggestedStatus(HeadError::kObsoleteFold), 400);
}

}  // namespace
}  // namespace gossamer::http1
