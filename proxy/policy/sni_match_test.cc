#include "proxy/policy/sni_match.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

OutboundTlsRoute Route(const std::string& name, std::vector<HostMatch> snis) {
  OutboundTlsRoute route;
  route.snis = std::move(snis);
  route.tcp.metadata = Metadata::Default(name);
  return route;
}

HostMatch Exact(const std::string& name) { return {.suffix = false, .name = name}; }
HostMatch Suffix(const std::string& name) { return {.suffix = true, .name = name}; }

std::string Choose(const std::vector<OutboundTlsRoute>& routes, const std::string& sni) {
  const OutboundTlsRoute* route = ChooseTlsRoute(routes, sni);
  return route == nullptr ? "none" : route->tcp.metadata.name;
}

TEST(SniMatchTest, ExactBeatsTheLongestSuffixBeatsAnyName) {
  const std::vector<OutboundTlsRoute> routes = {
      Route("any", {}),
      Route("short", {Suffix("example.com")}),
      Route("long", {Suffix("api.example.com")}),
      Route("exact", {Exact("v1.api.example.com")}),
  };
  EXPECT_EQ(Choose(routes, "v1.api.example.com"), "exact");
  EXPECT_EQ(Choose(routes, "v2.api.example.com"), "long");
  EXPECT_EQ(Choose(routes, "www.example.com"), "short");
  EXPECT_EQ(Choose(routes, "example.org"), "any");
  const std::vector<OutboundTlsRoute> reversed(routes.rbegin(), routes.rend());
  for (const char* sni : {"v1.api.example.com", "v2.api.example.com", "www.example.com", "x"}) {
    EXPECT_EQ(Choose(routes, sni), Choose(reversed, sni)) << sni;
  }
}

TEST(SniMatchTest, NamesAreFreeOfCaseAndOfATrailingDot) {
  const std::vector<OutboundTlsRoute> routes = {Route("exact", {Exact("web.example")}),
                                                Route("suffix", {Suffix("example.org")})};
  EXPECT_EQ(Choose(routes, "WEB.Example"), "exact");
  EXPECT_EQ(Choose(routes, "web.example."), "exact");
  EXPECT_EQ(Choose(routes, "A.EXAMPLE.ORG"), "suffix");
}

TEST(SniMatchTest, ASuffixNeedsALabelBeforeIt) {
  const std::vector<OutboundTlsRoute> routes = {Route("suffix", {Suffix("example.com")})};
  EXPECT_EQ(Choose(routes, "example.com"), "none");
  EXPECT_EQ(Choose(routes, ".example.com"), "none");
  EXPECT_EQ(Choose(routes, "badexample.com"), "none");
  EXPECT_EQ(Choose(routes, "a.b.example.com"), "suffix");
}

TEST(SniMatchTest, AnyOfARoutesNamesWillDoAndTheFirstOfEqualsWins) {
  const std::vector<OutboundTlsRoute> routes = {Route("first", {Exact("a"), Exact("b")}),
                                                Route("second", {Exact("b"), Exact("c")})};
  EXPECT_EQ(Choose(routes, "a"), "first");
  EXPECT_EQ(Choose(routes, "b"), "first");
  EXPECT_EQ(Choose(routes, "c"), "second");
}

TEST(SniMatchTest, NoRouteTakesNoConnection) {
  EXPECT_EQ(Choose({}, "web.example"), "none");
  EXPECT_EQ(Choose({Route("other", {Exact("other.example")})}, "web.example"), "none");
}

}  // namespace
}  // namespace gossamer::proxy
