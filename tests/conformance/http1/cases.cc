#include "tests/conformance/http1/cases.h"

#include <string>
#include <utility>
#include <vector>

namespace gossamer::conformance {
namespace {

// What most cases have in common.
constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char kGetText[] = "GET / HTTP/1.1\nhost: a\n\n";
constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr char kOkText[] = "200\ncontent-length: 2\n\nok";

Http1Case Forwarded(std::string name, std::string request, std::string at_server) {
  return {.name = std::move(name),
          .request = std::move(request),
          .at_server = std::move(at_server),
          .response = kOk,
          .at_client = kOkText};
}

Http1Case Answered(const std::string& name, std::string response, std::string at_client) {
  return {.name = "Response_" + name,
          .request = kGet,
          .at_server = kGetText,
          .response = std::move(response),
          .at_client = std::move(at_client)};
}

Http1Case Refused(std::string name, std::string request, std::string status) {
  return {.name = std::move(name),
          .request = std::move(request),
          .at_client = std::move(status),
          .closes = true};
}

Http1Case BadResponse(std::string name, std::string response) {
  return {.name = std::move(name),
          .request = kGet,
          .at_server = kGetText,
          .response = std::move(response),
          .server_closes = true,
          .at_client = "502",
          .closes = true};
}

Http1Case Closing(Http1Case c) {
  c.closes = true;
  c.at_client = "200\nconnection: close\ncontent-length: 2\n\nok";
  return c;
}

Http1Case ServerClosing(Http1Case c) {
  c.server_closes = true;
  return c;
}

std::vector<Http1Case> Requests() {
  return {
      Forwarded("Rfc9112_2_1_Get", "GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-Y:  z \r\n\r\n",
                "GET /a?b=c HTTP/1.1\nhost: a\nx-y: z\n\n"),
      Forwarded("Rfc9112_2_2_EmptyLineBefore", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", kGetText),
      Forwarded("Rfc9110_9_1_UnknownMethod", "BREW /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "BREW /x HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_3_2_4_Asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                "OPTIONS * HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_3_2_2_AbsoluteForm", "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET http://a/b HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_3_2_2_AbsoluteFormBeatsHost", "GET http://a/b HTTP/1.1\r\nHost: c\r\n\r\n",
                "GET http://a/b HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_6_2_Length",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                "POST / HTTP/1.1\ncontent-length: 5\nhost: a\n\nhello"),
      Forwarded("Rfc9112_6_2_LengthZero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                "POST / HTTP/1.1\ncontent-length: 0\nhost: a\n\n"),
      Forwarded("Rfc9112_7_1_Chunked",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
                "POST / HTTP/1.1\n(chunked)\nhost: a\n\nhello"),
      Forwarded("Rfc9112_7_1_2_Trailers",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                "1\r\nx\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n",
                "POST / HTTP/1.1\n(chunked)\nhost: a\n\nx\na: b\n"),
      Forwarded("Rfc9110_7_6_1_HopByHopFields",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
                "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\n\r\n",
                "GET / HTTP/1.1\nhost: a\nte: trailers\n\n"),
      Forwarded("Rfc9110_7_6_1_NothingNamesHostAway",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n", kGetText),
      Forwarded("H2cUpgradeIsIgnored",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
                kGetText),
      Closing(Forwarded("Rfc9112_9_6_ClientCloses",
                        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", kGetText)),
  };
}

std::vector<Http1Case> Responses() {
  Http1Case head = Answered("Rfc9110_9_3_2_Head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                            "200\ncontent-length: 5\n\n");
  head.request = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  head.at_server = "HEAD / HTTP/1.1\nhost: a\n\n";
  Http1Case websocket = Answered(
      "Rfc9110_7_8_Upgrade",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "101\nconnection: upgrade\nupgrade: websocket\n\n");
  websocket.request =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  websocket.at_server = "GET / HTTP/1.1\nconnection: upgrade\nhost: a\nupgrade: websocket\n\n";
  websocket.tunnel = true;
  return {
      head,
      websocket,
      Answered("Rfc9110_15_UnknownStatus", "HTTP/1.1 299 x\r\nContent-Length: 0\r\n\r\n",
               "299\ncontent-length: 0\n\n"),
      Answered("Rfc9110_15_3_5_NoContent", "HTTP/1.1 204 No Content\r\n\r\n", "204\n\n"),
      Answered("Rfc9110_15_4_5_NotModified",
               "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
               "304\ncontent-length: 9\n\n"),
      Answered("Rfc9110_15_2_EarlyHints",
               "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
               "103\nlink: x\n\n200\ncontent-length: 2\n\nok"),
      Answered("Rfc9112_7_1_Chunked",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n",
               "200\n(chunked)\n\nok\na: b\n"),
      ServerClosing(
          Answered("Rfc9112_6_3_UntilClose", "HTTP/1.1 200 OK\r\n\r\nok", "200\n(chunked)\n\nok")),
      ServerClosing(Answered("Rfc9112_9_6_ServerCloses",
                             "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                             kOkText)),
      Answered("Rfc9110_7_6_1_HopByHopFields",
               "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
               "Content-Length: 2\r\n\r\nok",
               kOkText),
  };
}

}  // namespace

const std::vector<Http1Case>& ForwardedCases() {
  static const auto& cases = *[] {
    auto* all = new std::vector<Http1Case>(Requests());
    for (Http1Case& c : Responses()) all->push_back(std::move(c));
    return all;
  }();
  return cases;
}

const std::vector<Http1Case>& RefusedCases() {
  static const auto& cases = *new std::vector<Http1Case>{
      Refused("Rfc9112_2_2_BareLf", "GET / HTTP/1.1\nHost: a\n\n", "400"),
      Refused("Rfc9112_2_2_BareCr", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "400"),
      Refused("Rfc9112_2_3_Version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "505"),
      Refused("Rfc9112_3_2_NoHost", "GET / HTTP/1.1\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_BadHost", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_RelativeTarget", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      Refused("Rfc9112_3_2_3_ConnectOfPath", "CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      Refused("Rfc9112_5_1_BlankBeforeColon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
      Refused("Rfc9112_5_2_Fold", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", "400"),
      Refused("Rfc9110_5_5_Nul", std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 34),
              "400"),
      Refused("Rfc9110_8_6_TwoLengths",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
              "400"),
      Refused("Rfc9110_8_6_LengthList",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab", "400"),
      Refused("Rfc9110_8_6_NegativeLength",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\nab", "400"),
      Refused(
          "Rfc9112_6_1_LengthAndCoding",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
          "0\r\n\r\n",
          "400"),
      Refused("Rfc9112_6_1_UnknownCoding",
              "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"),
      Refused("Rfc9112_6_1_CodingInHttp10",
              "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
      Refused("Rfc9110_15_5_15_TargetTooLong",
              "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"),
      Refused("Rfc6585_5_FieldTooLarge",
              "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "431"),
  };
  return cases;
}

const std::vector<Http1Case>& BadResponseCases() {
  static const auto& cases = *new std::vector<Http1Case>{
      BadResponse("Nothing", ""),
      BadResponse("HalfAHead", "HTTP/1.1 200 OK\r\nConten"),
      BadResponse("Rfc9112_4_NotHttp", "SSH-2.0-OpenSSH_9.2\r\n"),
      BadResponse("Rfc9112_2_2_BareLf", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
      BadResponse("Rfc9112_4_Status", "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9112_6_3_LengthAndCoding",
                  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "0\r\n\r\n"),
      BadResponse("Rfc9110_8_6_TwoLengths",
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("Rfc9112_5_2_Fold",
                  "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok"),
      BadResponse("FieldTooLarge",
                  "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
  };
  return cases;
}

}  // namespace gossamer::conformance
