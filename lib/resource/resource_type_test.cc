#include "lib/resource/resource_type.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer {
namespace {

TEST(ResourceTypeTest, ReadsShortSingularAndPluralNames) {
  const struct {
    const char* text;
    const char* canonical;
  } kGood[] = {
      {"deploy", "deployment"},
      {"deployment", "deployment"},
      {"deployments", "deployment"},
      {"cj", "cronjob"},
      {"ds", "daemonset"},
      {"job", "job"},
      {"jobs", "job"},
      {"ns", "namespace"},
      {"po", "pod"},
      {"rc", "replicationcontroller"},
      {"rs", "replicaset"},
      {"svc", "service"},
      {"sts", "statefulset"},
      {"sp", "serviceprofile"},
      {"srv", "server"},
      {"saz", "serverauthorization"},
      {"serverauthz", "serverauthorization"},
      {"srvauthz", "serverauthorization"},
      {"ap", "authorizationpolicy"},
      {"authzpolicy", "authorizationpolicy"},
      {"httproutes", "httproute"},
      {"all", "all"},
  };
  for (const auto& good : kGood) {
    absl::StatusOr<ResourceType> type = ParseResourceType(good.text);
    ASSERT_OK(type) << good.text;
    EXPECT_EQ(CanonicalName(*type), good.canonical) << good.text;
    EXPECT_EQ(FromCanonicalName(good.canonical), *type);
  }
}

TEST(ResourceTypeTest, RefusesOtherNamesAndNamesThem) {
  for (const char* bad : {"", "deplo", "Deployment", "au", "authority", "ts", "pod/"}) {
    EXPECT_THAT(ParseResourceType(bad),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         absl::StrCat("cannot find Kubernetes canonical name from friendly name [",
                                      bad, "]")));
  }
  EXPECT_FALSE(FromCanonicalName("deploy").has_value());
}

TEST(ResourceTypeTest, LabelsAJobAsKubernetesDoesNot) {
  EXPECT_EQ(MetricLabel(ResourceType::kJob), "k8s_job");
  EXPECT_EQ(MetricLabel(ResourceType::kStatefulSet), "statefulset");
}

TEST(ResourceTypeTest, CompletesOnlyNamesThatItReads) {
  for (const absl::string_view name : CompletionNames()) EXPECT_OK(ParseResourceType(name));
}

}  // namespace
}  // namespace gossamer
