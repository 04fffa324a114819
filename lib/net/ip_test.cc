#include "lib/net/ip.h"

#include <string>
#include <vector>

#include "absl/hash/hash.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::net {
namespace {

TEST(IpAddressTest, ParsesAndPrintsBothFamilies) {
  for (const std::string text :
       {"10.1.2.3", "0.0.0.0", "255.255.255.255", "fd00::1", "::1", "::"}) {
    const auto ip = IpAddress::Parse(text);
    ASSERT_OK(ip);
    EXPECT_EQ(ip->ToString(), text);
  }
}

TEST(IpAddressTest, RefusesWhatIsNoAddress) {
  for (const std::string text : {"", "10.1.2", "10.1.2.3.4", "256.1.1.1", " 10.1.2.3", "10.1.2.3 ",
                                 "fe80::1%eth0", "localhost", "1:2", "::ffff:1.2.3.4.5"}) {
    EXPECT_FALSE(IpAddress::Parse(text).ok()) << text;
  }
}

TEST(IpAddressTest, MappedAddressesAreTheirIpv4Selves) {
  const auto mapped = IpAddress::Parse("::ffff:10.1.2.3");
  ASSERT_OK(mapped);
  EXPECT_EQ(*mapped, IpAddress::V4(0x0A010203));
  EXPECT_EQ(mapped->ToString(), "10.1.2.3");
  EXPECT_EQ(absl::HashOf(*mapped), absl::HashOf(IpAddress::V4(0x0A010203)));
}

TEST(IpAddressTest, KnowsLoopback) {
  EXPECT_TRUE(IpAddress::Parse("127.0.0.53")->IsLoopback());
  EXPECT_TRUE(IpAddress::Parse("::1")->IsLoopback());
  EXPECT_FALSE(IpAddress::Parse("128.0.0.1")->IsLoopback());
  EXPECT_FALSE(IpAddress::Parse("::2")->IsLoopback());
}

TEST(SocketAddressTest, RoundTripsThroughTextAndKernelForm) {
  for (const std::string text : {"10.1.2.3:80", "[fd00::1]:65535", "[::]:0"}) {
    const auto address = SocketAddress::Parse(text);
    ASSERT_OK(address);
    EXPECT_EQ(address->ToString(), text);
    sockaddr_storage storage;
    address->ToSockaddr(&storage);
    EXPECT_EQ(SocketAddress::From(storage), *address);
  }
}

TEST(SocketAddressTest, RefusesWhatIsNoAddress) {
  for (const std::string text :
       {"", ":80", "10.1.2.3", "10.1.2.3:", "10.1.2.3:65536", "10.1.2.3:-1", "10.1.2.3: 80",
        "fd00::1:80", "[10.1.2.3]:80", "[fd00::1]", "host:80"}) {
    EXPECT_FALSE(SocketAddress::Parse(text).ok()) << text;
  }
}

TEST(IpNetworkTest, ContainsItsAddressesOnly) {
  struct Case {
    const char* network;
    const char* ip;
    bool inside;
  };
  for (const Case& c : std::vector<Case>{
           {"10.0.0.0/8", "10.255.0.1", true},
           {"10.0.0.0/8", "11.0.0.0", false},
           {"192.168.1.77/28", "192.168.1.64", true},
           {"192.168.1.77/28", "192.168.1.80", false},
           {"0.0.0.0/0", "1.2.3.4", true},
           {"0.0.0.0/0", "fd00::1", false},
           {"::/0", "fd00::1", true},
           {"::/0", "1.2.3.4", false},
           {"fd00::/9", "fd7f::1", true},
           {"fd00::/9", "fd80::1", false},
           {"10.1.2.3", "10.1.2.3", true},
           {"10.1.2.3", "10.1.2.2", false},
       }) {
    const auto network = IpNetwork::Parse(c.network);
    ASSERT_OK(network);
    EXPECT_EQ(network->Contains(*IpAddress::Parse(c.ip)), c.inside) << c.network << " " << c.ip;
  }
}

TEST(IpNetworkTest, RefusesWhatIsNoNetwork) {
  for (const std::string text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/+8"}) {
    EXPECT_FALSE(IpNetwork::Parse(text).ok()) << text;
  }
}

TEST(IpNetworkTest, ForgetsHostBits) {
  EXPECT_EQ(IpNetwork::Parse("10.1.2.3/8")->ToString(), "10.0.0.0/8");
}

}  // namespace
}  // namespace gossamer::net
