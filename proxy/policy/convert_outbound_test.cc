#include "proxy/policy/convert_outbound.h"

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::outbound;
using Change = std::function<void(api::OutboundPolicy*)>;
using Protocol = OutboundPolicy::Protocol;

void SetService(io::linkerd::proxy::meta::Metadata* metadata) {
  auto* resource = metadata->mutable_resource();
  resource->set_group("core");
  resource->set_kind("Service");
  resource->set_name("web");
  resource->set_namespace_("ns");
}

void SetBackend(api::Backend* backend) {
  SetService(backend->mutable_metadata());
  backend->mutable_queue()->mutable_failfast_timeout()->set_seconds(3);
  auto* balancer = backend->mutable_balancer();
  balancer->mutable_discovery()->mutable_dst()->set_path("web.ns.svc.cluster.local:80");
  balancer->mutable_peak_ewma()->mutable_default_rtt()->set_nanos(30'000'000);
  balancer->mutable_peak_ewma()->mutable_decay()->set_seconds(10);
}

void AddHttpRoute(google::protobuf::RepeatedPtrField<api::HttpRoute>* routes) {
  api::HttpRoute* route = routes->Add();
  route->mutable_metadata()->set_default_("http");
  api::HttpRoute::Rule* rule = route->add_rules();
  rule->add_matches()->mutable_path()->set_prefix("/");
  SetBackend(
      rule->mutable_backends()->mutable_first_available()->add_backends()->mutable_backend());
}

api::OutboundPolicy GoodPolicy() {
  api::OutboundPolicy policy;
  SetService(policy.mutable_metadata());
  auto* detect = policy.mutable_protocol()->mutable_detect();
  detect->mutable_timeout()->set_seconds(10);
  AddHttpRoute(detect->mutable_http1()->mutable_routes());
  AddHttpRoute(detect->mutable_http2()->mutable_routes());
  auto* opaque = detect->mutable_opaque()->add_routes();
  opaque->mutable_metadata()->set_default_("opaq");
  SetBackend(opaque->add_rules()
                 ->mutable_backends()
                 ->mutable_first_available()
                 ->add_backends()
                 ->mutable_backend());
  return policy;
}

api::ProxyProtocol::Detect* Detect(api::OutboundPolicy* policy) {
  return policy->mutable_protocol()->mutable_detect();
}
api::HttpRoute* Route(api::OutboundPolicy* policy) {
  return Detect(policy)->mutable_http1()->mutable_routes(0);
}
api::HttpRoute::Rule* Rule(api::OutboundPolicy* policy) { return Route(policy)->mutable_rules(0); }
api::HttpRoute::RouteBackend* RouteBackend(api::OutboundPolicy* policy) {
  return Rule(policy)->mutable_backends()->mutable_first_available()->mutable_backends(0);
}
api::Backend* BackendOf(api::OutboundPolicy* policy) {
  return RouteBackend(policy)->mutable_backend();
}
api::OpaqueRoute* Opaque(api::OutboundPolicy* policy) {
  return Detect(policy)->mutable_opaque()->mutable_routes(0);
}

TEST(ConvertOutboundTest, ConvertsAWholePolicy) {
  const absl::StatusOr<OutboundPolicy> policy = ConvertOutboundPolicy(GoodPolicy());
  ASSERT_OK(policy);
  EXPECT_EQ(policy->parent.name, "web");
  EXPECT_EQ(policy->protocol, Protocol::kDetect);
  ASSERT_EQ(policy->http_routes.size(), 1u);
  const Backend& backend = policy->http_routes[0].rules[0].distribution.backends[0];
  EXPECT_EQ(backend.kind, Backend::Kind::kBalance);
  EXPECT_EQ(backend.path, "web.ns.svc.cluster.local:80");
  EXPECT_EQ(backend.load.default_rtt, absl::Milliseconds(30));
  EXPECT_EQ(backend.load.penalty, std::nullopt);
  EXPECT_EQ(policy->tcp_route.metadata, Metadata::Default("opaq"));
  EXPECT_EQ(policy->tcp_route.distribution.backends.size(), 1u);
  EXPECT_TRUE(policy->tcp_route.invalid.empty());
}

