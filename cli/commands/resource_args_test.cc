#include "cli/commands/resource_args.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::cli {
namespace {

std::string Describe(const std::vector<linkerd2::viz::Resource>& resources) {
  return absl::StrJoin(resources, " ", [](std::string* out, const auto& resource) {
    absl::StrAppend(out, resource.namespace_(), ":", resource.type(), "/", resource.name());
  });
}

TEST(ParseResourcesTest, ReadsTheThreeForms) {
  const struct {
    std::vector<std::string> args;
    const char* expected;
  } kGood[] = {
      {{"deploy"}, "shop:deployment/"},
      {{"deploy/web"}, "shop:deployment/web"},
      {{"deploy", "web"}, "shop:deployment/web"},
      {{"deploy", "web", "cart"}, "shop:deployment/web shop:deployment/cart"},
      {{"deploy/web", "sts/db"}, "shop:deployment/web shop:statefulset/db"},
      {{"po/a", "ns"}, "shop:pod/a :namespace/"},
      {{"ns", "shop"}, ":namespace/shop"},
      {{"all"}, "shop:all/"},
  };
  for (const auto& good : kGood) {
    auto resources = ParseResources("shop", good.args);
    ASSERT_OK(resources) << good.expected;
    EXPECT_EQ(Describe(*resources), good.expected);
  }
}

TEST(ParseResourcesTest, RefusesTheRestAndSaysWhy) {
  const struct {
    std::vector<std::string> args;
    const char* message;
  } kBad[] = {
      {{}, "No resource arguments provided"},
      {{"deplo"}, "cannot find Kubernetes canonical name from friendly name [deplo]"},
      {{"web", "deploy"}, "cannot find Kubernetes canonical name from friendly name [web]"},
      {{"deploy/a/b"}, "Invalid resource string: deploy/a/b"},
      {{"deploy/"}, "Invalid resource string: deploy/"},
      {{"deploy/a", "deploy/a"}, "cannot supply duplicate resources"},
      {{"all", "po/x"}, "'all' can't be supplied alongside other resources"},
      {{"po/x", "all"}, "'all' can't be supplied alongside other resources"},
  };
  for (const auto& bad : kBad) {
    EXPECT_THAT(ParseResources("shop", bad.args).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, bad.message));
  }
}

}  // namespace
}  // namespace gossamer::cli
