#include "proxy/transport/sniff.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

std::string Sized(int width, const std::string& body) {
  std::string out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(body.size() >> shift));
  }
  return out + body;
}

std::string Hello(const std::string& extensions) {
  const std::string body =
      absl::StrCat("\x03\x03", std::string(32, 'r'), Sized(1, ""), Sized(2, "\x13\x01"),
                   Sized(1, std::string(1, '\0')), Sized(2, extensions));
  return absl::StrCat("\x16\x03\x01", Sized(2, absl::StrCat("\x01", Sized(3, body))));
}

std::string ServerName(const std::string& name) {
  const std::string entry = std::string(1, '\0') + Sized(2, name);
  return std::string(2, '\0') + Sized(2, Sized(2, entry));
}

TEST(SniffTlsTest, FindsTheServerNameInAWholeHello) {
  std::string name;
  EXPECT_EQ(SniffTls(Hello(ServerName("Web.Example")), &name), TlsSniff::kClientHello);
  EXPECT_EQ(name, "web.example");
  const std::string other = std::string("\x00\x2b", 2) + Sized(2, "\x02\x03\x04");
  EXPECT_EQ(SniffTls(Hello(other + ServerName("a")), &name), TlsSniff::kClientHello);
  EXPECT_EQ(name, "a");
}

TEST(SniffTlsTest, AHelloWithoutAServerNameHasNone) {
  std::string name = "left over";
  EXPECT_EQ(SniffTls(Hello(""), &name), TlsSniff::kClientHello);
  EXPECT_EQ(name, "");
}

TEST(SniffTlsTest, WaitsForEveryByteAndNeverChangesItsMind) {
  const std::string hello = Hello(ServerName("web.example"));
  std::string name;
  for (size_t size = 0; size < hello.size(); ++size) {
    EXPECT_EQ(SniffTls(hello.substr(0, size), &name), TlsSniff::kIncomplete) << size;
  }
  EXPECT_EQ(SniffTls(hello + "more", &name), TlsSniff::kClientHello);
}

TEST(SniffTlsTest, ToldFromOtherProtocolsAsEarlyAsPossible) {
  std::string name;
  for (const std::string& bytes : std::vector<std::string>{
           "G", "SSH-2.0-", std::string("\x17\x03\x03", 3), std::string("\x16\x02"),
           std::string("\x16\x03\x02"), std::string("\x16\x03\x01\xff\xff", 5),
           std::string("\x16\x03\x01\x00\x40\x02", 6), std::string("\x16\x03\x01\x00\x05", 5)}) {
    EXPECT_EQ(SniffTls(bytes, &name), TlsSniff::kNotTls) << absl::CEscape(bytes);
  }
}

TEST(SniffTlsTest, LengthsThatPointOutsideAreNoHello) {
  const std::string hello = Hello(ServerName("web.example"));
  std::string name;
  for (size_t i = 5; i < hello.size(); ++i) {
    std::string broken = hello;
    broken[i] = '\xff';
    const TlsSniff result = SniffTls(broken, &name);
    EXPECT_NE(result, TlsSniff::kIncomplete) << i;
  }
}

TEST(SniffHttpTest, KnowsRequestsByTheirFirstLine) {
  for (const std::string bytes :
       {"GET / HTTP/1.1\r\n", "POST http://a/b HTTP/1.0\r\n", "OPTIONS * HTTP/1.1",
        "M-SEARCH * HTTP/1.1\r\n", "CONNECT a:443 HTTP/1."}) {
    EXPECT_EQ(SniffHttp(bytes), HttpSniff::kHttp1) << bytes;
  }
  EXPECT_EQ(SniffHttp("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HttpSniff::kHttp2);
  EXPECT_EQ(SniffHttp(absl::StrCat("GET /", std::string(1200, 'a'))), HttpSniff::kHttp1);
}

TEST(SniffHttpTest, WaitsWhileUndecided) {
  const std::string line = "DELETE /a/b?c HTTP/1.";
  for (size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(SniffHttp(line.substr(0, size)), HttpSniff::kIncomplete) << size;
  }
  const std::string preface = "PRI * HTTP/2.0";
  for (size_t size = 0; size < preface.size(); ++size) {
    EXPECT_EQ(SniffHttp(preface.substr(0, size)), HttpSniff::kIncomplete) << size;
  }
}

TEST(SniffHttpTest, RefusesWhatIsNoHttp) {
  for (const std::string& bytes : std::vector<std::string>{
           " GET", "GET\t/", "\x16\x03\x01", "GET  HTTP/1.1", "GET / HTTP/3", "GET / http/1.1",
           std::string("\0", 1), "PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET /\x01 HTTP/1.1",
           "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOP", "EHLO example.com\r\n"}) {
    EXPECT_EQ(SniffHttp(bytes), HttpSniff::kNotHttp) << absl::CEscape(bytes);
  }
}

}  // namespace
}  // namespace gossamer::proxy
