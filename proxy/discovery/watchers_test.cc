#include "proxy/discovery/watchers.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "api/destination/v1/destination.pb.h"
#include "api/inbound/v1/inbound.pb.h"
#include "api/outbound/v1/outbound.pb.h"
#include "gtest/gtest.h"
#include "proxy/control/testing/fake_control_plane.h"

namespace gossamer::proxy {
namespace {

constexpr char kGet[] = "/io.linkerd.proxy.destination.Destination/Get";
constexpr char kGetProfile[] = "/io.linkerd.proxy.destination.Destination/GetProfile";
constexpr char kWatch[] = "/io.linkerd.proxy.outbound.OutboundPolicies/Watch";
constexpr char kWatchPort[] = "/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort";

namespace destination = io::linkerd::proxy::destination;
namespace outbound = io::linkerd::proxy::outbound;
namespace inbound = io::linkerd::proxy::inbound;

class WatchersTest : public ::testing::Test {
 protected:
  WatchersTest() {
    config_.destination.context = "context";
    config_.destination.profile_networks = {*net::IpNetwork::Parse("10.0.0.0/8")};
    config_.policy.workload = "workload";
    config_.inbound.default_policy = DefaultPolicy::kAllUnauthenticated;
  }

  WatchContext Context() {
    return {loop_.get(), channel_.get(), channel_.get(), &config_, &random_};
  }
  bool RunUntil(const std::function<bool()>& done) { return plane_.RunUntil(done); }
  void Settle() { plane_.CallsAfter(absl::Milliseconds(50)); }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  testing::FakeControlPlane plane_{loop_.get(), {kGet, kGetProfile, kWatch, kWatchPort}};
  std::unique_ptr<rpc::Channel> channel_ = plane_.MakeChannel();
  absl::BitGen random_;
  Config config_;
};

// Endpoints.

class EndpointsWatcherTest : public WatchersTest {
 protected:
  void Start() {
    watcher_ = WatchEndpoints(Context(), "web:80",
                              [this](EndpointSetPtr set) { sets_.push_back(std::move(set)); });
  }
  static std::string Add(uint32_t host) {
    destination::Update update;
    auto* address = update.mutable_add()->add_addrs()->mutable_addr();
    address->mutable_ip()->set_ipv4(host);
    address->set_port(80);
    return update.SerializeAsString();
  }
  void WaitFor(size_t count) {
    ASSERT_TRUE(RunUntil([&] { return sets_.size() >= count; }));
  }

