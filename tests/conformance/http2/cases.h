#ifndef TESTS_CONFORMANCE_HTTP2_CASES_H_
#define TESTS_CONFORMANCE_HTTP2_CASES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/conformance/http2/frames.h"

namespace gossamer::conformance {

// What an HTTP/2 client sends to a server or proxy, and what must come of it. Requests are on
// stream 1 unless a case says otherwise.
struct Http2Case {
  enum class Outcome {
    // The request is answered with `status`, and the connection goes on.
    kAnswered,
    // The stream is reset with one of `codes`, and the connection goes on.
    kStreamError,
    // GOAWAY with one of `codes`, and the end of the connection.
    kConnectionError,
    // Nothing need come of it, and the connection goes on.
    kIgnored,
  };

  std::string name = {};    // With the section of the RFC that decides it.
  std::string frames = {};  // Behind the preface and the settings.
  Outcome outcome = Outcome::kAnswered;
  int status = 200;
  std::vector<uint32_t> codes = {};
  // kAnswered with 200: what the server has seen contains this (see ReflectServer).
  std::string seen = {};
  std::string pong = {};  // The answer to a ping that must come.
  // Whether whole requests may reach the server. Those that are refused never do.
  bool reaches_server = false;
  // `frames` are all that there is: no preface, no settings before.
  bool raw = false;
};

// `more` are fields of every request: what makes a proxy pass it on as HTTP/1, say.
std::vector<Http2Case> FrameCases(const Fields& more = {});    // RFC 9113 sections 3 to 6.
std::vector<Http2Case> MessageCases(const Fields& more = {});  // Section 8.

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_CASES_H_
