#ifndef TESTS_CONFORMANCE_HTTP1_CASES_H_
#define TESTS_CONFORMANCE_HTTP1_CASES_H_

#include <optional>
#include <string>
#include <vector>

namespace gossamer::conformance {

// One request (or several, pipelined) through a proxy, by what is on the wire on both sides of it.
struct Http1Case {
  // What differs where the request goes through a pair of proxies with HTTP/2 between them, and may
  // differ by the RFC.
  struct ThroughPair {
    const char* why = nullptr;  // With the section; null: nothing differs.
    std::optional<std::string> at_server = {};
  };

  std::string name = {};     // With the section of the RFC that decides it.
  std::string request = {};  // The client's bytes, sent at once.
  // Sent once an interim response has come.
  std::string request_rest = {};
  // The server answers before it has the whole request: only for proxies that pass bodies on as
  // they come.
  bool streams = false;
  int answers = 1;  // Final responses that the client waits for.
  // The first bytes of the request are not what HTTP begins with, and a proxy that has to find out
  // the protocol may take them for another one: the request comes second on its connection.
  bool second = false;
  // What the server must get, as MessageReader gives it; empty: nothing at all. "{authority}" is
  // where the client has connected to.
  std::string at_server = {};
  std::string interim = {};    // The server's bytes as soon as it has a head.
  std::string response = {};   // The server's bytes to each whole request.
  bool server_closes = false;  // After them.
  // What the client must get; several messages one behind another.
  std::string at_client = {};
  // The proxy must then close the client's connection; else the next request on it must work.
  bool closes = false;
  // Either of them, as the response says: RFC 9112 section 9 leaves it to the proxy.
  bool may_close = false;
  // After the response both sides have a tunnel: what the client sends comes back as it is.
  bool tunnel = false;
  // A proxy may send the request once more, if it was idempotent and its connection was a reused
  // one (RFC 9112 section 9.3.1).
  bool repeatable = false;
  // What the client gets is no whole response, whatever of it there is, or a 502 in its place; and
  // its connection is closed.
  bool cut_off = false;
  ThroughPair pair = {};
};

// Requests that pass, and their responses.
const std::vector<Http1Case>& ForwardedCases();
// Requests that a proxy must refuse: the server sees no whole request, the client gets a status and
// a closed connection. `at_client` is the status line alone.
const std::vector<Http1Case>& RefusedCases();
// Responses that a proxy must not pass on: the client gets a 502 and no byte of them.
const std::vector<Http1Case>& BadResponseCases();
// Responses that turn out bad when some of them has been passed on: the client must be able to tell
// that it has not got all. Only for proxies that pass bodies on as they come.
const std::vector<Http1Case>& CutOffCases();

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_CASES_H_
