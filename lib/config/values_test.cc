#include "lib/config/values.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

template <typename T>
void ExpectBad(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    T value{};
    EXPECT_THAT(ParseValue(text, &value),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected")))
        << "'" << text << "'";
  }
}

TEST(ValuesTest, TakesDurations) {
  const std::vector<std::pair<std::string, absl::Duration>> good = {
      {"0", absl::ZeroDuration()},        {" 0 ", absl::ZeroDuration()},
      {"300ms", absl::Milliseconds(300)}, {"10s", absl::Seconds(10)},
      {" 2m\n", absl::Minutes(2)},        {"24h", absl::Hours(24)},
      {"365d", absl::Hours(365 * 24)},    {"0ms", absl::ZeroDuration()}};
  for (const auto& [text, duration] : good) {
    const absl::StatusOr<absl::Duration> value = ParseDuration(text);
    ASSERT_OK(value) << text;
    EXPECT_EQ(*value, duration) << text;
  }
}

TEST(ValuesTest, RefusesOtherDurations) {
  ExpectBad<absl::Duration>({"", " ", "10", "1.5s", "10 s", "1m30s", "-1s", "+1s", "s", "ms", "1us",
                             "1S", "99999999999999999999s", "00", "0x1s"});
}

TEST(ValuesTest, TakesCountsUpToTheirType) {
  uint32_t value = 0;
  EXPECT_OK(ParseValue("4294967295", &value));
  EXPECT_EQ(value, 4294967295u);
  EXPECT_OK(ParseValue("0", &value));
  ExpectBad<uint32_t>({"", "4294967296", "64K", "-1", "+1", " 1", "1 ", "0x10", "1.0"});
  ExpectBad<uint64_t>({"18446744073709551616"});
}

TEST(ValuesTest, TakesBoolsAndFloats) {
  bool flag = false;
  EXPECT_OK(ParseValue("true", &flag));
  EXPECT_TRUE(flag);
  ExpectBad<bool>({"", "1", "True", "yes", "true "});
  double number = 0;
  EXPECT_OK(ParseValue("0.25", &number));
  EXPECT_EQ(number, 0.25);
  EXPECT_OK(ParseValue("1e2", &number));
  EXPECT_EQ(number, 100);
  ExpectBad<double>({"", "nan", "inf", "0x1p3", " 1", "1,5", "1e999", "e"});
}

TEST(ValuesTest, TakesIpSetsWithoutBlanks) {
  std::vector<net::IpAddress> ips;
  EXPECT_OK(ParseValue("10.0.0.1,fd00::1", &ips));
  EXPECT_EQ(ips.size(), 2u);
  EXPECT_OK(ParseValue("", &ips));
  EXPECT_THAT(ips, IsEmpty());
  ExpectBad<std::vector<net::IpAddress>>({"10.0.0.1, 10.0.0.2", "10.0.0.0/8", "10.0.0.1,", "x"});
}

TEST(ValuesTest, TakesNetworksWithBlanks) {
  std::vector<net::IpNetwork> networks;
  EXPECT_OK(ParseValue("10.0.0.0/8, fd00::/8", &networks));
  ASSERT_EQ(networks.size(), 2u);
  EXPECT_EQ(networks[1].ToString(), "fd00::/8");
  ExpectBad<std::vector<net::IpNetwork>>({"10.0.0.0/33", "10.0.0.0/8,,", "net"});
}

TEST(ValuesTest, TakesSocketAddressesButNoNames) {
  net::SocketAddress address;
  EXPECT_OK(ParseValue("[::]:4143", &address));
  EXPECT_EQ(address.ToString(), "[::]:4143");
  ExpectBad<net::SocketAddress>({"", "localhost:80", "10.0.0.1", "10.0.0.1:", "::1:80", ":80"});
  ExpectBad<std::vector<net::SocketAddress>>({"127.0.0.1:1,x", "127.0.0.1"});
}

