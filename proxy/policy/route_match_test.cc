#include "proxy/policy/route_match.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using Kind = PathMatch::Kind;

struct Request {
  explicit Request(absl::string_view method, absl::string_view path,
                   absl::string_view authority = "web.test") {
    head.method = method;
    head.path = path;
    head.authority = authority;
  }
  Request& With(absl::string_view name, absl::string_view value) {
    head.headers.Add(name, value);
    return *this;
  }
  http::RequestHead head;
};

std::shared_ptr<const RE2> Regex(const char* text) { return std::make_shared<const RE2>(text); }

PathMatch Path(Kind kind, std::string text) {
  PathMatch path;
  path.kind = kind;
  if (kind == Kind::kRegex) path.regex = Regex(text.c_str());
  path.text = std::move(text);
  return path;
}

RouteRule Rule(RequestMatch match) {
  RouteRule rule;
  rule.matches.push_back(std::move(match));
  return rule;
}

bool MatchesPath(Kind kind, const std::string& pattern, absl::string_view path) {
  RequestMatch match;
  match.path = Path(kind, pattern);
  return MatchRule(Rule(match), Request("GET", path).head).has_value();
}

TEST(RouteMatchTest, ComparesHosts) {
  struct Case {
    bool suffix;
    const char* pattern;
    const char* authority;
    bool matches;
  };
  for (const Case& c : std::vector<Case>{
           {false, "web.test", "web.test", true},
           {false, "web.test", "WEB.Test:8080", true},
           {false, "web.test", "web.test.", true},
           {false, "web.test.", "web.test.", true},
           {false, "web.test.", "web.test", false},
           {false, "web.test", "xweb.test", false},
           {false, "web.test", "", false},
           {false, "[::1]", "[::1]:80", true},
           {true, "example.com", "a.example.com", true},
           {true, "example.com", "a.b.Example.com.:443", true},
           {true, "example.com", "example.com", false},
           {true, "example.com", ".example.com", false},
           {true, "example.com", "badexample.com", false},
           {true, "example.com", "a.example.com.evil", false},
       }) {
    EXPECT_EQ(MatchHosts({{c.suffix, c.pattern}}, c.authority).has_value(), c.matches)
        << c.pattern << " " << c.authority;
  }
  EXPECT_TRUE(MatchHosts({}, "anything").has_value());
}

TEST(RouteMatchTest, ComparesPaths) {
  struct Case {
    Kind kind;
    const char* pattern;
    const char* path;
    bool matches;
  };
  for (const Case& c : std::vector<Case>{
           {Kind::kExact, "/a", "/a", true},
           {Kind::kExact, "/a", "/a?q=1", true},
           {Kind::kExact, "/a", "/A", false},
           {Kind::kExact, "/a", "/a/", false},
           {Kind::kPrefix, "/", "/a/b", true},
           {Kind::kPrefix, "/", "/", true},
           {Kind::kPrefix, "/a", "/a", true},
           {Kind::kPrefix, "/a", "/a/", true},
           {Kind::kPrefix, "/a", "/a/b", true},
           {Kind::kPrefix, "/a", "/a?b", true},
           {Kind::kPrefix, "/a", "/ab", false},
           {Kind::kPrefix, "/a/b", "/a", false},
           {Kind::kRegex, "/a+", "/aaa", true},
           {Kind::kRegex, "/a+", "/aaa?b", true},
           {Kind::kRegex, "/a+", "/aaab", false},
           {Kind::kRegex, "a+", "/aaa", false},
       }) {
    EXPECT_EQ(MatchesPath(c.kind, c.pattern, c.path), c.matches) << c.pattern << " " << c.path;
  }
}

