#include "proxy/policy/convert_inbound.h"

#include <functional>
#include <vector>

#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::inbound;
using Authentication = Authorization::Authentication;
using Change = std::function<void(api::Server*)>;

ClientIdentity Client(const char* ip, std::string id = "") {
  return {*net::IpAddress::Parse(ip), !id.empty(), std::move(id)};
}

api::HttpRoute* AddRoute(api::Server* server) {
  return server->mutable_protocol()->mutable_detect()->add_http_routes();
}

// A server with all of what is required, and one of most of what is not.
api::Server GoodServer() {
  api::Server server;
  (*server.mutable_labels())["name"] = "web";
  (*server.mutable_labels())["kind"] = "server";
  (*server.mutable_labels())["group"] = "policy.linkerd.io";
  server.mutable_protocol()->mutable_detect()->mutable_timeout()->set_seconds(3);
  api::Authz* authz = server.add_authorizations();
  auto* network = authz->add_networks();
  network->mutable_net()->mutable_ip()->set_ipv4(0x0a000000);
  network->mutable_net()->set_prefix_len(8);
  auto* hole = network->add_except();
  hole->mutable_ip()->set_ipv4(0x0a010000);
  hole->set_prefix_len(16);
  authz->mutable_authentication()->mutable_unauthenticated();
  authz->mutable_metadata()->mutable_resource()->set_name("allow");
  api::HttpRoute* route = AddRoute(&server);
  route->mutable_metadata()->set_default_("r");
  route->add_hosts()->set_exact("Web.Test");
  route->add_rules()->add_matches()->mutable_path()->set_prefix("/a/");
  return server;
}

TEST(ConvertInboundTest, ConvertsAWholeServer) {
  const absl::StatusOr<ServerPolicy> policy = ConvertServerPolicy(GoodServer());
  ASSERT_OK(policy);
  EXPECT_EQ(policy->metadata.kind, "server");
  EXPECT_EQ(policy->metadata.name, "web");
  EXPECT_EQ(policy->protocol, ServerPolicy::Protocol::kDetect);
  EXPECT_EQ(policy->detect_timeout, absl::Seconds(3));
  EXPECT_FALSE(policy->invalid);
  EXPECT_NE(AuthorizeConnection(*policy, Client("10.2.0.1")), nullptr);
  EXPECT_EQ(AuthorizeConnection(*policy, Client("10.1.0.1")), nullptr);
  EXPECT_EQ(AuthorizeConnection(*policy, Client("11.0.0.1")), nullptr);
  ASSERT_EQ(policy->routes.size(), 1u);
  EXPECT_EQ(policy->routes[0].hosts[0].name, "web.test");
  EXPECT_EQ(policy->routes[0].rules[0].matches[0].path->text, "/a");
}

TEST(ConvertInboundTest, AlwaysLetsTheWorkloadItselfIn) {
  api::Server server = GoodServer();
  server.clear_authorizations();
  const absl::StatusOr<ServerPolicy> policy = ConvertServerPolicy(server);
  ASSERT_OK(policy);
  EXPECT_NE(AuthorizeConnection(*policy, Client("127.0.0.1")), nullptr);
  EXPECT_NE(AuthorizeConnection(*policy, Client("::1")), nullptr);
  EXPECT_EQ(AuthorizeConnection(*policy, Client("127.0.0.2")), nullptr);
  EXPECT_EQ(AuthorizeConnection(*policy, Client("10.2.0.1")), nullptr);
}

TEST(ConvertInboundTest, KnowsTheProtocols) {
  using Protocol = ServerPolicy::Protocol;
  struct Case {
    Change change;
    Protocol protocol;
  };
  for (const Case& c : std::vector<Case>{
           {[](api::Server* s) { s->mutable_protocol()->mutable_opaque(); }, Protocol::kOpaque},
           {[](api::Server* s) { s->mutable_protocol()->mutable_tls(); }, Protocol::kTls},
           {[](api::Server* s) { s->mutable_protocol()->mutable_http1(); }, Protocol::kHttp1},
           {[](api::Server* s) { s->mutable_protocol()->mutable_http2(); }, Protocol::kHttp2},
           {[](api::Server* s) { s->mutable_protocol()->mutable_grpc(); }, Protocol::kGrpc},
       }) {
    api::Server server = GoodServer();
    c.change(&server);
    const absl::StatusOr<ServerPolicy> policy = ConvertServerPolicy(server);
    ASSERT_OK(policy);
    EXPECT_EQ(policy->protocol, c.protocol);
  }
}

