#include "lib/log/filter.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Filter MustParse(absl::string_view text) {
  absl::StatusOr<Filter> filter = Filter::Parse(text);
  EXPECT_OK(filter);
  return filter.ok() ? *filter : Filter();
}

struct Case {
  std::string filter;
  std::string target;
  Level level;
};

TEST(FilterTest, GivesEachModuleItsLevel) {
  const std::vector<Case> cases = {
      {"", "proxy::inbound", Level::kWarn},
      {"info", "proxy::inbound", Level::kInfo},
      {"DEBUG", "x", Level::kDebug},
      {"5", "x", Level::kTrace},
      {"1", "x", Level::kError},
      {"0", "x", Level::kOff},
      {"off", "x", Level::kOff},
      {" info , x=debug ", "x::y", Level::kDebug},
      {"x", "x", Level::kTrace},
      {"x", "y", Level::kWarn},
      {"warn,linkerd=info,hickory=error", "proxy::inbound", Level::kInfo},
      {"warn,linkerd=info,hickory=error", "net::dns", Level::kError},
      {"warn,linkerd=info,[{headers}]=off,[{request}]=off", "proxy::outbound", Level::kInfo},
      {"linkerd_app_outbound=trace,warn", "proxy::outbound::http", Level::kTrace},
      {"linkerd_app_outbound=trace,warn", "proxy::inbound", Level::kWarn},
      {"linkerd=info,proxy=debug", "proxy::tap", Level::kDebug},
      {"tower=trace,mio=debug", "proxy::tap", Level::kWarn},
      {"a=info,a::b=error,a=debug", "a::c", Level::kDebug},
      {"a=info,a::b=error,a=debug", "a::b::c", Level::kError},
      {"info,error", "x", Level::kError},
      {"[accept]=trace,info", "x", Level::kInfo},
      {"x[accept{client.addr=\"10.0.0.1:80\"}]=trace,info", "x", Level::kInfo},
  };
  for (const Case& c : cases) {
    const Filter filter = MustParse(c.filter);
    EXPECT_EQ(filter.LevelOf(c.target, {}), c.level) << c.filter << " for " << c.target;
    EXPECT_EQ(filter.MaxLevel(c.target), c.level) << c.filter << " for " << c.target;
  }
}

TEST(FilterTest, NamesTheBadDirective) {
  for (const char* text :
       {"=info", "x=loud", "x=", "x y=info", "x[{a}=info", "x[{a]=info", "x[{}]=info",
        "x[{=1}]=info", "x[{a}]info", "x=info=debug", "6 7", "\x1b[31m", "x=\xff"}) {
    EXPECT_THAT(Filter::Parse(absl::StrCat("warn,", text, ",y=info")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("log directive \"")))
        << text;
  }
}

TEST(FilterTest, LenientKeepsTheGoodAndReportsTheBad) {
  const Filter::Lenient result = Filter::ParseLenient("warn,x=loud,y=info,=");
  EXPECT_THAT(result.faults, ElementsAre(HasSubstr("x=loud"), HasSubstr("\"=\"")));
  EXPECT_EQ(result.filter.text(), "warn,y=info");
  EXPECT_EQ(result.filter.LevelOf("y", {}), Level::kInfo);
}

TEST(FilterTest, RefusesTooManyDirectives) {
  std::string text;
  for (int i = 0; i <= Filter::kMaxDirectives; ++i) absl::StrAppend(&text, "m", i, "=info,");
  EXPECT_THAT(Filter::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("256")));
}

TEST(FilterTest, FieldDirectivesApplyToLinesThatCarryTheField) {
  const Filter filter = MustParse("info,[{headers}]=off,x[{peer=a,n=1}]=trace");
  EXPECT_TRUE(filter.has_field_directives());
  EXPECT_EQ(filter.MaxLevel("y"), Level::kInfo);
  EXPECT_EQ(filter.MaxLevel("x"), Level::kTrace);
  EXPECT_EQ(filter.LevelOf("y", {Field("headers", "h")}), Level::kOff);
  EXPECT_EQ(filter.LevelOf("x", {Field("peer", "a")}), Level::kInfo);
  EXPECT_EQ(filter.LevelOf("x", {Field("peer", "a"), Field("n", 1)}), Level::kTrace);
  EXPECT_EQ(filter.LevelOf("x", {Field("peer", "b"), Field("n", 1)}), Level::kInfo);
}

TEST(FilterTest, OnlyALoneOffIsOff) {
  EXPECT_TRUE(MustParse("off").is_off());
  EXPECT_TRUE(MustParse(" OFF ,").is_off());
  EXPECT_FALSE(MustParse("off,x=info").is_off());
  EXPECT_FALSE(MustParse("").is_off());
}

TEST(FilterTest, ItsTextParsesToTheSameFilter) {
  const Filter filter = MustParse("warn,a=info,b::c=debug,[{x=1}]=off");
  EXPECT_EQ(MustParse(filter.text()).text(), filter.text());
}

}  // namespace
}  // namespace gossamer::log