TEST(RouteMatchTest, ComparesHeadersOneValueAtATime) {
  RequestMatch exact;
  exact.headers.push_back({"x-kind", {"blue", nullptr}});
  RequestMatch regex;
  regex.headers.push_back({"x-kind", {"", Regex("bl.*")}});
  for (const RequestMatch& match : {exact, regex}) {
    const RouteRule rule = Rule(match);
    EXPECT_FALSE(MatchRule(rule, Request("GET", "/").head));
    EXPECT_FALSE(MatchRule(rule, Request("GET", "/").With("x-kind", "red").head));
    EXPECT_FALSE(MatchRule(rule, Request("GET", "/").With("x-kind", "a blue").head));
    EXPECT_TRUE(
        MatchRule(rule, Request("GET", "/").With("x-kind", "red").With("x-kind", "blue").head));
  }
}

TEST(RouteMatchTest, DecodesQueryParameters) {
  RequestMatch match;
  match.query_params.push_back({"a b", {"c&d", nullptr}});
  const RouteRule rule = Rule(match);
  for (const char* path : {"/?a+b=c%26d", "/?x&a%20b=c%26D&a+b=c%26d", "/p?&&a%20b=c%26d"}) {
    EXPECT_TRUE(MatchRule(rule, Request("GET", path).head)) << path;
  }
  for (const char* path : {"/", "/?", "/?a+b", "/?a+b=c&d", "/?a+b=c%26d%", "/?a%2=c%26d"}) {
    EXPECT_FALSE(MatchRule(rule, Request("GET", path).head)) << path;
  }
}

TEST(RouteMatchTest, WantsAllOfAMatchAndAnyOfTheMatches) {
  RequestMatch both;
  both.method = "PUT";
  both.path = Path(Kind::kExact, "/a");
  RequestMatch other;
  other.path = Path(Kind::kExact, "/b");
  RouteRule rule = Rule(both);
  rule.matches.push_back(other);
  EXPECT_TRUE(MatchRule(rule, Request("PUT", "/a").head));
  EXPECT_FALSE(MatchRule(rule, Request("GET", "/a").head));
  EXPECT_TRUE(MatchRule(rule, Request("GET", "/b").head));
  EXPECT_TRUE(MatchRule(RouteRule(), Request("GET", "/any").head));
}

TEST(RouteMatchTest, ComparesGrpcMethods) {
  struct Case {
    const char* service;
    const char* method;
    const char* verb;
    const char* path;
    bool matches;
  };
  for (const Case& c : std::vector<Case>{
           {"", "", "POST", "/s.S/M", true},
           {"", "", "GET", "/s.S/M", false},
           {"s.S", "", "POST", "/s.S/M", true},
           {"s.S", "", "POST", "/s.Sx/M", false},
           {"", "M", "POST", "/other/M", true},
           {"s.S", "M", "POST", "/s.S/M", true},
           {"s.S", "M", "POST", "/s.S/Mx", false},
           {"s.S", "M", "POST", "/s.S", false},
       }) {
    RequestMatch match;
    match.grpc = true;
    match.grpc_service = c.service;
    match.grpc_method = c.method;
    EXPECT_EQ(MatchRule(Rule(match), Request(c.verb, c.path).head).has_value(), c.matches)
        << c.service << "/" << c.method << " " << c.verb << " " << c.path;
  }
}

struct Route {
  std::vector<HostMatch> hosts;
  std::vector<RouteRule> rules;
};

RequestMatch ByPath(Kind kind, const char* text) {
  RequestMatch match;
  match.path = Path(kind, text);
  return match;
}
RequestMatch ByHeaders(int count) {
  RequestMatch match;
  for (int i = 0; i < count; ++i) match.headers.push_back({absl::StrCat("h", i), {"1", nullptr}});
  return match;
}
RequestMatch ByQuery(const char* name) {
  RequestMatch match;
  match.query_params.push_back({name, {"1", nullptr}});
  return match;
}
RequestMatch ByMethod() {
  RequestMatch match;
  match.method = "POST";
  return match;
}
RequestMatch Grpc(const char* service, const char* method) {
  RequestMatch match;
  match.grpc = true;
  match.grpc_service = service;
  match.grpc_method = method;
  return match;
}

