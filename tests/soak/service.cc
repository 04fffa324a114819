#include "tests/soak/service.h"

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/fault/http1_text.h"
#include "tests/fault/http2_session.h"

namespace gossamer::soak {
namespace {

using fault_test::Http2Session;
using fault_test::Tcp;

struct Question {
  std::string id;
  size_t size = 0;
};

Question Parse(const std::string& path) {
  const std::vector<std::string> words = absl::StrSplit(path, '/');
  if (words.size() < 3) return {};
  return {words[1], static_cast<size_t>(atoll(words[2].c_str()))};
}

size_t LengthIn(const std::string& head) {
  constexpr absl::string_view kName = "content-length: ";
  const size_t at = head.find(kName.data());
  return at == std::string::npos ? 0 : static_cast<size_t>(atoll(head.c_str() + at + kName.size()));
}

void Echo(Tcp* connection) {
  for (std::string bytes; !(bytes = connection->ReadSome()).empty();) {
    if (!connection->Send(bytes)) return;
  }
}

void ServeHttp1(Tcp* connection, std::string head) {
  while (absl::EndsWith(head, "\r\n\r\n")) {
    if (absl::StrContains(head, "upgrade: echo")) {
      connection->Send(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n"
          "Connection: Upgrade\r\n\r\n");
      return Echo(connection);
    }
    const size_t length = LengthIn(head);
    if (connection->Read(length).size() != length) return;
    const Question question = Parse(fault_test::PathOf(head));
    const bool sent = connection->Send(absl::StrCat(
        "HTTP/1.1 200 OK\r\nX-Id: ", question.id, "\r\nContent-Length: ", question.size, "\r\n\r\n",
        SizedBody(question.id, question.size)));
    if (!sent) return;
    head = connection->ReadUntil("\r\n\r\n");
  }
}

void ServeHttp2(Tcp* connection, const std::string& first) {
  Http2Session session(Http2Session::Role::kServer);
  std::set<int32_t> seen;
  std::string bytes = first;
  while (!bytes.empty() && session.Feed(bytes)) {
    for (auto& [stream, message] : session.messages) {
      if (!message.ended || !seen.insert(stream).second) continue;
      const Question question = Parse(message.fields[":path"]);
      session.Respond(stream, question.id, SizedBody(question.id, question.size), question.id);
    }
    if (!connection->Send(session.Take())) return;
    bytes = connection->ReadSome();
    // What is over need not be remembered.
    for (auto it = session.messages.begin(); it != session.messages.end();) {
      it = it->second.closed.has_value() ? session.messages.erase(it) : std::next(it);
    }
  }
}

void ServeHttp(Tcp* connection) {
  const std::string head = connection->ReadUntil("\r\n\r\n");
  if (absl::StartsWith(head, "PRI ")) return ServeHttp2(connection, head);
  ServeHttp1(connection, head);
}

void ServeOpaque(Tcp* connection) {
  const std::string all = connection->ReadAll();
  if (connection->end() == fault_test::End::kFin) connection->Send(all);
}

}  // namespace

Service::Service(harness::Pod* pod)
    : http_(pod, kHttpPort, ServeHttp), opaque_(pod, kOpaquePort, ServeOpaque) {}

std::string SizedBody(const std::string& id, size_t size) {
  std::string body;
  while (body.size() < size) absl::StrAppend(&body, id, ",");
  body.resize(size);
  return body;
}

}  // namespace gossamer::soak
