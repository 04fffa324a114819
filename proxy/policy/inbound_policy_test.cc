#include "proxy/policy/inbound_policy.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using Authentication = Authorization::Authentication;

NetworkMatch Network(const char* network, std::vector<const char*> holes = {}) {
  NetworkMatch match;
  match.network = *net::IpNetwork::Parse(network);
  for (const char* hole : holes) match.except.push_back(*net::IpNetwork::Parse(hole));
  return match;
}

Authorization Allow(std::vector<NetworkMatch> networks,
                    Authentication authentication = Authentication::kUnauthenticated) {
  Authorization authorization;
  authorization.networks = std::move(networks);
  authorization.authentication = authentication;
  return authorization;
}

ClientIdentity Client(const char* ip, bool tls = false, std::string id = "") {
  return {*net::IpAddress::Parse(ip), tls, std::move(id)};
}

http::RequestHead* Get(absl::string_view path) {
  static http::RequestHead* const head = new http::RequestHead;
  head->Clear();
  head->method = "GET";
  head->path = path;
  return head;
}

TEST(AuthorizationTest, AdmitsByNetworkExceptHoles) {
  const Authorization authorization = Allow(
      {Network("10.0.0.0/8", {"10.1.0.0/16", "10.2.2.2/32"}), Network("fd00::/8", {"fd01::/16"})});
  for (const char* ip : {"10.0.0.1", "10.2.2.3", "fd00::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(authorization.Allows(Client(ip))) << ip;
  }
  for (const char* ip : {"11.0.0.1", "10.1.255.255", "10.2.2.2", "fd01::1", "::1"}) {
    EXPECT_FALSE(authorization.Allows(Client(ip))) << ip;
  }
  EXPECT_FALSE(Allow({}).Allows(Client("10.0.0.1")));
}

TEST(AuthorizationTest, AHoleInOneNetworkIsNoHoleInAnother) {
  const Authorization authorization =
      Allow({Network("10.0.0.0/8", {"10.1.0.0/16"}), Network("10.1.1.0/24")});
  EXPECT_TRUE(authorization.Allows(Client("10.1.1.1")));
  EXPECT_FALSE(authorization.Allows(Client("10.1.2.1")));
}

TEST(AuthorizationTest, AsksForTls) {
  const Authorization authorization =
      Allow({Network("0.0.0.0/0")}, Authentication::kTlsUnauthenticated);
  EXPECT_FALSE(authorization.Allows(Client("1.1.1.1")));
  EXPECT_TRUE(authorization.Allows(Client("1.1.1.1", true)));
  EXPECT_TRUE(authorization.Allows(Client("1.1.1.1", true, "a.b")));
}

TEST(AuthorizationTest, AsksForIdentity) {
  Authorization exact = Allow({Network("0.0.0.0/0")}, Authentication::kTlsAuthenticated);
  exact.identities = {"a.ns.test", "spiffe://mesh/a"};
  Authorization suffix = Allow({Network("0.0.0.0/0")}, Authentication::kTlsAuthenticated);
  suffix.suffixes = {".ns.test"};
  Authorization any = Allow({Network("0.0.0.0/0")}, Authentication::kTlsAuthenticated);
  any.suffixes = {""};
  const Authorization nobody = Allow({Network("0.0.0.0/0")}, Authentication::kTlsAuthenticated);
  struct Case {
    const char* id;
    bool exact;
    bool suffix;
    bool any;
  };
  for (const Case& c : std::vector<Case>{
           {"a.ns.test", true, true, true},
           {"b.ns.test", false, true, true},
           {"ns.test", false, false, true},
           {".ns.test", false, false, true},
           {"xns.test", false, false, true},
           {"spiffe://mesh/a", true, false, false},
           {"spiffe://mesh/b.ns.test", false, false, false},
           {"", false, false, false},
       }) {
    const ClientIdentity client = Client("1.1.1.1", true, c.id);
    EXPECT_EQ(exact.Allows(client), c.exact) << c.id;
    EXPECT_EQ(suffix.Allows(client), c.suffix) << c.id;
    EXPECT_EQ(any.Allows(client), c.any) << c.id;
    EXPECT_FALSE(nobody.Allows(client)) << c.id;
    // A name without TLS is no proof.
    EXPECT_FALSE(exact.Allows(Client("1.1.1.1", false, c.id))) << c.id;
  }
}

TEST(InboundPolicyTest, TakesTheFirstAuthorizationThatAdmits) {
  ServerPolicy policy;
  policy.authorizations = {Allow({Network("10.0.0.0/8")}), Allow({Network("0.0.0.0/0")}),
                           Allow({Network("0.0.0.0/0")})};
  EXPECT_EQ(AuthorizeConnection(policy, Client("10.0.0.1")), &policy.authorizations[0]);
  EXPECT_EQ(AuthorizeConnection(policy, Client("9.0.0.1")), &policy.authorizations[1]);
  EXPECT_EQ(AuthorizeConnection(policy, Client("::2")), nullptr);
}

TEST(InboundPolicyTest, LetsNothingThroughByDefault) {
  EXPECT_EQ(AuthorizeConnection(ServerPolicy(), Client("127.0.0.1")), nullptr);
  EXPECT_EQ(JudgeRequest(ServerPolicy(), Client("127.0.0.1"), *Get("/")).authorization, nullptr);
}

InboundHttpRoute PrefixRoute(const char* prefix, std::vector<Authorization> authorizations) {
  InboundHttpRoute route;
  route.metadata = Metadata::Default(prefix);
  RequestMatch match;
  match.path.emplace();
  match.path->text = prefix;
  route.rules.emplace_back();
  route.rules.back().matches.push_back(match);
  route.authorizations = std::move(authorizations);
  return route;
}

TEST(InboundPolicyTest, AnInvalidPolicyLetsNothingThrough) {
  ServerPolicy policy;
  policy.authorizations = {Allow({Network("0.0.0.0/0")})};
  policy.invalid = true;
  EXPECT_EQ(AuthorizeConnection(policy, Client("127.0.0.1")), nullptr);
  EXPECT_EQ(JudgeRequest(policy, Client("127.0.0.1"), *Get("/")).authorization, nullptr);
  policy.routes = {PrefixRoute("/", {Allow({Network("0.0.0.0/0")})})};
  EXPECT_EQ(JudgeRequest(policy, Client("127.0.0.1"), *Get("/")).authorization, nullptr);
}

TEST(InboundPolicyTest, WithoutRoutesOneMatchesEverything) {
  ServerPolicy policy;
  policy.authorizations = {Allow({Network("10.0.0.0/8")})};
  const RequestVerdict verdict = JudgeRequest(policy, Client("10.0.0.1"), *Get("/any"));
  ASSERT_NE(verdict.route, nullptr);
  EXPECT_EQ(verdict.route->name, "default");
  EXPECT_EQ(verdict.authorization, &policy.authorizations[0]);
  EXPECT_EQ(verdict.rule, nullptr);
}

TEST(InboundPolicyTest, ARoutesAuthorizationsComeBesideTheServers) {
  ServerPolicy policy;
  policy.authorizations = {Allow({Network("10.0.0.0/8")})};
  policy.routes = {PrefixRoute("/open", {Allow({Network("0.0.0.0/0")})}),
                   PrefixRoute("/closed", {})};
  EXPECT_EQ(JudgeRequest(policy, Client("9.9.9.9"), *Get("/open")).authorization,
            &policy.routes[0].authorizations[0]);
  EXPECT_EQ(JudgeRequest(policy, Client("9.9.9.9"), *Get("/closed")).authorization, nullptr);
  EXPECT_EQ(JudgeRequest(policy, Client("10.9.9.9"), *Get("/closed")).authorization,
            &policy.authorizations[0]);
  // A route's authorization opens no connection and no other route.
  EXPECT_EQ(AuthorizeConnection(policy, Client("9.9.9.9")), nullptr);
}

TEST(InboundPolicyTest, ARequestWithoutARouteHasNoVerdict) {
  ServerPolicy policy;
  policy.authorizations = {Allow({Network("0.0.0.0/0")})};
  policy.routes = {PrefixRoute("/a", {})};
  const RequestVerdict verdict = JudgeRequest(policy, Client("9.9.9.9"), *Get("/b"));
  EXPECT_EQ(verdict.route, nullptr);
  EXPECT_EQ(verdict.authorization, nullptr);
}

}  // namespace
}  // namespace gossamer::proxy
