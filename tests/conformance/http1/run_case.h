#ifndef TESTS_CONFORMANCE_HTTP1_RUN_CASE_H_
#define TESTS_CONFORMANCE_HTTP1_RUN_CASE_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/http1/cases.h"
#include "tests/conformance/http1/scripted_server.h"

namespace gossamer::conformance {

// A new connection, blocking, that goes through the proxy under test to the server.
using ConnectThroughProxy = std::function<int()>;

// What is between client and server.
struct Path {
  ConnectThroughProxy connect;
  // Two proxies with HTTP/2 between them, and where the client has connected to.
  bool pair = false;
  std::string authority = {};
};

// Plays one case: sends the request, looks at what `server` and the client get, and at what
// becomes of the connection. Returns what is not as it should be; empty if all is well.
//
// No step waits longer than five seconds.
std::string RunCase(const Http1Case& test_case, const Path& path, ScriptedServer* server);

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_RUN_CASE_H_
