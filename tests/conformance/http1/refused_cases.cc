#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/http1/case_builders.h"
#include "tests/conformance/http1/cases.h"

namespace gossamer::conformance {
namespace {

// A GET with these lines behind its Host.
Http1Case Lines(std::string name, const std::string& lines) {
  return Refused(std::move(name), "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n", "400");
}

Http1Case Line(std::string name, const std::string& request_line, const std::string& status) {
  return Second(Refused(std::move(name), request_line + "\r\nHost: a\r\n\r\n", status));
}

Http1Case Framing(std::string name, const std::string& fields, const std::string& body = "ab") {
  return Refused(std::move(name), Post(fields, body), "400");
}

Http1Case Chunks(std::string name, const std::string& body) {
  return Refused(std::move(name), Post("Transfer-Encoding: chunked\r\n", body), "400");
}

std::vector<Http1Case> RequestLines() {
  return {
      Line("Rfc9112_2_3_Version", "GET / HTTP/1.9", "505"),
      Line("Rfc9112_2_3_Version2", "GET / HTTP/2.0", "505"),
      Line("Rfc9112_2_3_VersionLowerCase", "GET / http/1.1", "400"),
      Line("Rfc9112_2_3_NoVersion", "GET /", "400"),
      Line("Rfc9112_2_3_TextBehindVersion", "GET / HTTP/1.1 x", "400"),
      Line("Rfc9112_3_TwoBlanks", "GET  / HTTP/1.1", "400"),
      Line("Rfc9112_3_TabInstead", "GET\t/\tHTTP/1.1", "400"),
      Line("Rfc9112_3_BlankFirst", " GET / HTTP/1.1", "400"),
      Line("Rfc9112_3_1_MethodIsNoToken", "G(T / HTTP/1.1", "400"),
      Line("Rfc9112_3_2_BlankInTarget", "GET /a b HTTP/1.1", "400"),
      Line("Rfc9112_3_2_ControlInTarget", "GET /\x01 HTTP/1.1", "400"),
      Line("Rfc9112_3_2_RelativeTarget", "GET a HTTP/1.1", "400"),
      Line("Rfc9112_3_2_Fragment", "GET /#a HTTP/1.1", "400"),
      Line("Rfc9112_3_2_2_OtherScheme", "GET ftp://a/ HTTP/1.1", "400"),
      Line("Rfc9112_3_2_2_UserInformation", "GET http://u@a/ HTTP/1.1", "400"),
      Line("Rfc9112_3_2_3_ConnectOfPath", "CONNECT /a HTTP/1.1", "400"),
      Line("Rfc9112_3_2_3_ConnectWithoutPort", "CONNECT a HTTP/1.1", "400"),
      Line("Rfc9112_3_2_3_AuthorityOfAGet", "GET a:80 HTTP/1.1", "400"),
      Line("Rfc9112_3_2_4_AsteriskOfAGet", "GET * HTTP/1.1", "400"),
      Refused("Rfc9110_9_3_6_ConnectInHttp10", "CONNECT a:1 HTTP/1.0\r\nHost: a:1\r\n\r\n", "400"),
      Refused("Rfc9110_9_3_6_ConnectWithBody",
              "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 2\r\n\r\nab", "400"),
  };
}

std::vector<Http1Case> Fields() {
  return {
      Refused("Rfc9112_2_2_BareLf", "GET / HTTP/1.1\nHost: a\n\n", "400"),
      Refused("Rfc9112_2_2_BareLfInTheMiddle", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "400"),
      Refused("Rfc9112_2_2_BareLfAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"),
      Refused("Rfc9112_2_2_BareCr", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "400"),
      Refused("Rfc9112_2_2_BareCrAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\rx\r\n", "400"),
      Refused("Rfc9112_3_2_NoHost", "GET / HTTP/1.1\r\n\r\n", "400"),
      Lines("Rfc9112_3_2_TwoHosts", "Host: b"),
      Lines("Rfc9112_3_2_TheSameHostTwice", "Host: a"),
      Refused("Rfc9112_3_2_BadHost", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_HostList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_HostWithBadPort", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400"),
      Refused("Rfc9112_5_1_BlankBeforeColon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
      Lines("Rfc9112_5_1_TabBeforeColon", "X\t: a"),
      Lines("Rfc9112_5_1_BlankInName", "X Y: a"),
      Lines("Rfc9112_5_1_NoName", ": a"),
      Lines("Rfc9112_5_1_NoColon", "X"),
      Lines("Rfc9112_5_1_NameIsNoToken", "X(): a"),
      Lines("Rfc9112_5_1_NameAbove7f", "\xc3\xa4: a"),
      Lines("Rfc9112_5_2_Fold", "X: b\r\n c"),
      Lines("Rfc9112_5_2_FoldWithTab", "X: b\r\n\tc"),
      Refused("Rfc9112_2_2_BlankBeforeTheFirstField", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"),
      Lines("Rfc9110_5_5_Nul", std::string("X: \0", 4)),
      Lines("Rfc9110_5_5_NulInName", std::string("X\0Y: a", 6)),
      Lines("Rfc9110_5_5_Control", "X: a\x0b"),
      Lines("Rfc9110_5_5_Delete", "X: a\x7f"),
  };
}

std::vector<Http1Case> Smuggling() {
  const std::string chunk = "0\r\n\r\n";
  return {
      Framing("Rfc9110_8_6_TwoLengths", "Content-Length: 1\r\nContent-Length: 2\r\n"),
      Framing("Rfc9110_8_6_TwoLengthsWithZeros", "Content-Length: 2\r\nContent-Length: 02\r\n"),
      Framing("Rfc9110_8_6_LengthList", "Content-Length: 2, 2\r\n"),
      Framing("Rfc9110_8_6_NegativeLength", "Content-Length: -2\r\n"),
      Framing("Rfc9110_8_6_PlusLength", "Content-Length: +2\r\n"),
      Framing("Rfc9110_8_6_HexLength", "Content-Length: 0x2\r\n"),
      Framing("Rfc9110_8_6_EmptyLength", "Content-Length:\r\n"),
      Framing("Rfc9110_8_6_TextBehindLength", "Content-Length: 2 x\r\n"),
      Framing("Rfc9110_8_6_LengthOverflows", "Content-Length: 18446744073709551618\r\n"),
      Framing("Rfc9112_6_1_LengthAndCoding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
              chunk),
      Framing("Rfc9112_6_1_CodingAndLength", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
              chunk),
      Framing("Rfc9112_6_1_LengthZeroAndCoding",
              "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", chunk),
      Refused("Rfc9112_6_1_UnknownCoding", Post("Transfer-Encoding: gzip, chunked\r\n", ""), "501"),
      Framing("Rfc9112_6_3_ChunkedNotLast", "Transfer-Encoding: chunked, gzip\r\n", chunk),
      Framing("Rfc9112_6_3_Identity", "Transfer-Encoding: identity\r\n"),
      Framing("Rfc9112_6_3_ChunkedLookalike", "Transfer-Encoding: xchunked\r\n", chunk),
      Framing("Rfc9112_6_3_ChunkedInQuotes", "Transfer-Encoding: \"chunked\"\r\n", chunk),
      Framing("Rfc9112_6_3_EmptyCoding", "Transfer-Encoding:\r\n", chunk),
      Framing("Rfc9112_6_1_ChunkedTwice", "Transfer-Encoding: chunked, chunked\r\n", chunk),
      Framing("Rfc9112_6_1_TwoCodings",
              "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunk),
      Framing("Rfc9112_6_1_CodingAfterVerticalTab",
              "Transfer-Encoding: \x0b"
              "chunked\r\n",
              chunk),
      Framing("Rfc9112_5_1_CodingBeforeBlank",
              "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", chunk),
      Framing("Rfc9112_5_2_FoldedCoding", "Transfer-Encoding:\r\n chunked\r\n", chunk),
      Framing("Rfc9112_2_2_CodingBehindBareLf",
              "X: a\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunk),
      Refused("Rfc9112_6_1_CodingInHttp10",
              "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, "400"),
  };
}

std::vector<Http1Case> BadChunks() {
  return {
      Chunks("Rfc9112_7_1_SizeIsNoNumber", "g\r\n"),
      Chunks("Rfc9112_7_1_NegativeSize", "-1\r\n"),
      Chunks("Rfc9112_7_1_PrefixedSize", "0x2\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_BlankBeforeSize", " 2\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_NoSize", "\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_SizeOverflows", "10000000000000000\r\n"),
      Chunks("Rfc9112_7_1_DataTooLong", "1\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_DataTooShort", "3\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_BareLfBehindSize", "2\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_BareLfBehindData", "2\r\nhi\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_BareCrBehindSize", "2\rXhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_1_BareLfInExtension", "2;a\nb\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_1_BareCrInExtension", "2;a\rb\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_1_ExtensionTooLong",
             "2;" + std::string(5000, 'x') + "\r\nhi\r\n0\r\n\r\n"),
      Chunks("Rfc9112_7_1_2_BadTrailer", "0\r\nA b: c\r\n\r\n"),
      Chunks("Rfc9112_7_1_2_FoldedTrailer", "0\r\nA: b\r\n c\r\n\r\n"),
      Chunks("Rfc9112_7_1_2_BareLfBehindTrailer", "0\r\nA: b\n\n"),
      Chunks("Rfc9112_7_1_2_TrailersTooLarge", "0\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n"),
  };
}

std::vector<Http1Case> TooLarge() {
  std::string many_fields = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100; ++i) many_fields += "X: y\r\n";
  return {
      Refused("Rfc9110_15_5_15_TargetTooLong",
              "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"),
      Refused("Rfc6585_5_FieldTooLarge",
              "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "431"),
      Refused("Rfc6585_5_NameTooLarge",
              "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(70'000, 'x') + ": y\r\n\r\n", "431"),
      Refused("Rfc6585_5_TooManyFields", many_fields + "\r\n", "431"),
  };
}

}  // namespace

const std::vector<Http1Case>& RefusedCases() {
  static const auto& cases = *[] {
    auto* all = new std::vector<Http1Case>();
    for (std::vector<Http1Case> part :
         {RequestLines(), Fields(), Smuggling(), BadChunks(), TooLarge()}) {
      for (Http1Case& c : part) all->push_back(std::move(c));
    }
    return all;
  }();
  return cases;
}

}  // namespace gossamer::conformance
