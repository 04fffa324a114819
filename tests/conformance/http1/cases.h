#ifndef TESTS_CONFORMANCE_HTTP1_CASES_H_
#define TESTS_CONFORMANCE_HTTP1_CASES_H_

#include <string>
#include <vector>

namespace gossamer::conformance {

// One request through a proxy, by what is on the wire on both sides of it.
struct Http1Case {
  std::string name = {};     // With the section of the RFC that decides it.
  std::string request = {};  // The client's bytes, sent at once.
  // What the server must get, as MessageReader gives it; empty: nothing at all.
  std::string at_server = {};
  std::string response = {};   // The server's bytes.
  bool server_closes = false;  // After them.
  // What the client must get; several messages one behind another.
  std::string at_client = {};
  // The proxy must then close the client's connection; else the next request on it must work.
  bool closes = false;
  // After the response both sides have a tunnel: what the client sends comes back as it is.
  bool tunnel = false;
};

// Requests that pass, and their responses.
const std::vector<Http1Case>& ForwardedCases();
// Requests that a proxy must refuse: the server sees nothing, the client gets a status and a
// closed connection. `at_client` is the status line alone.
const std::vector<Http1Case>& RefusedCases();
// Responses that a proxy must not pass on: the client gets a 502 and no byte of them.
const std::vector<Http1Case>& BadResponseCases();

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_CASES_H_
