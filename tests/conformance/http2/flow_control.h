#ifndef TESTS_CONFORMANCE_HTTP2_FLOW_CONTROL_H_
#define TESTS_CONFORMANCE_HTTP2_FLOW_CONTROL_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/http2/run_case.h"

namespace gossamer::conformance {

// What must hold of the windows of a connection (RFC 9113 sections 5.2 and 6.9).
struct FlowControlCase {
  std::string name;
  // Returns what is not as it should be; empty if all is well.
  std::function<std::string(const Http2Target&)> run;
};

// Whatever becomes of streams with bodies, what they took of the connection's window is given back:
// more than the whole window goes over each kind of them, then a large body over a good one.
// And a response is sent no faster than its windows allow.
const std::vector<FlowControlCase>& FlowControlCases();

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_FLOW_CONTROL_H_
