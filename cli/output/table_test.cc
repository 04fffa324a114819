#include "cli/output/table.h"

#include "gtest/gtest.h"

namespace gossamer::cli {
namespace {

TEST(TableTest, AlignsColumnsWithThreeSpacesBetweenThem) {
  Table table({{"NAME", Table::Align::kLeft}, {"MESHED"}, {"RPS"}});
  table.AddRow({"a-long-name", "1/1", "2.0rps"});
  table.AddRow({"b", "10/10", "-"});
  EXPECT_EQ(table.ToString(),
            "NAME          MESHED      RPS\n"
            "a-long-name      1/1   2.0rps\n"
            "b              10/10        -\n");
}

TEST(TableTest, CountsCharactersNotBytes) {
  Table table({{"A", Table::Align::kLeft}, {"B", Table::Align::kLeft}});
  table.AddRow({"√", "x"});
  table.AddRow({"ab", "yz"});
  EXPECT_EQ(table.ToString(),
            "A    B \n"
            "√    x \n"
            "ab   yz\n");
}

TEST(TableTest, PrintsItsHeadingsAlone) { EXPECT_EQ(Table({{"A"}, {"B"}}).ToString(), "A   B\n"); }

}  // namespace
}  // namespace gossamer::cli
