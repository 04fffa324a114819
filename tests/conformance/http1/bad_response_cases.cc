#include <string>
#include <vector>

#include "tests/conformance/http1/case_builders.h"
#include "tests/conformance/http1/cases.h"

namespace gossamer::conformance {
namespace {

Http1Case Repeatable(Http1Case c) {
  c.repeatable = true;
  return c;
}

}  // namespace

const std::vector<Http1Case>& BadResponseCases() {
  static const auto& cases = *new std::vector<Http1Case>{
      Repeatable(BadResponse("Rfc9112_9_3_1_Nothing", "")),
      BadResponse("HalfAHead", "HTTP/1.1 200 OK\r\nConten"),
      BadResponse("OnlyAnInterimResponse", "HTTP/1.1 103 Early Hints\r\n\r\n"),
      BadResponse("Rfc9112_4_NotHttp", "SSH-2.0-OpenSSH_9.2\r\n"),
      BadResponse("Rfc9112_2_2_BareLf", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
      BadResponse("Rfc9112_2_3_Version", "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9112_4_Status", "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9112_4_StatusTooSmall", "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9112_5_1_BlankBeforeColon",
                  "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok"),
      BadResponse("Rfc9110_5_5_Nul", std::string("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", 25)),
      BadResponse("Rfc9112_6_3_LengthAndCoding",
                  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "0\r\n\r\n"),
      BadResponse("Rfc9112_6_1_CodingInHttp10",
                  "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      BadResponse("Rfc9112_6_1_UnknownCoding",
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
      BadResponse("Rfc9110_8_6_TwoLengths",
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9110_8_6_LengthList", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"),
      BadResponse("Rfc9112_5_2_Fold",
                  "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9110_7_8_UpgradeUnasked",
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                  "Upgrade: websocket\r\n\r\n"),
      BadResponse("FieldTooLarge",
                  "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
  };
  return cases;
}

const std::vector<Http1Case>& CutOffCases() {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";
  static const auto& cases = *new std::vector<Http1Case>{
      CutOff("Rfc9112_8_ShorterThanItsLength", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
      CutOff("Rfc9112_8_NoLastChunk", chunked),
      CutOff("Rfc9112_8_HalfAChunk", chunked + "9\r\nok"),
      CutOff("Rfc9112_7_1_BadChunkSize", chunked + "zz\r\nok\r\n0\r\n\r\n"),
      CutOff("Rfc9112_7_1_2_BadTrailer", chunked + "0\r\nA b: c\r\n\r\n"),
  };
  return cases;
}

}  // namespace gossamer::conformance
