#include "lib/prometheus/window.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::prom {
namespace {

TEST(ParseWindowTest, ReadsGoDurationsAndWritesThemForPromql) {
  const struct {
    const char* text;
    const char* promql;
  } kGood[] = {{"1m", "1m"},       {"60s", "1m"},       {"1m0s", "1m"},
               {"1h30m", "1h30m"}, {"1.5h", "1h30m"},   {"90s", "1m30s"},
               {"250ms", "250ms"}, {"1.5s", "1s500ms"}, {"168h", "168h"}};
  for (const auto& good : kGood) {
    absl::StatusOr<absl::Duration> window = ParseWindow(good.text);
    ASSERT_OK(window) << good.text;
    EXPECT_EQ(FormatWindow(*window), good.promql) << good.text;
  }
}

TEST(ParseWindowTest, RefusesWhatIsNoUsableWindowAndNamesIt) {
  for (const std::string bad :
       {"", "1", "m", "1 m", "1d", "-1m", "0s", "169h", "inf", "1us", "1m]", "1m}) or vector(1"}) {
    EXPECT_THAT(ParseWindow(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr(bad)));
  }
  EXPECT_THAT(ParseWindow(std::string(1000, '9')),
              StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("expected")));
}

}  // namespace
}  // namespace gossamer::prom