TEST(ConvertOutboundTest, TakesWhatIsOptionalInEveryForm) {
  struct Case {
    const char* name;
    Change change;
  };
  for (const Case& c : std::vector<Case>{
           {"no opaque route", [](auto* p) { Detect(p)->mutable_opaque()->clear_routes(); }},
           {"no HTTP routes", [](auto* p) { Detect(p)->mutable_http1()->clear_routes(); }},
           {"default metadata", [](auto* p) { p->mutable_metadata()->set_default_("x"); }},
           {"backend of nothing", [](auto* p) { BackendOf(p)->clear_kind(); }},
           {"empty distribution", [](auto* p) { Rule(p)->mutable_backends()->mutable_empty(); }},
           {"penalty by default",
            [](auto* p) { BackendOf(p)->mutable_balancer()->mutable_penalty_peak_ewma(); }},
           {"a filter not understood yet",
            [](auto* p) { Rule(p)->add_filters()->mutable_redirect(); }},
           {"some weights of 0",
            [](auto* p) {
              auto* random = Rule(p)->mutable_backends()->mutable_random_available();
              SetBackend(random->add_backends()->mutable_backend()->mutable_backend());
              *random->add_backends() = random->backends(0);
              random->mutable_backends(1)->set_weight(1);
            }},
           {"http1",
            [](auto* p) {
              AddHttpRoute(p->mutable_protocol()->mutable_http1()->mutable_routes());
            }},
           {"http2",
            [](auto* p) {
              AddHttpRoute(p->mutable_protocol()->mutable_http2()->mutable_routes());
            }},
           {"grpc", [](auto* p) { p->mutable_protocol()->mutable_grpc(); }},
           {"opaque", [](auto* p) { p->mutable_protocol()->mutable_opaque(); }},
           {"tls", [](auto* p) { p->mutable_protocol()->mutable_tls(); }},
       }) {
    api::OutboundPolicy message = GoodPolicy();
    c.change(&message);
    EXPECT_OK(ConvertOutboundPolicy(message)) << c.name;
  }
}

