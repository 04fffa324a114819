#include "tests/support/dns.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::harness {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint16_t kA = 1;
constexpr uint16_t kAaaa = 28;
constexpr uint16_t kSrv = 33;

std::string Query(const std::string& labels, uint16_t type) {
  std::string packet("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  packet += labels;
  packet.push_back(0);
  packet.push_back(0);
  packet.push_back(static_cast<char>(type));
  packet += std::string("\x00\x01", 2);
  return packet;
}

int Count(const std::string& reply) { return reply[7]; }
int Code(const std::string& reply) { return reply[3] & 0xf; }

DnsZone Zone() { return {{"store.shop", {{"10.42.0.3", "10.42.0.4"}, 7070}}}; }

TEST(DnsTest, AnswersEveryAddressOfAName) {
  const std::string reply = AnswerDnsQuery(Query("\005store\004shop", kA), Zone());
  EXPECT_EQ(Count(reply), 2);
  EXPECT_THAT(reply, HasSubstr(std::string("\x0a\x2a\x00\x03", 4)));
  EXPECT_THAT(reply, EndsWith(std::string("\x0a\x2a\x00\x04", 4)));
}

TEST(DnsTest, ComparesNamesWithoutCase) {
  EXPECT_EQ(Count(AnswerDnsQuery(Query("\005STORE\004Shop", kA), Zone())), 2);
}

TEST(DnsTest, NamesServiceTargetsByTheirDashedAddress) {
  const std::string reply = AnswerDnsQuery(Query("\005store\004shop", kSrv), Zone());
  EXPECT_EQ(Count(reply), 2);
  EXPECT_THAT(reply, HasSubstr("10-42-0-4\005store\004shop"));
  EXPECT_THAT(reply, HasSubstr(std::string("\x1b\x9e", 2)));  // Port 7070.
}

TEST(DnsTest, ResolvesAServiceTarget) {
  const std::string reply = AnswerDnsQuery(Query("\01110-42-0-4\005store\004shop", kA), Zone());
  EXPECT_EQ(Count(reply), 1);
  EXPECT_THAT(reply, EndsWith(std::string("\x0a\x2a\x00\x04", 4)));
}

TEST(DnsTest, AnswersAddressesOfTheFamilyThatIsAskedFor) {
  const DnsZone zone = {{"store.shop", {{"10.42.0.3", "fd00:42::1"}, 0}}};
  const std::string v4 = AnswerDnsQuery(Query("\005store\004shop", kA), zone);
  EXPECT_EQ(Count(v4), 1);
  EXPECT_THAT(v4, EndsWith(std::string("\x0a\x2a\x00\x03", 4)));
  const std::string v6 = AnswerDnsQuery(Query("\005store\004shop", kAaaa), zone);
  EXPECT_EQ(Count(v6), 1);
  EXPECT_THAT(v6, EndsWith(std::string("\xfd\x00\x00\x42\0\0\0\0\0\0\0\0\0\0\0\x01", 16)));
}

TEST(DnsTest, KnownNameWithoutTheAskedTypeIsNoError) {
  const std::string reply = AnswerDnsQuery(Query("\005store\004shop", kAaaa), Zone());
  EXPECT_EQ(Count(reply), 0);
  EXPECT_EQ(Code(reply), 0);
}

TEST(DnsTest, UnknownNameIsANameError) {
  EXPECT_EQ(Code(AnswerDnsQuery(Query("\005other\004shop", kA), Zone())), 3);
}

TEST(DnsTest, DropsWhatIsNoQuery) {
  std::string response = Query("\005store\004shop", kA);
  response[2] = static_cast<char>(0x80);
  const std::string query = Query("\005store\004shop", kA);
  EXPECT_THAT(AnswerDnsQuery(response, Zone()), IsEmpty());
  EXPECT_THAT(AnswerDnsQuery(Query("\077short", kA), Zone()), IsEmpty());
  for (size_t size = 0; size < query.size(); ++size) {
    EXPECT_THAT(AnswerDnsQuery(query.substr(0, size), Zone()), IsEmpty()) << size;
  }
}

}  // namespace
}  // namespace gossamer::harness