  std::vector<EndpointSetPtr> sets_;
  std::unique_ptr<Watcher> watcher_;
};

TEST_F(EndpointsWatcherTest, AsksForThePathWithTheContext) {
  Start();
  destination::GetDestination request;
  ASSERT_TRUE(request.ParseFromString(plane_.Next(kGet).request));
  EXPECT_EQ(request.path(), "web:80");
  EXPECT_EQ(request.context_token(), "context");
}

TEST_F(EndpointsWatcherTest, KeepsTheSetOverAReconnect) {
  Start();
  auto first = plane_.Next(kGet).call;
  first->Send(Add(1));
  first->Send(Add(2));
  WaitFor(2);
  EXPECT_EQ(sets_.back()->endpoints.size(), 2u);
  first->Finish(absl::UnavailableError("restart"));
  auto second = plane_.Next(kGet).call;
  EXPECT_EQ(sets_.size(), 2u) << "nothing is taken back while the stream is down";
  second->Send(Add(3));
  WaitFor(3);
  EXPECT_EQ(sets_.back()->endpoints.size(), 1u);
}

TEST_F(EndpointsWatcherTest, AFinalStatusBeforeAnythingIsAnEmptySet) {
  Start();
  plane_.Next(kGet).call->Finish(absl::InvalidArgumentError("no"));
  WaitFor(1);
  EXPECT_TRUE(sets_.back()->endpoints.empty());
}

TEST_F(EndpointsWatcherTest, AFinalStatusLaterFreezesTheSet) {
  Start();
  auto call = plane_.Next(kGet).call;
  call->Send(Add(1));
  call->Finish(absl::InvalidArgumentError("no"));
  Settle();
  ASSERT_EQ(sets_.size(), 1u);
  EXPECT_EQ(sets_.back()->endpoints.size(), 1u);
}

TEST_F(EndpointsWatcherTest, NotFoundIsAskedAgain) {
  Start();
  plane_.Next(kGet).call->Finish(absl::NotFoundError("not yet"));
  plane_.Next(kGet).call->Send(Add(1));
  WaitFor(1);
}

TEST_F(EndpointsWatcherTest, GarbageIsPassedOver) {
  Start();
  auto call = plane_.Next(kGet).call;
  call->Send("\xff\xff");
  call->Send(Add(1));
  WaitFor(1);
  EXPECT_EQ(sets_.size(), 1u);
}

// Targets.

class TargetWatcherTest : public WatchersTest {
 protected:
  void Start(const char* original = "10.1.1.1:80") {
    watcher_ = WatchTarget(Context(), *net::SocketAddress::Parse(original),
                           [this](OutboundPolicyPtr policy) {
                             policy_ = std::move(policy);
                             ++published_;
                           });
  }
  // A policy of the opaque protocol that forwards to this port.
  static std::string Policy(uint32_t port = 1234) {
    outbound::OutboundPolicy policy;
    policy.mutable_metadata()->set_default_("p");
    auto* route = policy.mutable_protocol()->mutable_opaque()->add_routes();
    route->mutable_metadata()->set_default_("r");
    auto* backend = route->add_rules()
                        ->mutable_backends()
                        ->mutable_first_available()
                        ->add_backends()
                        ->mutable_backend();
    backend->mutable_metadata()->set_default_("b");
    backend->mutable_queue()->mutable_failfast_timeout()->set_seconds(3);
    auto* address = backend->mutable_forward()->mutable_addr();
    address->mutable_ip()->set_ipv4(1);
    address->set_port(port);
    return policy.SerializeAsString();
  }
  static std::string Profile(uint16_t endpoint_port = 0) {
    destination::DestinationProfile profile;
    profile.set_fully_qualified_name("web.ns");
    if (endpoint_port != 0) {
      auto* address = profile.mutable_endpoint()->mutable_addr();
      address->mutable_ip()->set_ipv4(1);
      address->set_port(endpoint_port);
    }
    return profile.SerializeAsString();
  }
  void WaitFor(int count) {
    ASSERT_TRUE(RunUntil([&] { return published_ >= count; }));
  }
  net::SocketAddress Forward() {
    return policy_->tcp_route.distribution.backends.at(0).endpoint.address;
  }