TEST(ConvertOutboundTest, RefusesWhatMakesNoSense) {
  struct Case {
    const char* name;
    Change spoil;
  };
  for (const Case& c : std::vector<Case>{
           {"no metadata", [](auto* p) { p->clear_metadata(); }},
           {"no protocol", [](auto* p) { p->clear_protocol(); }},
           {"no kind", [](auto* p) { p->mutable_protocol()->clear_kind(); }},
           {"no group", [](auto* p) { p->mutable_metadata()->mutable_resource()->clear_group(); }},
           {"no resource kind",
            [](auto* p) { p->mutable_metadata()->mutable_resource()->clear_kind(); }},
           {"no name", [](auto* p) { p->mutable_metadata()->mutable_resource()->clear_name(); }},
           {"no namespace",
            [](auto* p) { p->mutable_metadata()->mutable_resource()->clear_namespace_(); }},
           {"detect: no timeout", [](auto* p) { Detect(p)->clear_timeout(); }},
           {"detect: no opaque", [](auto* p) { Detect(p)->clear_opaque(); }},
           {"detect: no http1", [](auto* p) { Detect(p)->clear_http1(); }},
           {"detect: no http2", [](auto* p) { Detect(p)->clear_http2(); }},
           {"route without metadata", [](auto* p) { Route(p)->clear_metadata(); }},
           {"host of nothing", [](auto* p) { Route(p)->add_hosts(); }},
           {"no backends", [](auto* p) { Rule(p)->clear_backends(); }},
           {"distribution of nothing", [](auto* p) { Rule(p)->mutable_backends()->clear_kind(); }},
           {"first of none",
            [](auto* p) {
              Rule(p)->mutable_backends()->mutable_first_available()->clear_backends();
            }},
           {"random of none",
            [](auto* p) { Rule(p)->mutable_backends()->mutable_random_available(); }},
           {"all weights 0",
            [](auto* p) {
              SetBackend(Rule(p)
                             ->mutable_backends()
                             ->mutable_random_available()
                             ->add_backends()
                             ->mutable_backend()
                             ->mutable_backend());
            }},
           {"rule filter of nothing", [](auto* p) { Rule(p)->add_filters(); }},
           {"backend filter of nothing", [](auto* p) { RouteBackend(p)->add_filters(); }},
           {"failure without status",
            [](auto* p) { Rule(p)->add_filters()->mutable_failure_injector(); }},
           {"failure of 1000",
            [](auto* p) { Rule(p)->add_filters()->mutable_failure_injector()->set_status(1000); }},
           {"failure of n/0",
            [](auto* p) {
              auto* failure = Rule(p)->add_filters()->mutable_failure_injector();
              failure->set_status(500);
              failure->mutable_ratio()->set_numerator(0);
            }},
           {"failure of 2/1",
            [](auto* p) {
              auto* failure = Rule(p)->add_filters()->mutable_failure_injector();
              failure->set_status(500);
              failure->mutable_ratio()->set_numerator(2);
              failure->mutable_ratio()->set_denominator(1);
            }},
           {"gRPC failure of 17 bits",
            [](auto* p) {
              auto* route = p->mutable_protocol()->mutable_grpc()->add_routes();
              route->mutable_metadata()->set_default_("x");
              auto* rule = route->add_rules();
              rule->mutable_backends()->mutable_empty();
              rule->add_filters()->mutable_failure_injector()->set_code(65536);
            }},
           {"backend without metadata", [](auto* p) { BackendOf(p)->clear_metadata(); }},
           {"backend without queue", [](auto* p) { BackendOf(p)->clear_queue(); }},
           {"queue without timeout",
            [](auto* p) { BackendOf(p)->mutable_queue()->clear_failfast_timeout(); }},
           {"forward to nothing", [](auto* p) { BackendOf(p)->mutable_forward(); }},
           {"forward to port 0",
            [](auto* p) {
              BackendOf(p)->mutable_forward()->mutable_addr()->mutable_ip()->set_ipv4(1);
            }},
           {"no discovery", [](auto* p) { BackendOf(p)->mutable_balancer()->clear_discovery(); }},
           {"no load", [](auto* p) { BackendOf(p)->mutable_balancer()->clear_load(); }},
           {"no rtt",
            [](auto* p) {
              BackendOf(p)->mutable_balancer()->mutable_peak_ewma()->clear_default_rtt();
            }},
           {"no decay",
            [](auto* p) { BackendOf(p)->mutable_balancer()->mutable_peak_ewma()->clear_decay(); }},
           {"negative decay",
            [](auto* p) {
              BackendOf(p)->mutable_balancer()->mutable_peak_ewma()->mutable_decay()->set_seconds(
                  -1);
            }},
           {"two opaque routes",
            [](auto* p) { *Detect(p)->mutable_opaque()->add_routes() = *Opaque(p); }},
           {"opaque route without rules", [](auto* p) { Opaque(p)->clear_rules(); }},
           {"opaque route of two rules",
            [](auto* p) { *Opaque(p)->add_rules() = Opaque(p)->rules(0); }},
           {"opaque route without metadata", [](auto* p) { Opaque(p)->clear_metadata(); }},
           {"opaque route without backends",
            [](auto* p) { Opaque(p)->mutable_rules(0)->clear_backends(); }},
           {"opaque filter of nothing",
            [](auto* p) { Opaque(p)->mutable_rules(0)->add_filters(); }},
       }) {
    api::OutboundPolicy message = GoodPolicy();
    c.spoil(&message);
    EXPECT_THAT(ConvertOutboundPolicy(message).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_))
        << c.name;
  }
}

