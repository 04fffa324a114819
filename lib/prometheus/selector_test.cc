#include "lib/prometheus/selector.h"

#include "gtest/gtest.h"

namespace gossamer::prom {
namespace {

TEST(SelectorTest, WritesMatchersInTheOrderOfTheCalls) {
  EXPECT_EQ(
      Selector().Equal("direction", "inbound").Regex("dst", "a|b").Present("deployment").ToString(),
      R"({direction="inbound", dst=~"a|b", deployment!=""})");
  EXPECT_EQ(Selector().ToString(), "{}");
}

TEST(SelectorTest, KeepsHostileValuesInsideTheirQuotes) {
  EXPECT_EQ(Selector().Equal("pod", "a\"} or up{x=\"\\\n").ToString(),
            "{pod=\"a\\\"} or up{x=\\\"\\\\\\n\"}");
}

TEST(EscapeRegexTest, LeavesNothingSpecial) {
  EXPECT_EQ(EscapeRegex("web.shop-1"), "web\\.shop-1");
  EXPECT_EQ(EscapeRegex(".+|(a)"), "\\.\\+\\|\\(a\\)");
}

}  // namespace
}  // namespace gossamer::prom
