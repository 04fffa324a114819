#include "services/public-api/cluster/label_selector.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::public_api {
namespace {

TEST(LabelSelectorTest, MatchesAsKubernetesDoes) {
  const Labels labels = {{"app", "web"}, {"tier", "front"}, {"example.com/team", "a"}, {"x", ""}};
  const struct {
    const char* text;
    bool matches;
  } kCases[] = {
      {"", true},
      {"  ", true},
      {"app=web", true},
      {"app==web", true},
      {"app = web", true},
      {"app=cart", false},
      {"app!=cart", true},
      {"absent!=cart", true},
      {"absent=cart", false},
      {"app=web,tier=front", true},
      {"app=web,tier=back", false},
      {"app in (cart, web)", true},
      {"app in (cart)", false},
      {"app notin (cart,web)", false},
      {"absent notin (a)", true},
      {"app,!absent", true},
      {"!app", false},
      {"absent", false},
      {"example.com/team=a", true},
      {"x=", true},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<LabelSelector> selector = LabelSelector::Parse(c.text);
    ASSERT_OK(selector) << c.text;
    EXPECT_EQ(selector->Matches(labels), c.matches) << c.text;
  }
}

TEST(LabelSelectorTest, RefusesWhatIsMalformedAndNamesIt) {
  for (const char* bad : {"=a", "a=b,", ",", "a b", "a in b", "a in (b", "a of (b)", "a=\"b\"", "!",
                          "!!a", "a=b=c", "in (a)"}) {
    EXPECT_THAT(
        LabelSelector::Parse(bad).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("invalid label selector")))
        << bad;
  }
  EXPECT_THAT(LabelSelector::Parse(std::string(5000, 'a')).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("4096")));
}

}  // namespace
}  // namespace gossamer::public_api
