// The bytes of what is easily got wrong, for both kinds of generated code: the full one of the
// services and the lite one of the proxy.
#include <cstdint>
#include <string>

#include "api/destination/v1/destination.pb.h"
#include "api/http_types/v1/http_types.pb.h"
#include "api/inbound/v1/inbound.pb.h"
#include "api/net/v1/net.pb.h"
#include "api/transport/v1/transport.pb.h"
#include "gtest/gtest.h"

namespace {

namespace proxy = ::io::linkerd::proxy;

std::string Hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

template <typename Message>
std::string HexOf(const Message& message) {
  return Hex(message.SerializeAsString());
}

TEST(WireTest, AnIpv4AddressIsABigEndianNumberInALittleEndianFixed32) {
  proxy::net::TcpAddress address;
  address.mutable_ip()->set_ipv4(0x0A010203);  // 10.1.2.3.
  address.set_port(8080);
  EXPECT_EQ(HexOf(address),
            "0a05"
            "0d"
            "0302010a"
            "10"
            "903f");
}

TEST(WireTest, AnIpv6AddressIsTwoBigEndianHalves) {
  proxy::net::IPAddress address;
  address.mutable_ipv6()->set_first(0xfd00000000000000);
  address.mutable_ipv6()->set_last(1);
  EXPECT_EQ(HexOf(address),
            "1212"
            "09"
            "00000000000000fd"
            "11"
            "0100000000000000");
}

TEST(WireTest, TheFirstOfAnEnumInAOneofIsWritten) {
  proxy::http_types::HttpMethod method;
  EXPECT_EQ(HexOf(method), "");
  method.set_registered(proxy::http_types::HttpMethod::GET);
  EXPECT_EQ(HexOf(method), "0800");
  proxy::http_types::HttpMethod read;
  ASSERT_TRUE(read.ParseFromString(method.SerializeAsString()));
  EXPECT_EQ(read.type_case(), proxy::http_types::HttpMethod::kRegistered);
}

TEST(WireTest, AnEmptyMessageOfAOneofIsWritten) {
  proxy::destination::ProtocolHint hint;
  hint.mutable_h2();
  hint.mutable_opaque_transport()->set_inbound_port(4143);
  EXPECT_EQ(HexOf(hint),
            "0a00"
            "1203"
            "08af20");
}

TEST(WireTest, ATransportHeadersPortIsAnInt32) {
  transport::l5d::io::Header header;
  header.set_port(8080);
  header.mutable_session_protocol()->mutable_http2();
  EXPECT_EQ(HexOf(header),
            "08903f"
            "1a02"
            "1200");
}

TEST(WireTest, NestedAuthenticationKeepsItsSpelling) {
  proxy::inbound::Authn authn;
  authn.mutable_meshtls()->mutable_identities()->add_suffixes();
  EXPECT_EQ(HexOf(authn),
            "1204"
            "1202"
            "1200");
}

TEST(WireTest, ADurationOfTheWellKnownTypesIsReadBack) {
  proxy::inbound::Server server;
  auto* timeout = server.mutable_protocol()->mutable_detect()->mutable_timeout();
  timeout->set_seconds(10);
  timeout->set_nanos(5);
  (*server.mutable_labels())["name"] = "default";
  proxy::inbound::Server read;
  ASSERT_TRUE(read.ParseFromString(server.SerializeAsString()));
  EXPECT_EQ(read.protocol().detect().timeout().seconds(), int64_t{10});
  EXPECT_EQ(read.protocol().detect().timeout().nanos(), 5);
  EXPECT_EQ(read.labels().at("name"), "default");
}

TEST(WireTest, UnknownFieldsOfANewerPeerSurvive) {
  const std::string newer("\x0a\x00\xf2\x3f\x03new", 8);  // Field 1022, "new".
  proxy::destination::ProtocolHint hint;
  ASSERT_TRUE(hint.ParseFromString(newer));
  EXPECT_TRUE(hint.has_h2());
  EXPECT_EQ(hint.SerializeAsString(), newer);
}

}  // namespace
