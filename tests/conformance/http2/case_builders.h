#ifndef TESTS_CONFORMANCE_HTTP2_CASE_BUILDERS_H_
#define TESTS_CONFORMANCE_HTTP2_CASE_BUILDERS_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/http2/cases.h"
#include "tests/conformance/http2/frames.h"

// What most cases have in common.
namespace gossamer::conformance {

inline Fields operator+(Fields a, const Fields& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Http2Case Answered(std::string name, std::string frames, std::string seen = "") {
  Http2Case c;
  c.name = std::move(name);
  c.frames = std::move(frames);
  c.seen = std::move(seen);
  c.reaches_server = true;
  return c;
}

// Answered by the proxy itself.
inline Http2Case Refused(std::string name, std::string frames, int status) {
  Http2Case c;
  c.name = std::move(name);
  c.frames = std::move(frames);
  c.status = status;
  return c;
}

inline Http2Case StreamError(std::string name, std::string frames,
                             std::vector<uint32_t> codes = {kProtocolError}) {
  Http2Case c;
  c.name = std::move(name);
  c.frames = std::move(frames);
  c.outcome = Http2Case::Outcome::kStreamError;
  c.codes = std::move(codes);
  return c;
}

inline Http2Case ConnectionError(std::string name, std::string frames,
                                 std::vector<uint32_t> codes = {kProtocolError}) {
  Http2Case c = StreamError(std::move(name), std::move(frames), std::move(codes));
  c.outcome = Http2Case::Outcome::kConnectionError;
  return c;
}

inline Http2Case Ignored(std::string name, std::string frames) {
  Http2Case c;
  c.name = std::move(name);
  c.frames = std::move(frames);
  c.outcome = Http2Case::Outcome::kIgnored;
  return c;
}

// The request itself has nothing wrong with it and may be answered before the error is seen.
inline Http2Case Reaching(Http2Case c) {
  c.reaches_server = true;
  return c;
}

inline Http2Case Raw(Http2Case c) {
  c.raw = true;
  return c;
}

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_CASE_BUILDERS_H_