TEST(ConvertInboundTest, TakesNoEmptySuffixPartForEverybody) {
  const auto suffixes_of = [](std::vector<std::string> parts) {
    api::Server server = GoodServer();
    auto* suffix = server.mutable_authorizations(0)
                       ->mutable_authentication()
                       ->mutable_meshtls()
                       ->mutable_identities()
                       ->add_suffixes();
    for (const std::string& part : parts) suffix->add_parts(part);
    return *ConvertServerPolicy(server);
  };
  const ClientIdentity client = Client("10.2.0.1", "x.a.b");
  EXPECT_NE(AuthorizeConnection(suffixes_of({}), client), nullptr);
  EXPECT_NE(AuthorizeConnection(suffixes_of({"a", "b"}), client), nullptr);
  EXPECT_EQ(AuthorizeConnection(suffixes_of({"x", "a", "b"}), client), nullptr);
  EXPECT_EQ(AuthorizeConnection(suffixes_of({""}), client), nullptr);
}

TEST(ConvertInboundTest, FiltersItDoesNotKnowAreKeptAsSuch) {
  api::Server server = GoodServer();
  auto* rule =
      server.mutable_protocol()->mutable_detect()->mutable_http_routes(0)->mutable_rules(0);
  rule->add_filters();
  rule->add_filters()->mutable_request_header_modifier()->add_remove("x");
  const absl::StatusOr<ServerPolicy> policy = ConvertServerPolicy(server);
  ASSERT_OK(policy);
  const std::vector<Filter>& filters = policy->routes[0].rules[0].filters;
  ASSERT_EQ(filters.size(), 2u);
  EXPECT_EQ(filters[0].kind, Filter::Kind::kUnknown);
  EXPECT_EQ(filters[1].kind, Filter::Kind::kRequestHeaders);
}

api::Authz* Authz(api::Server* server) { return server->mutable_authorizations(0); }
io::linkerd::proxy::http_route::HttpRouteMatch* Match(api::Server* server) {
  return server->mutable_protocol()
      ->mutable_detect()
      ->mutable_http_routes(0)
      ->mutable_rules(0)
      ->mutable_matches(0);
}

TEST(ConvertInboundTest, RefusesWhatMakesNoSense) {
  struct Case {
    const char* name;
    Change spoil;
  };
  for (const Case& c : std::vector<Case>{
           {"no name", [](api::Server* s) { s->mutable_labels()->erase("name"); }},
           {"no protocol", [](api::Server* s) { s->clear_protocol(); }},
           {"no kind", [](api::Server* s) { s->mutable_protocol()->clear_kind(); }},
           {"no timeout",
            [](api::Server* s) { s->mutable_protocol()->mutable_detect()->clear_timeout(); }},
           {"negative timeout",
            [](api::Server* s) {
              s->mutable_protocol()->mutable_detect()->mutable_timeout()->set_seconds(-1);
            }},
           {"no networks", [](api::Server* s) { Authz(s)->clear_networks(); }},
           {"no net", [](api::Server* s) { Authz(s)->mutable_networks(0)->clear_net(); }},
           {"prefix too long",
            [](api::Server* s) {
              Authz(s)->mutable_networks(0)->mutable_net()->set_prefix_len(33);
            }},
           {"prefix of a hole too long",
            [](api::Server* s) {
              Authz(s)->mutable_networks(0)->mutable_except(0)->set_prefix_len(33);
            }},
           {"no authentication", [](api::Server* s) { Authz(s)->clear_authentication(); }},
           {"no permit",
            [](api::Server* s) { Authz(s)->mutable_authentication()->clear_permit(); }},
           {"no clients",
            [](api::Server* s) { Authz(s)->mutable_authentication()->mutable_meshtls(); }},
           {"metadata of nothing",
            [](api::Server* s) { Authz(s)->mutable_metadata()->clear_kind(); }},
           {"route without metadata", [](api::Server* s) { AddRoute(s); }},
           {"bad authorization of a route",
            [](api::Server* s) {
              api::HttpRoute* route = AddRoute(s);
              route->mutable_metadata()->set_default_("x");
              route->add_authorizations();
            }},
           {"host of nothing",
            [](api::Server* s) {
              s->mutable_protocol()->mutable_detect()->mutable_http_routes(0)->add_hosts();
            }},
           {"path of nothing", [](api::Server* s) { Match(s)->mutable_path()->clear_kind(); }},
           {"bad path regex", [](api::Server* s) { Match(s)->mutable_path()->set_regex("("); }},
           {"method of nothing", [](api::Server* s) { Match(s)->mutable_method(); }},
           {"empty method",
            [](api::Server* s) { Match(s)->mutable_method()->set_unregistered(""); }},
           {"header without name", [](api::Server* s) { Match(s)->add_headers()->set_exact("x"); }},
           {"header without value", [](api::Server* s) { Match(s)->add_headers()->set_name("x"); }},
           {"bad header regex",
            [](api::Server* s) {
              auto* header = Match(s)->add_headers();
              header->set_name("x");
              header->set_regex("[");
            }},
           {"parameter without name",
            [](api::Server* s) { Match(s)->add_query_params()->set_exact("x"); }},
           {"gRPC match without rpc",
            [](api::Server* s) {
              auto* route = s->mutable_protocol()->mutable_grpc()->add_routes();
              route->mutable_metadata()->set_default_("x");
              route->add_rules()->add_matches();
            }},
           {"failure by half",
            [](api::Server* s) {
              auto* failure = s->mutable_protocol()
                                  ->mutable_detect()
                                  ->mutable_http_routes(0)
                                  ->mutable_rules(0)
                                  ->add_filters()
                                  ->mutable_failure_injector();
              failure->set_status(500);
              failure->mutable_ratio()->set_numerator(1);
            }},
       }) {
    api::Server server = GoodServer();
    c.spoil(&server);
    EXPECT_THAT(ConvertServerPolicy(server).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_))
        << c.name;
  }
}