// The better route is found wherever it stands.
TEST(RouteMatchTest, RanksRoutes) {
  struct Case {
    const char* name;
    Route better;
    Route worse;
  };
  const auto route = [](std::vector<HostMatch> hosts, RequestMatch match) {
    return Route{std::move(hosts), {Rule(std::move(match))}};
  };
  Request request("POST", "/service/M?q=1", "a.b.test");
  request.With("h0", "1").With("h1", "1");
  for (const Case& c : std::vector<Case>{
           {"exact host over suffix", route({{false, "a.b.test"}}, {}),
            route({{true, "b.test"}}, ByPath(Kind::kExact, "/service/M"))},
           {"longer suffix", route({{true, "b.test"}}, {}), route({{true, "test"}}, {})},
           {"suffix over none", route({{true, "test"}}, {}),
            route({}, ByPath(Kind::kExact, "/service/M"))},
           {"best host of a route", route({{true, "test"}, {false, "a.b.test"}}, {}),
            route({{true, "b.test"}}, {})},
           {"longer path", route({}, ByPath(Kind::kPrefix, "/service")),
            route({}, ByPath(Kind::kPrefix, "/"))},
           {"a regex counts as the whole path", route({}, ByPath(Kind::kRegex, "/.*")),
            route({}, ByPath(Kind::kPrefix, "/service"))},
           {"path over headers", route({}, ByPath(Kind::kPrefix, "/")), route({}, ByHeaders(2))},
           {"more headers", route({}, ByHeaders(2)), route({}, ByHeaders(1))},
           {"headers over query", route({}, ByHeaders(1)), route({}, ByQuery("q"))},
           {"query over method", route({}, ByQuery("q")), route({}, ByMethod())},
           {"method over nothing", route({}, ByMethod()), route({}, {})},
           {"gRPC service over method", route({}, Grpc("service", "")), route({}, Grpc("", "M"))},
           {"gRPC method over none", route({}, Grpc("service", "M")),
            route({}, Grpc("service", ""))},
       }) {
    const std::vector<Route> first = {c.better, c.worse};
    const std::vector<Route> last = {c.worse, c.better};
    EXPECT_EQ(ChooseRoute(first, request.head).route, &first[0]) << c.name;
    EXPECT_EQ(ChooseRoute(last, request.head).route, &last[1]) << c.name;
  }
}

TEST(RouteMatchTest, ALongServiceBeatsALongerMethod) {
  const Request request("POST", "/short/MethodWithAVeryLongName");
  const std::vector<Route> routes = {{{}, {Rule(Grpc("", "MethodWithAVeryLongName"))}},
                                     {{}, {Rule(Grpc("short", ""))}}};
  EXPECT_EQ(ChooseRoute(routes, request.head).route, &routes[1]);
}

TEST(RouteMatchTest, TakesTheFirstOfEquals) {
  const std::vector<Route> routes = {{{}, {Rule(ByMethod()), Rule(ByMethod())}},
                                     {{}, {Rule(ByMethod())}}};
  const auto choice = ChooseRoute(routes, Request("POST", "/").head);
  EXPECT_EQ(choice.route, &routes[0]);
  EXPECT_EQ(choice.rule_index, 0u);
}

TEST(RouteMatchTest, FindsNothingWhereNothingMatches) {
  const std::vector<Route> routes = {{{}, {Rule(ByMethod())}}, {{}, {}}};
  EXPECT_EQ(ChooseRoute(routes, Request("GET", "/").head).route, nullptr);
}

TEST(RouteMatchTest, AddsThenSetsThenRemovesHeaders) {
  http::RequestHead head;
  head.headers.Add("a", "0");
  head.headers.Add("b", "0");
  head.headers.Add("c", "0");
  HeaderModifier modifier;
  modifier.add = {{"a", "1"}, {"b", "1"}, {"c", "1"}};
  modifier.set = {{"b", "2"}, {"c", "2"}};
  modifier.remove = {"c"};
  ModifyHeaders(modifier, &head.arena, &head.headers);
  modifier = HeaderModifier();  // The fields must not point into it.
  std::string all;
  for (const auto& field : head.headers) absl::StrAppend(&all, field.name, "=", field.value, " ");
  EXPECT_EQ(all, "a=0 a=1 b=2 ");
}

}  // namespace
}  // namespace gossamer::proxy
