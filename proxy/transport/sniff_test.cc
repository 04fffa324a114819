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
           std::string("\x16\x03\x01\x00\x40\x02", 6), std::string("\x16\x03\x01\x00\x00", 5),
           std::string("\x16\x03\x01\x00\x40\x01\x00\x00\x05", 9)}) {
    EXPECT_EQ(SniffTls(bytes, &name), TlsSniff::kNotTls) << absl::CEscape(bytes);
  }
}

TEST(SniffTlsTest, LengthsThatPointOutsideAreNoHello) {
  const std::string hello = Hello(ServerName("web.example"));
  constexpr size_t kLowByteOfTheMessagesLength = 8;
  std::string name;
  for (size_t i = 5; i < hello.size(); ++i) {
    std::string broken = hello;
    broken[i] = '\xff';
    const TlsSniff result = SniffTls(broken, &name);
    // A message that is longer than its record goes on in the next one.
    EXPECT_EQ(result == TlsSniff::kIncomplete, i == kLowByteOfTheMessagesLength) << i;
  }
}

// The same message in records of `size` bytes each.
std::string Fragmented(const std::string& hello, size_t size) {
  const std::string message = hello.substr(5);
  std::string out;
  for (size_t at = 0; at < message.size(); at += size) {
    out += "\x16\x03\x01" + Sized(2, message.substr(at, size));
  }
  return out;
}

TEST(SniffTlsTest, AHelloMayBeSpreadOverRecords) {
  const std::string hello = Hello(ServerName("web.example"));
  for (size_t size = 1; size <= hello.size(); ++size) {
    const std::string bytes = Fragmented(hello, size);
    std::string name;
    EXPECT_EQ(SniffTls(bytes, &name), TlsSniff::kClientHello) << size;
    EXPECT_EQ(name, "web.example") << size;
    EXPECT_EQ(SniffTls(bytes.substr(0, bytes.size() - 1), &name), TlsSniff::kIncomplete) << size;
  }
  const std::string first = "\x16\x03\x01" + Sized(2, hello.substr(5, 3));
  std::string name;
  EXPECT_EQ(SniffTls(first + "\x17", &name), TlsSniff::kNotTls) << "not a handshake record";
}

TEST(SniffTlsTest, AHelloMayBeAsLargeAsTheBufferAndNoLarger) {
  const auto padded = [](size_t padding) {
    return Hello(ServerName("web.example") + std::string("\x00\x15", 2) +
                 Sized(2, std::string(padding, '\0')));
  };
  const size_t room = kMaxClientHelloBytes - padded(0).size();
  std::string name;
  const std::string largest = padded(room);
  ASSERT_EQ(largest.size(), kMaxClientHelloBytes);
  EXPECT_EQ(SniffTls(largest, &name), TlsSniff::kClientHello);
  EXPECT_EQ(name, "web.example");
  EXPECT_EQ(SniffTls(largest.substr(0, 600), &name), TlsSniff::kIncomplete);
  EXPECT_EQ(SniffTls(padded(room + 1), &name), TlsSniff::kNotTls);
  // Nor by way of many records, whose headers count.
  const std::string many = Fragmented(padded(room - 100), 1);
  EXPECT_EQ(SniffTls(many.substr(0, kMaxClientHelloBytes), &name), TlsSniff::kNotTls);
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

TEST(IsHttpServerTest, KnowsUnaskedAnswers) {
  for (const std::string& bytes : std::vector<std::string>{
           "HTTP/1.1 408 Request Timeout\r\n", "HTTP/1.0 408 Request Time-out\r\n\r\n",
           std::string("\0\0\0\4\0\0\0\0\0", 9),
           std::string("\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64", 15)}) {
    EXPECT_TRUE(IsHttpServer(bytes)) << absl::CEscape(bytes);
  }
}

TEST(IsHttpServerTest, LeavesServersThatGreetAlone) {
  for (const std::string& bytes : std::vector<std::string>{
           "", "220 mail.example ESMTP\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "+OK POP3\r\n", "HTTP",
           "HTTPS is not spoken here\r\n",
           // MySQL's and MariaDB's handshake.
           std::string("\x4a\0\0\0\x0a"
                       "8.0.36\0\x08\0",
                       14),
           std::string("\0\0\0\4\0\0\0\0", 8),    // No whole frame header.
           std::string("\0\0\0\4\1\0\0\0\0", 9),  // Acknowledges what was not sent.
           std::string("\0\0\5\4\0\0\0\0\0", 9),  // No whole settings.
           std::string("\0\0\0\4\0\0\0\0\1", 9),  // Of a stream.
           std::string("\0\0\0\0\0\0\0\0\0", 9)}) {
    EXPECT_FALSE(IsHttpServer(bytes)) << absl::CEscape(bytes);
  }
}

}  // namespace
}  // namespace gossamer::proxy
