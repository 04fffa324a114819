#ifndef TESTS_FAULT_HTTP1_TEXT_H_
#define TESTS_FAULT_HTTP1_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

// The messages of the fault tests: each carries an id, so that an answer to somebody else's
// question is found out.
namespace gossamer::fault_test {

// The body that belongs to an id: its digits, several times.
std::string BodyOf(const std::string& id);
// A whole response to `id`, its body framed by "length", "chunked" or "close".
std::string ResponseTo(const std::string& id, const std::string& framing);
// POST /ID/FRAMING with BodyOf(id), framed by "length" or "chunked".
std::string RequestWithBody(const std::string& id, const std::string& framing);
// The path in a request's head.
std::string PathOf(const std::string& request_head);

struct Reply {
  std::string text;       // As it came.
  int status = 0;         // 0 where not even the head is complete.
  std::string id;         // That it answers; empty without.
  std::string body;       // Without its framing.
  bool complete = false;  // The head and all of the body.
};
// Reads a response. `ended_in_order` says that the connection's end may be the body's.
Reply ParseReply(const std::string& text, bool ended_in_order);

}  // namespace gossamer::fault_test

#endif  // TESTS_FAULT_HTTP1_TEXT_H_
