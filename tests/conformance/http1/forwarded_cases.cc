#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/http1/case_builders.h"
#include "tests/conformance/http1/cases.h"

namespace gossamer::conformance {
namespace {

std::vector<Http1Case> Requests() {
  return {
      Forwarded("Rfc9112_2_1_Get", "GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-Y:  z \r\n\r\n",
                "GET /a?b=c HTTP/1.1\nhost: a\nx-y: z\n\n"),
      Second(Forwarded("Rfc9112_2_2_EmptyLineBefore", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                       kGetText)),
      Forwarded("Rfc9110_9_1_UnknownMethod", "BREW /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "BREW /x HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9110_9_3_5_DeleteWithBody",
                "DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
                "DELETE /x HTTP/1.1\ncontent-length: 2\nhost: a\n\nhi"),
      Forwarded("Rfc9112_3_2_4_Asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                "OPTIONS * HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_3_2_2_AbsoluteForm", "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET http://a/b HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_3_2_2_AbsoluteFormBeatsHost", "GET http://a/b HTTP/1.1\r\nHost: c\r\n\r\n",
                "GET http://a/b HTTP/1.1\nhost: a\n\n"),
      Forwarded("Rfc9112_3_2_HostWithPort", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
                "GET / HTTP/1.1\nhost: [::1]:8080\n\n"),
      Forwarded("Rfc9110_5_5_ObsoleteText", "GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\xff\r\n\r\n",
                "GET / HTTP/1.1\nhost: a\nx: \xe4\xff\n\n"),
      Forwarded("Rfc9110_5_2_RepeatedFields",
                "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\nX: 3\r\n\r\n",
                "GET / HTTP/1.1\nhost: a\nx: 1\nx: 3\ny: 2\n\n"),
      Forwarded("Rfc9110_7_6_1_HopByHopFields",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
                "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\n\r\n",
                "GET / HTTP/1.1\nhost: a\nte: trailers\n\n"),
      Forwarded("Rfc9110_7_6_1_SeveralConnectionLines",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-A\r\nX-A: 1\r\nConnection:, X-B ,\r\n"
                "X-B: 2\r\nX-C: 3\r\n\r\n",
                "GET / HTTP/1.1\nhost: a\nx-c: 3\n\n"),
      Forwarded("Rfc9110_7_6_1_NothingNamesHostAway",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n", kGetText),
      Forwarded("Rfc9110_7_6_1_NothingNamesTheLengthAway",
                Post("Connection: content-length\r\nContent-Length: 2\r\n", "hi"),
                "POST / HTTP/1.1\ncontent-length: 2\nhost: a\n\nhi"),
      Forwarded("Rfc9113_3_1_H2cUpgradeIsIgnored",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
                kGetText),
      Last(Forwarded("Rfc9112_9_6_ClientCloses",
                     "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", kGetText),
           "200\nconnection: close\ncontent-length: 2\n\nok"),
  };
}

std::vector<Http1Case> Bodies() {
  return {
      Forwarded("Rfc9112_6_2_Length", Post("Content-Length: 5\r\n", "hello"),
                "POST / HTTP/1.1\ncontent-length: 5\nhost: a\n\nhello"),
      Forwarded("Rfc9112_6_2_LengthZero", Post("Content-Length: 0\r\n", ""),
                "POST / HTTP/1.1\ncontent-length: 0\nhost: a\n\n"),
      Forwarded("Rfc9110_8_6_LengthWithZeros", Post("Content-Length: 002\r\n", "hi"),
                "POST / HTTP/1.1\ncontent-length: 2\nhost: a\n\nhi"),
      Forwarded("Rfc9110_8_6_LengthTwiceTheSame",
                Post("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"),
                "POST / HTTP/1.1\ncontent-length: 2\nhost: a\n\nhi"),
      Forwarded("Rfc9112_6_2_LengthOfAGet",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
                "GET / HTTP/1.1\ncontent-length: 2\nhost: a\n\nhi"),
      Forwarded("Rfc9112_7_1_Chunked",
                Post("Transfer-Encoding: chunked\r\n", "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
                "POST / HTTP/1.1\n(chunked)\nhost: a\n\nhello"),
      Forwarded("Rfc9112_7_1_ChunkSizeForms",
                Post("Transfer-Encoding:\tChunked \r\n",
                     "0002 ;a;b=\"c\"\r\nhe\r\n3\r\nllo\r\n000\r\n\r\n"),
                "POST / HTTP/1.1\n(chunked)\nhost: a\n\nhello"),
      Forwarded("Rfc9112_7_1_ChunkedAndEmpty", Post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                "POST / HTTP/1.1\n(chunked)\nhost: a\n\n"),
      Forwarded("Rfc9112_7_1_2_Trailers",
                Post("Transfer-Encoding: chunked\r\n",
                     "1\r\nx\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n"),
                "POST / HTTP/1.1\n(chunked)\nhost: a\n\nx\na: b\n"),
  };
}

// Several messages, one behind the other or in one another's way.
std::vector<Http1Case> Sequences() {
  Http1Case pipelined =
      Forwarded("Rfc9112_9_3_2_Pipelined",
                std::string("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n") +
                    Post("Content-Length: 2\r\n", "hi") + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /1 HTTP/1.1\nhost: a\n\n\nand:\nPOST / HTTP/1.1\ncontent-length: 2\nhost: "
                "a\n\nhi\nand:\n"
                "GET /3 HTTP/1.1\nhost: a\n\n");
  pipelined.answers = 3;
  pipelined.at_client = std::string(kOkText) + kOkText + kOkText;

  Http1Case expected = Forwarded("Rfc9110_10_1_1_Continue",
                                 Post("Expect: 100-continue\r\nContent-Length: 2\r\n", ""),
                                 "POST / HTTP/1.1\ncontent-length: 2\nexpect: 100-continue\n"
                                 "host: a\n\nhi");
  expected.interim = "HTTP/1.1 100 Continue\r\n\r\n";
  expected.request_rest = "hi";
  expected.streams = true;
  expected.at_client = std::string("100\n\n") + kOkText;

  Http1Case rejected = Forwarded("Rfc9110_10_1_1_RefusedExpectation",
                                 Post("Expect: 100-continue\r\nContent-Length: 2\r\n", ""), "");
  rejected.interim = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
  rejected.at_client = "417\nconnection: close\ncontent-length: 0\n\n";
  rejected.streams = true;
  rejected.closes = true;  // Whether the body still comes is the client's to decide.

  // CVE-2024-23326's kind: what comes behind a refused upgrade is the next request.
  Http1Case refused_upgrade =
      Forwarded("Rfc9110_7_8_UpgradeRefused",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                "GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\nconnection: upgrade\nhost: a\nupgrade: websocket\n\n\nand:\n"
                "GET /next HTTP/1.1\nhost: a\n\n");
  refused_upgrade.answers = 2;
  refused_upgrade.at_client = std::string(kOkText) + kOkText;
  return {pipelined, expected, rejected, refused_upgrade};
}

std::vector<Http1Case> Http10() {
  const std::string close_text = "1.0 200\nconnection: close\ncontent-length: 2\n\nok";
  const std::string get = "GET / HTTP/1.0\r\nHost: a\r\n";
  const std::string get_text = "GET / HTTP/1.0\nhost: a\n\n";
  Http1Case no_host = Last(
      Forwarded("Rfc9112_3_2_Http10WithoutHost", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\n\n"),
      close_text);
  no_host.pair.why = "RFC 9113 section 8.3.1: a request has an authority in HTTP/2";
  no_host.pair.at_server = "GET / HTTP/1.0\nhost: {authority}\n\n";
  Http1Case keep_alive =
      Forwarded("Rfc9112_9_3_Http10KeepAlive", get + "Connection: Keep-Alive\r\n\r\n", get_text);
  keep_alive.at_client = "1.0 200\nconnection: keep-alive\ncontent-length: 2\n\nok";
  Http1Case head = Last(Forwarded("Rfc9110_9_3_2_Http10Head", "HEAD / HTTP/1.0\r\nHost: a\r\n\r\n",
                                  "HEAD / HTTP/1.0\nhost: a\n\n"),
                        "1.0 200\nconnection: close\ncontent-length: 2\n\n");
  head.response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  Http1Case chunked =
      Last(Forwarded("Rfc9112_7_1_Http10ClientGetsNoChunks", get + "\r\n", get_text),
           "1.0 200\nconnection: close\n\nok");
  chunked.response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
  Http1Case interim =
      Last(Forwarded("Rfc9110_15_2_Http10ClientGetsNoInterim", get + "\r\n", get_text), close_text);
  interim.response = std::string("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") + kOk;
  Http1Case server = Answered("Rfc9110_2_5_FromAnHttp10Server",
                              "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", kOkText);
  Http1Case until_close = ServerClosing(Answered(
      "Rfc9112_6_3_UntilCloseFromHttp10", "HTTP/1.0 200 OK\r\n\r\nok", "200\n(chunked)\n\nok"));
  return {Last(Forwarded("Rfc9112_9_3_Http10", get + "\r\n", get_text), close_text),
          no_host,
          keep_alive,
          head,
          chunked,
          interim,
          Last(Forwarded("Rfc9110_7_8_Http10AsksForNoUpgrade",
                         get + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", get_text),
               close_text),
          ServerClosing(server),
          until_close};
}

std::vector<Http1Case> Tunnels() {
  Http1Case websocket = Answered(
      "Rfc9110_7_8_Upgrade",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "101\nconnection: upgrade\nupgrade: websocket\n\n");
  websocket.request =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  websocket.at_server = "GET / HTTP/1.1\nconnection: upgrade\nhost: a\nupgrade: websocket\n\n";
  websocket.tunnel = true;
  Http1Case connect =
      Answered("Rfc9110_9_3_6_Connect", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200\n\n");
  connect.request = "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n";
  connect.at_server = "CONNECT b:443 HTTP/1.1\nhost: b:443\n\n";
  connect.tunnel = true;
  Http1Case refused =
      Answered("Rfc9110_9_3_6_ConnectRefused", "HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\nno",
               "405\ncontent-length: 2\n\nno");
  refused.request = connect.request;
  refused.at_server = connect.at_server;
  return {websocket, connect, refused};
}

std::vector<Http1Case> Responses() {
  Http1Case head = Answered("Rfc9110_9_3_2_Head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                            "200\ncontent-length: 5\n\n");
  head.request = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  head.at_server = "HEAD / HTTP/1.1\nhost: a\n\n";
  Http1Case head_chunked = head;
  head_chunked.name = "Response_Rfc9110_9_3_2_HeadOfChunked";
  head_chunked.response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  head_chunked.at_client = "200\n\n";
  return {
      head,
      head_chunked,
      Answered("Rfc9110_15_UnknownStatus", "HTTP/1.1 299 x\r\nContent-Length: 0\r\n\r\n",
               "299\ncontent-length: 0\n\n"),
      Answered("Rfc9112_4_NoReason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", kOkText),
      Answered("Rfc9110_15_3_5_NoContent", "HTTP/1.1 204 No Content\r\n\r\n", "204\n\n"),
      ServerClosing(Answered("Rfc9110_8_6_NoContentWithLength",
                             "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", "204\n\n")),
      Answered("Rfc9110_15_4_5_NotModified",
               "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
               "304\ncontent-length: 9\n\n"),
      Answered("Rfc9110_15_2_EarlyHints",
               std::string("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") + kOk,
               std::string("103\nlink: x\n\n") + kOkText),
      Answered("Rfc9110_15_2_1_ContinueUnasked",
               std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n") + kOk,
               std::string("100\n\n102\n\n") + kOkText),
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
      Answered(
          "Rfc6265_3_EachSetCookie",
          "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok",
          "200\ncontent-length: 2\nset-cookie: a=1\nset-cookie: b=2\n\nok"),
  };
}

}  // namespace

const std::vector<Http1Case>& ForwardedCases() {
  static const auto& cases = *[] {
    auto* all = new std::vector<Http1Case>();
    for (std::vector<Http1Case> part :
         {Requests(), Bodies(), Sequences(), Http10(), Tunnels(), Responses()}) {
      for (Http1Case& c : part) all->push_back(std::move(c));
    }
    return all;
  }();
  return cases;
}

}  // namespace gossamer::conformance
