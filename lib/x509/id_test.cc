#include "lib/x509/id.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::x509 {
namespace {

TEST(IdTest, ReadsDnsNames) {
  const std::string long_label(63, 'a');
  for (const std::string& name :
       std::vector<std::string>{"web.emojivoto.serviceaccount.identity.linkerd.cluster.local", "a",
                                "a-b.c_d.e1", "1.2.3.4.example", long_label + ".x"}) {
    const absl::StatusOr<Id> id = Id::Parse(name);
    ASSERT_OK(id) << name;
    EXPECT_EQ(id->kind(), Id::Kind::kDnsName);
    EXPECT_EQ(id->value(), name);
  }
}

TEST(IdTest, FoldsTheCaseOfDnsNamesOnly) {
  EXPECT_EQ(*Id::Parse("Web.NS"), *Id::Parse("web.ns"));
  EXPECT_NE(*Id::Parse("spiffe://td/Web"), *Id::Parse("spiffe://td/web"));
}

TEST(IdTest, ReadsUris) {
  const absl::StatusOr<Id> id = Id::Parse("spiffe://root.example/ns/a/sa/web");
  ASSERT_OK(id);
  EXPECT_EQ(id->kind(), Id::Kind::kUri);
}

TEST(IdTest, RefusesEverythingElse) {
  const std::string too_long_label = std::string(64, 'a') + ".x";
  std::string too_long_name = "a";
  while (too_long_name.size() <= 253) too_long_name += ".a";
  for (const std::string& text : std::vector<std::string>{"",
                                                          ".",
                                                          "a.",
                                                          ".a",
                                                          "a..b",
                                                          "*.example",
                                                          "-a.b",
                                                          "a-.b",
                                                          "a b",
                                                          "10.1.2.3",
                                                          "::1",
                                                          std::string("a\0b", 3),
                                                          "a.b/c",
                                                          too_long_label,
                                                          too_long_name,
                                                          "spiffe://",
                                                          "://x",
                                                          "spiffe:///path",
                                                          "1x://host",
                                                          "spiffe://ho st",
                                                          "spiffe://host/\n",
                                                          "b\xC3\xBC.example",
                                                          "spiffe://" + std::string(3000, 'x')}) {
    EXPECT_THAT(Id::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("identity \"")))
        << text;
  }
}

}  // namespace
}  // namespace gossamer::x509
