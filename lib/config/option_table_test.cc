#include "lib/config/option_table.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Sample {
  absl::Duration timeout;
  std::optional<uint32_t> limit;
};

const std::vector<OptionGroup<Sample>>& Table() {
  static const auto* const table = new std::vector<OptionGroup<Sample>>{
      {"Timeouts",
       {{{"TIMEOUT", "duration", "10s", "How long to wait."},
         Into<Sample>([](Sample& s) -> auto& { return s.timeout; })}}},
      {"Limits",
       {{{"LIMIT", "count", "", "How many."},
         Into<Sample>([](Sample& s) -> auto& { return s.limit; })},
        {{"OLD", "string", "", "Accepted; has no effect."}, nullptr}}}};
  return *table;
}

Sample Apply(EnvReader::Variables variables, Faults* faults) {
  Sample sample;
  ApplyOptions(Table(), EnvReader(std::move(variables)), &sample, faults);
  return sample;
}

TEST(OptionTableTest, UsesDefaultsAndVariables) {
  Faults faults;
  EXPECT_EQ(Apply({}, &faults).timeout, absl::Seconds(10));
  EXPECT_EQ(Apply({{"TIMEOUT", "1s"}}, &faults).timeout, absl::Seconds(1));
  EXPECT_EQ(Apply({{"LIMIT", "5"}, {"OLD", "x"}}, &faults).limit, 5u);
  EXPECT_EQ(Apply({}, &faults).limit, std::nullopt);
  EXPECT_OK(faults.ToStatus());
}

TEST(OptionTableTest, ReportsEveryFaultWithNameAndValue) {
  Faults faults;
  Apply({{"TIMEOUT", "soon"}, {"LIMIT", "\xff"}, {"OLD", "\xfe"}}, &faults);
  EXPECT_THAT(faults.messages(),
              ElementsAre(HasSubstr("TIMEOUT=\"soon\": expected a duration"),
                          HasSubstr("LIMIT=\"\\xff\": expected UTF-8"), HasSubstr("OLD=")));
  EXPECT_THAT(faults.ToStatus(), StatusIs(absl::StatusCode::kInvalidArgument,
                                          AllOf(HasSubstr("TIMEOUT"), HasSubstr("\nLIMIT"))));
}

TEST(OptionTableTest, CutsLongValuesInFaults) {
  Faults faults;
  Apply({{"TIMEOUT", std::string(100000, 'x')}}, &faults);
  EXPECT_LT(faults.messages()[0].size(), 300u);
}

TEST(OptionTableTest, RendersHelpAndMarkdown) {
  const std::string help = RenderHelp(DocsOf(Table()));
  EXPECT_THAT(help, HasSubstr("Timeouts:\n  TIMEOUT  (duration, default 10s)\n      How long"));
  const std::string markdown = RenderMarkdown(DocsOf(Table()));
  EXPECT_THAT(markdown, HasSubstr("## Limits\n"));
  EXPECT_THAT(markdown, HasSubstr("| `TIMEOUT` | duration | `10s` | How long to wait. |\n"));
}

TEST(EnvReaderTest, ReadsTheProcess) {
  setenv("GOSSAMER_TEST_VARIABLE", "a=b", 1);
  EXPECT_EQ(EnvReader::FromProcess().Find("GOSSAMER_TEST_VARIABLE"), "a=b");
  EXPECT_EQ(EnvReader::FromProcess().Find("GOSSAMER_TEST_UNSET"), std::nullopt);
}

}  // namespace
}  // namespace gossamer::config