TEST(ConvertInboundTest, AnInvalidPolicyAllowsNobody) {
  EXPECT_EQ(AuthorizeConnection(InvalidServerPolicy(), Client("127.0.0.1")), nullptr);
}

TEST(DefaultServerPolicyTest, IsWhatTheEnvironmentSays) {
  using Protocol = ServerPolicy::Protocol;
  struct Case {
    DefaultPolicy policy;
    const char* name;
    Protocol protocol;
    bool cluster;  // Without identity, from the cluster's networks.
    bool outside;  // Without identity, from elsewhere.
    bool cluster_meshed;
    bool outside_meshed;
  };
  InboundConfig config;
  config.detect_timeout = absl::Seconds(7);
  config.cluster_networks = {*net::IpNetwork::Parse("10.0.0.0/8")};
  for (const Case& c : std::vector<Case>{
           {DefaultPolicy::kDeny, "deny", Protocol::kOpaque, false, false, false, false},
           {DefaultPolicy::kAllUnauthenticated, "all-unauthenticated", Protocol::kDetect, true,
            true, true, true},
           {DefaultPolicy::kAudit, "audit", Protocol::kDetect, true, true, true, true},
           {DefaultPolicy::kAllAuthenticated, "all-authenticated", Protocol::kDetect, false, false,
            true, true},
           {DefaultPolicy::kClusterAuthenticated, "cluster-authenticated", Protocol::kDetect, false,
            false, true, false},
           {DefaultPolicy::kClusterUnauthenticated, "cluster-unauthenticated", Protocol::kDetect,
            true, false, true, false},
       }) {
    config.default_policy = c.policy;
    const ServerPolicy policy = DefaultServerPolicy(config, 80);
    EXPECT_EQ(policy.metadata, Metadata::Default(c.name));
    EXPECT_EQ(policy.protocol, c.protocol) << c.name;
    EXPECT_EQ(policy.detect_timeout, absl::Seconds(7));
    const auto allows = [&](const ClientIdentity& client) {
      return AuthorizeConnection(policy, client) != nullptr;
    };
    EXPECT_EQ(allows(Client("10.1.1.1")), c.cluster) << c.name;
    EXPECT_EQ(allows(Client("11.1.1.1")), c.outside) << c.name;
    EXPECT_EQ(allows(Client("10.1.1.1", "a.b")), c.cluster_meshed) << c.name;
    EXPECT_EQ(allows(Client("11.1.1.1", "a.b")), c.outside_meshed) << c.name;
    EXPECT_FALSE(c.policy == DefaultPolicy::kAllAuthenticated &&
                 allows(Client("10.1.1.1", "spiffe://x/y")));
  }
}

}  // namespace
}  // namespace gossamer::proxy
