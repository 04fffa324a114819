#ifndef TESTS_CONFORMANCE_HTTP2_SERVER_CASES_H_
#define TESTS_CONFORMANCE_HTTP2_SERVER_CASES_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/http2/frames.h"
#include "tests/conformance/http2/raw_server.h"

namespace gossamer::conformance {

// What an HTTP/2 server says to a proxy, and what the proxy's HTTP/2 client must get.
struct ServerCase {
  std::string name = {};  // With the section of the RFC that decides it.
  ServerScript script = {};
  std::string method = "GET";
  bool whole_request = true;  // Else its body never ends.
  int status = 200;           // 0: a reset, before or behind the head.
  std::vector<int> interim = {};
  std::string body = "ok";
  Fields trailers = {};
  // The client opens its windows as it reads.
  bool client_reads = true;
};

const std::vector<ServerCase>& ServerCases();

// Plays one case: a request over a new connection of the client's, and of the proxy's to the
// server; then a good one over others. Returns what is not as it should be; empty if all is well.
std::string RunServerCase(const ServerCase& test_case, const std::function<int()>& connect,
                          RawServer* server);

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_SERVER_CASES_H_
