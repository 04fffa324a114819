#include "proxy/transport/transport_header.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

TEST(TransportHeaderTest, HasTheBytesOfTheContract) {
  TransportHeader header;
  header.port = 8080;
  header.session = TransportHeader::Session::kHttp2;
  EXPECT_EQ(absl::BytesToHexString(EncodeTransportHeader(header).substr(23)),
            "00000007"  // Big-endian length.
            "08903f"    // port = 8080.
            "1a021200"  // session_protocol { http2 {} }.
  );
  EXPECT_EQ(EncodeTransportHeader(header).substr(0, 23), "transport.l5d.io/v1\r\n\r\n");
}

TEST(TransportHeaderTest, RoundTripsInPiecesOfAnySize) {
  for (const auto session : {TransportHeader::Session::kNone, TransportHeader::Session::kHttp1,
                             TransportHeader::Session::kHttp2}) {
    TransportHeader header{65535, "web.ns.svc.cluster.local", session};
    const std::string bytes = EncodeTransportHeader(header);
    TransportHeader decoded;
    size_t consumed = 0;
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(DecodeTransportHeader(bytes.substr(0, size), &decoded, &consumed),
                TransportHeaderResult::kIncomplete);
    }
    ASSERT_EQ(DecodeTransportHeader(bytes + "GET /", &decoded, &consumed),
              TransportHeaderResult::kComplete);
    EXPECT_EQ(consumed, bytes.size());
    EXPECT_EQ(decoded.port, header.port);
    EXPECT_EQ(decoded.name, header.name);
    EXPECT_EQ(decoded.session, header.session);
  }
}

TEST(TransportHeaderTest, RefusesWhatIsNotAHeader) {
  const std::string preface = "transport.l5d.io/v1\r\n\r\n";
  TransportHeader header;
  size_t consumed = 0;
  for (const std::string& bytes : {
           std::string("GET / HTTP/1.1"), std::string("transport.l5d.io/v2"),
           preface + std::string("\xff\xff\xff\xff", 4),            // Too long.
           preface + std::string("\0\0\0\0", 4),                    // No port.
           preface + std::string("\0\0\0\x04\x08\x80\x80\x04", 8),  // Port 65536.
           preface + std::string("\0\0\0\x02\x08\xff", 6),          // Broken varint.
       }) {
    EXPECT_EQ(DecodeTransportHeader(bytes, &header, &consumed), TransportHeaderResult::kInvalid)
        << absl::CEscape(bytes);
  }
}

}  // namespace
}  // namespace gossamer::proxy
