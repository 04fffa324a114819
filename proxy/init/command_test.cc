#include "proxy/init/command.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy_init {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RunCommandTest, ReturnsStandardOutputAlone) {
  const auto output = RunCommand({"/bin/sh", "-c", "echo out; echo err >&2"});
  ASSERT_OK(output);
  EXPECT_EQ(*output, "out\n");
}

TEST(RunCommandTest, PassesArgumentsAsTheyAre) {
  const auto output = RunCommand({"printf", "%s|", "a b", "$HOME", "\"", ""});
  ASSERT_OK(output);
  EXPECT_EQ(*output, "a b|$HOME|\"||");
}

TEST(RunCommandTest, AFailureNamesCommandEndingAndReason) {
  EXPECT_THAT(RunCommand({"/bin/sh", "-c", "echo why >&2; exit 3"}),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr("/bin/sh -c"), HasSubstr("exit code 3"), HasSubstr("why"))));
  EXPECT_THAT(RunCommand({"/bin/sh", "-c", "kill -9 $$"}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("signal 9")));
}

TEST(RunCommandTest, AMissingProgramIsNotFound) {
  EXPECT_THAT(RunCommand({"no-such-program"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no-such-program")));
}

TEST(RunCommandTest, ReadsMoreThanAPipeHoldsOnBothSides) {
  const auto output = RunCommand(
      {"/bin/sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; exit 0"});
  ASSERT_OK(output);
  EXPECT_EQ(output->size(), 300000U);
}

TEST(FindProgramTest, LooksInTheSystemsFoldersWithoutAPath) {
  unsetenv("PATH");
  EXPECT_THAT(FindProgram("sh"), HasSubstr("/bin/sh"));
  EXPECT_EQ(FindProgram("no-such-program"), "");
  EXPECT_EQ(FindProgram("./here"), "./here");
}

}  // namespace
}  // namespace gossamer::proxy_init
