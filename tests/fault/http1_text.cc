#include "tests/fault/http1_text.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gossamer::fault_test {
namespace {

// Two chunks, so that there is a border between them.
std::string Chunked(const std::string& body) {
  const size_t half = body.size() / 2;
  return absl::StrCat(absl::Hex(half), "\r\n", body.substr(0, half), "\r\n",
                      absl::Hex(body.size() - half), "\r\n", body.substr(half), "\r\n0\r\n\r\n");
}

// The value of a field in a head, in lower case; empty without.
std::string FieldIn(const std::string& head, const std::string& name) {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos || !absl::EqualsIgnoreCase(line.substr(0, colon), name)) {
      continue;
    }
    return absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return "";
}

// Decodes as far as it goes; true where it goes to the end.
bool Unchunk(absl::string_view text, std::string* body) {
  while (true) {
    const size_t line_end = text.find("\r\n");
    if (line_end == absl::string_view::npos) return false;
    const size_t size = strtoul(std::string(text.substr(0, line_end)).c_str(), nullptr, 16);
    text.remove_prefix(line_end + 2);
    if (size == 0) return absl::StartsWith(text, "\r\n");
    absl::StrAppend(body, text.substr(0, size));
    if (text.size() < size + 2) return false;
    text.remove_prefix(size + 2);
  }
}

}  // namespace

std::string BodyOf(const std::string& id) { return absl::StrCat("<", id, id, id, id, ">"); }

std::string ResponseTo(const std::string& id, const std::string& framing) {
  const std::string body = BodyOf(id);
  const std::string head = absl::StrCat("HTTP/1.1 200 OK\r\nX-Id: ", id, "\r\n");
  if (framing == "length") {
    return absl::StrCat(head, "Content-Length: ", body.size(), "\r\n\r\n", body);
  }
  if (framing == "chunked") {
    return absl::StrCat(head, "Transfer-Encoding: chunked\r\n\r\n", Chunked(body));
  }
  return absl::StrCat(head, "\r\n", body);
}

std::string RequestWithBody(const std::string& id, const std::string& framing) {
  const std::string body = BodyOf(id);
  const std::string head =
      absl::StrCat("POST /", id, "/", framing, " HTTP/1.1\r\nHost: server\r\n");
  if (framing == "length") {
    return absl::StrCat(head, "Content-Length: ", body.size(), "\r\n\r\n", body);
  }
  return absl::StrCat(head, "Transfer-Encoding: chunked\r\n\r\n", Chunked(body));
}

std::string PathOf(const std::string& request_head) {
  const std::vector<std::string> words =
      absl::StrSplit(request_head.substr(0, request_head.find("\r\n")), ' ');
  return words.size() < 2 ? "" : words[1];
}

Reply ParseReply(const std::string& text, bool ended_in_order) {
  Reply reply;
  reply.text = text;
  const size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos || !absl::StartsWith(text, "HTTP/1.")) return reply;
  const std::string head = text.substr(0, head_end + 2);
  const std::string rest = text.substr(head_end + 4);
  (void)absl::SimpleAtoi(head.substr(9, 3), &reply.status);
  reply.id = FieldIn(head, "x-id");
  if (FieldIn(head, "transfer-encoding") == "chunked") {
    reply.complete = Unchunk(rest, &reply.body);
    return reply;
  }
  size_t length = 0;
  if (absl::SimpleAtoi(FieldIn(head, "content-length"), &length)) {
    reply.body = rest.substr(0, length);
    reply.complete = rest.size() >= length;
    return reply;
  }
  reply.body = rest;
  reply.complete = ended_in_order;
  return reply;
}

}  // namespace gossamer::fault_test