TEST(ConvertOutboundTest, WantsNameAndPortOfABalancer) {
  for (const char* bad : {"", "web", "web:", ":80", "web:0", "web:65536", "web:80x", "web:-1"}) {
    api::OutboundPolicy message = GoodPolicy();
    BackendOf(&message)->mutable_balancer()->mutable_discovery()->mutable_dst()->set_path(bad);
    EXPECT_FALSE(ConvertOutboundPolicy(message).ok()) << bad;
  }
}

TEST(ConvertOutboundTest, ReadsTheLoadEstimate) {
  api::OutboundPolicy message = GoodPolicy();
  auto* balancer = BackendOf(&message)->mutable_balancer();
  balancer->mutable_peak_ewma()->mutable_default_rtt()->set_nanos(1);
  const auto load = [&] {
    return ConvertOutboundPolicy(message)->http_routes[0].rules[0].distribution.backends[0].load;
  };
  EXPECT_EQ(load().default_rtt, absl::Milliseconds(1));
  auto* penalty = balancer->mutable_penalty_peak_ewma();
  EXPECT_EQ(load().penalty, absl::Seconds(5));
  EXPECT_EQ(load().default_rtt, absl::Milliseconds(30));
  EXPECT_EQ(load().decay, absl::Seconds(10));
  EXPECT_EQ(load().max_retry_after, absl::Seconds(300));
  penalty->mutable_penalty()->set_seconds(1);
  penalty->mutable_max_retry_after()->set_seconds(2);
  EXPECT_EQ(load().penalty, absl::Seconds(1));
  EXPECT_EQ(load().max_retry_after, absl::Seconds(2));
}

TEST(ConvertOutboundTest, TcpFiltersLetNothingThrough) {
  api::OutboundPolicy message = GoodPolicy();
  Opaque(&message)->mutable_rules(0)->add_filters()->mutable_forbidden();
  EXPECT_TRUE(ConvertOutboundPolicy(message)->tcp_route.forbidden);
  message = GoodPolicy();
  Opaque(&message)->mutable_rules(0)->add_filters()->mutable_invalid();
  EXPECT_FALSE(ConvertOutboundPolicy(message)->tcp_route.invalid.empty());
  message = GoodPolicy();
  Opaque(&message)
      ->mutable_rules(0)
      ->mutable_backends()
      ->mutable_first_available()
      ->mutable_backends(0)
      ->add_filters()
      ->mutable_forbidden();
  EXPECT_EQ(ConvertOutboundPolicy(message)->tcp_route.distribution.backends[0].kind,
            Backend::Kind::kFail);
}

// A policy of TLS routes, each with one server name.
api::OutboundPolicy TlsPolicy(const std::vector<std::string>& names) {
  api::OutboundPolicy policy;
  SetService(policy.mutable_metadata());
  auto* tls = policy.mutable_protocol()->mutable_tls();
  for (const std::string& name : names) {
    api::TlsRoute* route = tls->add_routes();
    route->mutable_metadata()->set_default_(name);
    route->add_snis()->set_exact(name);
    SetBackend(route->add_rules()
                   ->mutable_backends()
                   ->mutable_first_available()
                   ->add_backends()
                   ->mutable_backend());
  }
  return policy;
}

TEST(ConvertOutboundTest, TlsRoutesKeepTheirServerNames) {
  api::OutboundPolicy message = TlsPolicy({"Web.Example", "other.example"});
  auto* suffix = message.mutable_protocol()->mutable_tls()->mutable_routes(1)->add_snis();
  for (const char* label : {"com", "Example", "api"}) {
    suffix->mutable_suffix()->add_reverse_labels(label);
  }
  const absl::StatusOr<OutboundPolicy> policy = ConvertOutboundPolicy(message);
  ASSERT_OK(policy);
  EXPECT_EQ(policy->protocol, Protocol::kTls);
  ASSERT_EQ(policy->tls_routes.size(), 2u);
  const OutboundTlsRoute& first = policy->tls_routes[0];
  EXPECT_EQ(first.tcp.metadata, Metadata::Default("Web.Example"));
  ASSERT_EQ(first.snis.size(), 1u);
  EXPECT_EQ(first.snis[0].name, "web.example");
  EXPECT_FALSE(first.snis[0].suffix);
  EXPECT_EQ(first.tcp.distribution.backends.size(), 1u);
  const OutboundTlsRoute& second = policy->tls_routes[1];
  ASSERT_EQ(second.snis.size(), 2u);
  EXPECT_EQ(second.snis[1].name, "api.example.com");
  EXPECT_TRUE(second.snis[1].suffix);
}

