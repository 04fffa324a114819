#include "proxy/init/ports.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy_init {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ParsePortRangesTest, ReadsPortsAndRangesInOrder) {
  const auto ranges = ParsePortRanges("4190, 8000-8999,,1-65535,7-7");
  ASSERT_OK(ranges);
  EXPECT_THAT(*ranges, ElementsAre(PortRange{4190, 4190}, PortRange{8000, 8999},
                                   PortRange{1, 65535}, PortRange{7, 7}));
  EXPECT_THAT(*ParsePortRanges(""), IsEmpty());
}

class BadPortsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BadPortsTest, AreRefusedByName) {
  EXPECT_THAT(ParsePortRanges("80," + GetParam()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'" + GetParam() + "'")));
}

INSTANTIATE_TEST_SUITE_P(All, BadPortsTest,
                         ::testing::Values("0", "65536", "-1", "+1", "x", "80-", "-80", "9-8",
                                           "1-2-3", "80:90", "1 2", "0-5", "99999999999", "8 -9",
                                           "80;reboot"));

TEST(MultiportListsTest, WritesRangesWithAColon) {
  EXPECT_THAT(MultiportLists({{80, 80}, {8000, 8999}}), ElementsAre("80,8000:8999"));
  EXPECT_THAT(MultiportLists({}), IsEmpty());
}

TEST(MultiportListsTest, ARuleHasFifteenPortsAndARangeIsTwo) {
  std::vector<PortRange> ports;
  for (uint16_t port = 1; port <= 15; ++port) ports.push_back({port, port});
  EXPECT_THAT(MultiportLists(ports), ElementsAre("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"));
  ports.push_back({16, 16});
  EXPECT_THAT(MultiportLists(ports), ElementsAre("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "16"));
  ports.resize(14);
  ports.push_back({20, 29});
  EXPECT_THAT(MultiportLists(ports), ElementsAre("1,2,3,4,5,6,7,8,9,10,11,12,13,14", "20:29"));
  const std::vector<PortRange> ranges(8, {20, 29});
  EXPECT_THAT(MultiportLists(ranges),
              ElementsAre("20:29,20:29,20:29,20:29,20:29,20:29,20:29", "20:29"));
}

}  // namespace
}  // namespace gossamer::proxy_init
