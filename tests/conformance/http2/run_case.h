#ifndef TESTS_CONFORMANCE_HTTP2_RUN_CASE_H_
#define TESTS_CONFORMANCE_HTTP2_RUN_CASE_H_

#include <functional>
#include <string>

#include "tests/conformance/http2/cases.h"
#include "tests/conformance/http2/frames.h"
#include "tests/conformance/http2/raw_client.h"
#include "tests/conformance/http2/reflect_server.h"

namespace gossamer::conformance {

// What is tested: a server, or a way through proxies to one.
struct Http2Target {
  std::function<int()> connect;  // A new connection, blocking.
  ReflectServer* server = nullptr;
  // Fields that every request needs to get there.
  Fields more = {};
};

// Plays one case. Returns what is not as it should be; empty if all is well.
std::string RunHttp2Case(const Http2Case& test_case, const Http2Target& target);

// Whether a request on this new stream is answered by the server; what came instead.
std::string CheckProbe(uint32_t stream, const Http2Target& target, RawClient* client);

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_RUN_CASE_H_