TEST(ConvertOutboundTest, TlsRoutesThatMakeNoSenseAreRefused) {
  const auto route = [](api::OutboundPolicy* policy) {
    return policy->mutable_protocol()->mutable_tls()->mutable_routes(1);
  };
  struct Case {
    const char* name;
    std::function<void(api::TlsRoute*)> change;
  };
  for (const Case& c : std::vector<Case>{
           {"a server name of nothing", [](auto* r) { r->add_snis(); }},
           {"without rules", [](auto* r) { r->clear_rules(); }},
           {"two rules", [](auto* r) { *r->add_rules() = r->rules(0); }},
           {"without metadata", [](auto* r) { r->clear_metadata(); }},
           {"a filter of nothing", [](auto* r) { r->mutable_rules(0)->add_filters(); }},
       }) {
    api::OutboundPolicy message = TlsPolicy({"a", "b"});
    c.change(route(&message));
    EXPECT_FALSE(ConvertOutboundPolicy(message).ok()) << c.name;
  }
  api::OutboundPolicy message = TlsPolicy({"a", "b"});
  route(&message)->mutable_rules(0)->add_filters()->mutable_forbidden();
  EXPECT_TRUE(ConvertOutboundPolicy(message)->tls_routes[1].tcp.forbidden);
}

TEST(ConvertOutboundTest, UnknownGrpcCodesBecomeUnknown) {
  api::OutboundPolicy message = GoodPolicy();
  auto* route = message.mutable_protocol()->mutable_grpc()->add_routes();
  route->mutable_metadata()->set_default_("x");
  auto* rule = route->add_rules();
  rule->mutable_backends()->mutable_empty();
  rule->add_filters()->mutable_failure_injector()->set_code(500);
  const absl::StatusOr<OutboundPolicy> policy = ConvertOutboundPolicy(message);
  ASSERT_OK(policy);
  EXPECT_EQ(policy->http_routes[0].rules[0].filters[0].failure.status, 2);
  EXPECT_TRUE(policy->http_routes[0].rules[0].filters[0].failure.grpc);
}

TEST(ConvertProfileTest, DropsOverridesThatCannotBeUsed) {
  io::linkerd::proxy::destination::DestinationProfile message;
  message.set_fully_qualified_name("web.ns.svc.cluster.local");
  const auto add = [&](const char* authority, uint32_t weight) {
    auto* entry = message.add_dst_overrides();
    entry->set_authority(authority);
    entry->set_weight(weight);
  };
  add("a:80", 1);
  add("b:80", 0);
  add("c", 1);
  message.mutable_endpoint();  // Without an address.
  const Profile profile = ConvertProfile(message);
  ASSERT_EQ(profile.overrides.size(), 1u);
  EXPECT_EQ(profile.overrides[0].path, "a:80");
  EXPECT_FALSE(profile.endpoint.has_value());
}

// The table of what Watch and GetProfile say together.
class CombinePolicyTest : public ::testing::Test {
 protected:
  const net::SocketAddress original_ = *net::SocketAddress::Parse("10.1.1.1:80");
  const OutboundPolicy policy_ = *ConvertOutboundPolicy(GoodPolicy());
  const Backend& FirstHttp(const OutboundPolicy& policy) {
    return policy.http_routes.at(0).rules.at(0).distribution.backends.at(0);
  }
};