  OutboundPolicyPtr policy_;
  int published_ = 0;
  std::unique_ptr<Watcher> watcher_;
};

TEST_F(TargetWatcherTest, AsksBothForTheAddress) {
  Start("[::1]:80");  // Not in the profile networks: the policy alone.
  outbound::TrafficSpec spec;
  ASSERT_TRUE(spec.ParseFromString(plane_.Next(kWatch).request));
  EXPECT_EQ(spec.source_workload(), "workload");
  EXPECT_EQ(spec.addr().ip().ipv6().last(), 1u);
  EXPECT_EQ(plane_.CallsAfter(absl::Milliseconds(50)), 0u);
  Start("10.1.2.3:80");
  ASSERT_TRUE(spec.ParseFromString(plane_.Next(kWatch).request));
  EXPECT_EQ(spec.addr().ip().ipv4(), 0x0a010203u);
  EXPECT_EQ(spec.addr().port(), 80u);
  destination::GetDestination get;
  ASSERT_TRUE(get.ParseFromString(plane_.Next(kGetProfile).request));
  EXPECT_EQ(get.path(), "10.1.2.3:80");
}

TEST_F(TargetWatcherTest, WaitsForBoth) {
  Start();
  auto watch = plane_.Next(kWatch).call;
  auto profile = plane_.Next(kGetProfile).call;
  watch->Send(Policy());
  Settle();
  EXPECT_EQ(published_, 0);
  profile->Send(Profile());
  WaitFor(1);
  EXPECT_EQ(policy_->parent.name, "p");
  EXPECT_EQ(policy_->logical_name, "web.ns:80");
}

TEST_F(TargetWatcherTest, DecidesByWhatTheTwoSay) {
  using Code = absl::StatusCode;
  struct Case {
    const char* name;
    std::optional<Code> watch;    // None: a policy.
    std::optional<Code> profile;  // None: a profile with an endpoint.
    enum { kPolicy, kEndpoint, kOriginal, kRefused } expected;
  };
  for (const Case& c : std::vector<Case>{
           {"policy, profile", std::nullopt, std::nullopt, Case::kPolicy},
           {"policy, no profile", std::nullopt, Code::kInvalidArgument, Case::kPolicy},
           {"policy, no profile yet", std::nullopt, Code::kFailedPrecondition, Case::kPolicy},
           {"not found, profile", Code::kNotFound, std::nullopt, Case::kEndpoint},
           {"unimplemented, profile", Code::kUnimplemented, std::nullopt, Case::kEndpoint},
           {"not found, none", Code::kNotFound, Code::kInvalidArgument, Case::kOriginal},
           {"unimplemented, none", Code::kUnimplemented, Code::kInvalidArgument, Case::kOriginal},
           {"invalid, profile", Code::kInvalidArgument, std::nullopt, Case::kRefused},
           {"precondition, none", Code::kFailedPrecondition, Code::kInvalidArgument,
            Case::kRefused},
       }) {
    SCOPED_TRACE(c.name);
    published_ = 0;
    Start();
    auto watch = plane_.Next(kWatch).call;
    auto profile = plane_.Next(kGetProfile).call;
    if (c.watch) {
      watch->Finish(absl::Status(*c.watch, "x"));
    } else {
      watch->Send(Policy());
    }
    if (c.profile) {
      profile->Finish(absl::Status(*c.profile, "x"));
    } else {
      profile->Send(Profile(4321));
    }
    WaitFor(1);
    EXPECT_EQ(policy_->refused, c.expected == Case::kRefused);
    EXPECT_FALSE(policy_->invalid);
    if (c.expected == Case::kPolicy) {
      EXPECT_EQ(Forward().port(), 1234);
    } else if (c.expected == Case::kEndpoint) {
      EXPECT_EQ(Forward().port(), 4321);
    } else if (c.expected == Case::kOriginal) {
      EXPECT_EQ(Forward().ToString(), "10.1.1.1:80");
    }
  }
}

TEST_F(TargetWatcherTest, OtherFailuresAreWaitedOut) {
  Start();
  plane_.Next(kWatch).call->Finish(absl::UnavailableError("x"));
  plane_.Next(kGetProfile).call->Finish(absl::NotFoundError("x"));
  auto watch = plane_.Next(kWatch).call;
  auto profile = plane_.Next(kGetProfile).call;
  EXPECT_EQ(published_, 0);
  watch->Send(Policy());
  profile->Send(Profile());
  WaitFor(1);
}

TEST_F(TargetWatcherTest, AFinalStatusLaterFreezesThePolicy) {
  Start("11.0.0.1:80");
  auto watch = plane_.Next(kWatch).call;
  watch->Send(Policy());
  watch->Finish(absl::InvalidArgumentError("x"));
  Settle();
  EXPECT_FALSE(policy_->refused);
  EXPECT_EQ(Forward().port(), 1234);
}

TEST_F(TargetWatcherTest, APolicyOfNoSenseIsInvalidUntilTheNext) {
  Start("11.0.0.1:80");
  auto watch = plane_.Next(kWatch).call;
  watch->Send(outbound::OutboundPolicy().SerializeAsString());
  WaitFor(1);
  EXPECT_TRUE(policy_->invalid);
  watch->Send(Policy());
  WaitFor(2);
  EXPECT_FALSE(policy_->invalid);
}

// Ports.

class PortWatcherTest : public WatchersTest {
 protected:
  void Start() {
    watcher_ = WatchPort(
        Context(), 80, [this](ServerPolicyPtr policy) { policies_.push_back(std::move(policy)); },
        [this] {
          ++answers_;
          published_at_answer_ = policies_.size();
        });
  }
  static std::string Opaque() {
    inbound::Server server;
    (*server.mutable_labels())["name"] = "server";
    server.mutable_protocol()->mutable_opaque();
    return server.SerializeAsString();
  }
  void WaitFor(size_t count) {
    ASSERT_TRUE(RunUntil([&] { return policies_.size() >= count; }));
  }