TEST(ValuesTest, TakesControlAddresses) {
  ControlAddress address;
  EXPECT_OK(ParseValue("linkerd-dst-headless.linkerd.svc.cluster.local.:8086", &address));
  EXPECT_EQ(address.name, "linkerd-dst-headless.linkerd.svc.cluster.local.");
  EXPECT_EQ(address.port, 8086);
  EXPECT_FALSE(address.IsLoopback());
  for (const char* text :
       {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost.:1", "localhost:1"}) {
    ASSERT_OK(ParseValue(text, &address)) << text;
    EXPECT_TRUE(address.IsLoopback()) << text;
    EXPECT_EQ(address.ToString(), text);
  }
  ExpectBad<ControlAddress>({"", "name", "name:", ":80", "name:65536", "name:80x", "a b:80",
                             "http://x:80", "10.0.0.1", "[::1]", "-x:80", "a..b:80"});
}

TEST(ValuesTest, TakesKeyValueLines) {
  EXPECT_THAT(ParseKeyValueLines("a=1\n\nb=\"x y\"\r\n=z\nnothing\nc = d=e "),
              ElementsAre(Pair("a", "1"), Pair("b", "x y"), Pair("c", "d=e")));
}

TEST(ValuesTest, LeavesTheResultAloneOnError) {
  std::optional<uint32_t> value = 7;
  EXPECT_FALSE(ParseValue("x", &value).ok());
  EXPECT_EQ(value, 7u);
}

TEST(PortSetTest, KeepsRanges) {
  const std::vector<std::pair<std::string, std::string>> good = {
      {"", ""},
      {" 80 , ,8080", "80,8080"},
      {"1-65535", "1-65535"},
      {"3-4,1-2,9", "1-4,9"},
      {"10-20,15-30,5", "5,10-30"},
      {"65535,65534,0", "0,65534-65535"}};
  for (const auto& [text, canonical] : good) {
    const absl::StatusOr<PortSet> set = PortSet::Parse(text);
    ASSERT_OK(set) << text;
    EXPECT_EQ(set->ToString(), canonical);
  }
  ExpectBad<PortSet>({"80-79", "65536", "-1", "1-", "-", "1-2-3", "a", "1;2", "+1"});
}

TEST(PortSetTest, ContainsTheEndsOfItsRanges) {
  const PortSet set = *PortSet::Parse("10-20,30,65535");
  for (int port : {10, 15, 20, 30, 65535}) EXPECT_TRUE(set.Contains(port)) << port;
  for (int port : {0, 9, 21, 29, 31, 65534}) EXPECT_FALSE(set.Contains(port)) << port;
}

TEST(DnsSuffixesTest, MatchesWholeLabelsInAnyCase) {
  const absl::StatusOr<DnsSuffixes> suffixes = DnsSuffixes::Parse("Svc.Cluster.Local., b");
  ASSERT_OK(suffixes);
  for (const char* name : {"web.demo.svc.cluster.local", "web.demo.SVC.cluster.local.",
                           "svc.cluster.local", "a.b", "b."}) {
    EXPECT_TRUE(suffixes->Contains(name)) << name;
  }
  for (const char* name : {"xsvc.cluster.local", "cluster.local", "b.c", "", "bb"}) {
    EXPECT_FALSE(suffixes->Contains(name)) << name;
  }
}

TEST(DnsSuffixesTest, ADotIsEverythingAndNothingIsNothing) {
  EXPECT_TRUE(DnsSuffixes::Parse(".")->Contains("x"));
  EXPECT_FALSE(DnsSuffixes::Parse("")->Contains("x"));
  EXPECT_TRUE(DnsSuffixes::Parse(" ,")->empty());
  ExpectBad<DnsSuffixes>({"a b", "a..b", ".a", "-a", "a/b", std::string(300, 'a')});
}

}  // namespace
}  // namespace gossamer::config