TEST_F(CombinePolicyTest, PolicyAlone) {
  const OutboundPolicy combined = CombinePolicy(original_, &policy_, nullptr);
  EXPECT_EQ(combined.parent, policy_.parent);
  EXPECT_EQ(FirstHttp(combined).path, "web.ns.svc.cluster.local:80");
  EXPECT_EQ(combined.logical_name, "");
}

TEST_F(CombinePolicyTest, AProfileCannotMakeAPortOpaqueThatPolicyNamesOtherwise) {
  Profile profile;
  profile.opaque = true;
  OutboundPolicy policy;
  policy.protocol = Protocol::kHttp1;
  EXPECT_EQ(CombinePolicy(original_, &policy, &profile).protocol, Protocol::kHttp1);
}

TEST_F(CombinePolicyTest, PolicyWithAProfileThatMarksThePortOpaque) {
  Profile profile;
  profile.name = "web.ns.svc.cluster.local";
  profile.opaque = true;
  const OutboundPolicy combined = CombinePolicy(original_, &policy_, &profile);
  EXPECT_EQ(combined.protocol, Protocol::kOpaque);
  EXPECT_EQ(combined.tcp_route.distribution.backends.size(), 1u);
  EXPECT_EQ(combined.logical_name, "web.ns.svc.cluster.local:80");
}

TEST_F(CombinePolicyTest, ASplitOfTheProfileBeatsThePolicy) {
  Profile profile;
  profile.name = "web.ns.svc.cluster.local";
  profile.overrides = {{"a:80", 9}, {"b:80", 1}};
  const OutboundPolicy combined = CombinePolicy(original_, &policy_, &profile);
  for (const Distribution& distribution :
       {combined.http_routes.at(0).rules.at(0).distribution, combined.tcp_route.distribution}) {
    EXPECT_EQ(distribution.kind, Distribution::Kind::kRandomAvailable);
    ASSERT_EQ(distribution.backends.size(), 2u);
    EXPECT_EQ(distribution.backends[0].path, "a:80");
    EXPECT_EQ(distribution.backends[0].weight, 9u);
  }
}

TEST_F(CombinePolicyTest, ASplitWithoutANameDoesNot) {
  Profile profile;
  profile.overrides = {{"a:80", 9}};
  EXPECT_EQ(FirstHttp(CombinePolicy(original_, &policy_, &profile)).path,
            "web.ns.svc.cluster.local:80");
}

TEST_F(CombinePolicyTest, NoPolicyAndAnEndpointOfTheProfile) {
  Profile profile;
  profile.endpoint.emplace();
  profile.endpoint->address = *net::SocketAddress::Parse("10.9.9.9:8080");
  profile.endpoint->tls = ServerTls{"a.b", "a.b"};
  const OutboundPolicy combined = CombinePolicy(original_, nullptr, &profile);
  EXPECT_EQ(combined.protocol, Protocol::kDetect);
  EXPECT_EQ(FirstHttp(combined).kind, Backend::Kind::kForward);
  EXPECT_EQ(FirstHttp(combined).endpoint, *profile.endpoint);
  EXPECT_EQ(combined.tcp_route.distribution.backends.at(0).endpoint, *profile.endpoint);
  profile.opaque = true;
  EXPECT_EQ(CombinePolicy(original_, nullptr, &profile).protocol, Protocol::kOpaque);
}

TEST_F(CombinePolicyTest, NeitherForwardsToTheOriginalDestination) {
  const Profile empty;
  for (const Profile* profile : {static_cast<const Profile*>(nullptr), &empty}) {
    const OutboundPolicy combined = CombinePolicy(original_, nullptr, profile);
    EXPECT_EQ(combined.protocol, Protocol::kDetect);
    EXPECT_EQ(FirstHttp(combined).endpoint.address, original_);
    EXPECT_EQ(FirstHttp(combined).endpoint.tls, std::nullopt);
    EXPECT_EQ(combined.parent, Metadata::Default("fallback"));
  }
}

}  // namespace
}  // namespace gossamer::proxy