  std::vector<ServerPolicyPtr> policies_;
  int answers_ = 0;
  size_t published_at_answer_ = 0;
  std::unique_ptr<Watcher> watcher_;
};

TEST_F(PortWatcherTest, HoldsTheDefaultUntilThePolicyComes) {
  Start();
  ASSERT_EQ(policies_.size(), 1u);
  EXPECT_EQ(policies_[0]->metadata.name, "all-unauthenticated");
  auto received = plane_.Next(kWatchPort);
  inbound::PortSpec spec;
  ASSERT_TRUE(spec.ParseFromString(received.request));
  EXPECT_EQ(spec.port(), 80u);
  EXPECT_EQ(spec.workload(), "workload");
  received.call->Send(Opaque());
  WaitFor(2);
  EXPECT_EQ(policies_[1]->metadata.name, "server");
}

TEST_F(PortWatcherTest, APolicyOfNoSenseLetsNothingThrough) {
  Start();
  plane_.Next(kWatchPort).call->Send(inbound::Server().SerializeAsString());
  WaitFor(2);
  EXPECT_TRUE(policies_[1]->invalid);
}

TEST_F(PortWatcherTest, KeepsTheLastWhateverEndsTheStream) {
  Start();
  auto call = plane_.Next(kWatchPort).call;
  call->Send(Opaque());
  call->Finish(absl::NotFoundError("x"));
  plane_.Next(kWatchPort).call->Finish(absl::InvalidArgumentError("x"));
  Settle();
  ASSERT_EQ(policies_.size(), 2u);
  EXPECT_EQ(policies_[1]->metadata.name, "server");
}

TEST_F(PortWatcherTest, TheFirstPolicyIsTheAnswer) {
  Start();
  auto call = plane_.Next(kWatchPort).call;
  EXPECT_EQ(answers_, 0) << "the default is none";
  call->Send(Opaque());
  WaitFor(2);
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(published_at_answer_, 2u);
  call->Send(Opaque());
  WaitFor(3);
  EXPECT_EQ(answers_, 1);
}

TEST_F(PortWatcherTest, APolicyOfNoSenseIsAnAnswer) {
  Start();
  plane_.Next(kWatchPort).call->Send(inbound::Server().SerializeAsString());
  WaitFor(2);
  EXPECT_EQ(answers_, 1);
}

TEST_F(PortWatcherTest, ARefusalForGoodIsAnAnswer) {
  Start();
  plane_.Next(kWatchPort).call->Finish(absl::InvalidArgumentError("no"));
  ASSERT_TRUE(RunUntil([&] { return answers_ == 1; }));
  EXPECT_EQ(policies_.size(), 1u);
}

TEST_F(PortWatcherTest, AServiceWithoutTheMethodHasAnsweredAndIsAskedAgain) {
  Start();
  plane_.Next(kWatchPort).call->Finish(absl::UnimplementedError("what?"));
  ASSERT_TRUE(RunUntil([&] { return answers_ == 1; }));
  plane_.Next(kWatchPort).call->Send(Opaque());
  WaitFor(2);
  EXPECT_EQ(answers_, 1);
}

TEST_F(PortWatcherTest, AFailureThatMayPassIsNoAnswer) {
  Start();
  plane_.Next(kWatchPort).call->Finish(absl::UnavailableError("restart"));
  plane_.Next(kWatchPort).call->Finish(absl::NotFoundError("not in the index yet"));
  auto call = plane_.Next(kWatchPort).call;
  EXPECT_EQ(answers_, 0);
  call->Send(Opaque());
  ASSERT_TRUE(RunUntil([&] { return answers_ == 1; }));
}

}  // namespace
}  // namespace gossamer::proxy
