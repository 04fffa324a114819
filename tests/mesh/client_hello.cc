#include "tests/mesh/client_hello.h"

#include "absl/strings/str_cat.h"

namespace gossamer::mesh_test {
namespace {

std::string Sized(int width, const std::string& body) {
  std::string out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(body.size() >> shift));
  }
  return out + body;
}

}  // namespace

std::string ClientHello(const std::string& name, size_t padding, size_t record_bytes) {
  std::string extensions = std::string("\x00\x15", 2) + Sized(2, std::string(padding, '\0'));
  if (!name.empty()) {
    extensions += std::string(2, '\0') + Sized(2, Sized(2, std::string(1, '\0') + Sized(2, name)));
  }
  const std::string body =
      absl::StrCat("\x03\x03", std::string(32, 'r'), Sized(1, ""), Sized(2, "\x13\x01"),
                   Sized(1, std::string(1, '\0')), Sized(2, extensions));
  const std::string message = "\x01" + Sized(3, body);
  std::string records;
  for (size_t at = 0; at < message.size(); at += record_bytes) {
    absl::StrAppend(&records, "\x16\x03\x01", Sized(2, message.substr(at, record_bytes)));
  }
  return records;
}

}  // namespace gossamer::mesh_test
