#include "proxy/outbound/tcp_route_dial.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"
#include "lib/time/clock.h"
#include "lib/x509/testing/test_pki.h"
#include "proxy/identity/credentials.h"
#include "proxy/transport/acceptor.h"

namespace gossamer::proxy {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "db.test:5432";

// Accepts connections on a port of its own and says nothing, not even TLS.
class SilentServer {
 public:
  explicit SilentServer(event::Loop* loop) {
    net::UniqueFd listener = *net::Listen(*net::SocketAddress::Parse("127.0.0.1:0"), {});
    port_ = net::LocalAddress(listener.get()).port();
    acceptor_ = *Acceptor::Create(loop, std::move(listener), {},
                                  [this](net::UniqueFd fd, const net::SocketAddress&) {
                                    connections_.push_back(std::move(fd));
                                  });
  }

  int accepted() const { return static_cast<int>(connections_.size()); }
  void Stop() { acceptor_->Stop(); }
  // Addresses of loopback are not dialled; to Linux 0.0.0.0 means this machine, too.
  Endpoint endpoint(bool meshed = false) const {
    Endpoint endpoint;
    endpoint.address = *net::SocketAddress::Parse(absl::StrCat("0.0.0.0:", port_));
    if (meshed) endpoint.tls = ServerTls{"server.test", "server.test"};
    return endpoint;
  }

 private:
  uint16_t port_ = 0;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<net::UniqueFd> connections_;
};

// A dial and what came of it.
struct Attempt {
  std::unique_ptr<TcpRouteDial> dial;
  std::optional<absl::StatusOr<std::unique_ptr<net::ByteStream>>> result;
  std::string error;

  bool connected() const { return result.has_value() && result->ok(); }
};

class TcpRouteDialTest : public ::testing::Test {
 protected:
  TcpRouteDialTest() {
    config_.outbound.connect_timeout = absl::Seconds(30);
    config_.outbound.tcp_failfast_timeout = absl::Seconds(30);
    config_.outbound.tcp_queue_capacity = 2;
    config_.outbound.discovery_idle_timeout = absl::Minutes(1);
    context_.loop = loop_.get();
    context_.config = &config_;
    context_.metrics = &metrics_.worker(0);
    context_.draining_connections = &draining_;
    context_.random = &random_;
    context_.endpoints = &hub_;
    const auto leaf = ca_.Issue("client.test", absl::Now());
    context_.credentials = *MakeCredentials({std::string(leaf.certificate.der())}, leaf.key,
                                            std::make_shared<x509::TrustAnchors>(ca_.Anchors()),
                                            absl::Now() + absl::Hours(1), Clock::Real());
    destinations_ = std::make_unique<Destinations>(&context_);
    Backend backend;
    backend.kind = Backend::Kind::kBalance;
    backend.path = kPath;
    route().distribution = {Distribution::Kind::kFirstAvailable, {backend}};
  }
  ~TcpRouteDialTest() override {
    destinations_.reset();
    // Subscriptions end on the control thread, which is the same here.
    EXPECT_TRUE(Until([&] { return publish_ == nullptr; }));
  }

  struct TestWatcher final : Watcher {
    explicit TestWatcher(EndpointsHub::Publish* publish) : publish(publish) {}
    ~TestWatcher() override { *publish = nullptr; }
    EndpointsHub::Publish* const publish;
  };

  OutboundTcpRoute& route() { return policy_->tcp_route; }
  bool Until(const std::function<bool()>& done) {
    return net::testing::RunUntil(loop_.get(), done);
  }
  std::unique_ptr<Attempt> Begin() {
    auto attempt = std::make_unique<Attempt>();
    attempt->dial = std::make_unique<TcpRouteDial>(
        &context_, destinations_.get(), policy_, &route(),
        [raw = attempt.get()](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream,
                              absl::string_view error) {
          raw->result = std::move(stream);
          raw->error = std::string(error);
        });
    EXPECT_FALSE(attempt->result.has_value());
    return attempt;
  }
  std::unique_ptr<Attempt> Finish(std::unique_ptr<Attempt> attempt) {
    EXPECT_TRUE(Until([&] { return attempt->result.has_value(); }));
    return attempt;
  }
  void Publish(std::vector<Endpoint> endpoints) {
    // The balancer asks when it is first needed.
    if (publish_ == nullptr) {
      balancer_ = destinations_->BalancerFor(route().distribution.backends[0]);
      ASSERT_TRUE(Until([&] { return publish_ != nullptr; }));
    }
    auto set = std::make_shared<EndpointSet>();
    set->endpoints = std::move(endpoints);
    publish_(set);
    // Once to post it, once to deliver it.
    for (int i = 0; i < 2; ++i) loop_->RunOnce(absl::ZeroDuration());
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  x509::testing::TestCa ca_{"root.test", absl::Now()};
  Config config_;
  ProxyMetrics metrics_{ProxyMetrics::Options()};
  DrainingConnections draining_{loop_.get()};
  FastRandom random_{7};
  EndpointsHub::Publish publish_;
  EndpointsHub hub_{loop_.get(), [this](const std::string& path, EndpointsHub::Publish publish) {
                      EXPECT_EQ(path, kPath);
                      publish_ = std::move(publish);
                      return std::make_unique<TestWatcher>(&publish_);
                    }};
  WorkerContext context_;
  std::unique_ptr<Destinations> destinations_;
  std::shared_ptr<Balancer> balancer_;
  const std::shared_ptr<OutboundPolicy> policy_ = std::make_shared<OutboundPolicy>();
};

TEST_F(TcpRouteDialTest, ConnectsToAnEndpointOfTheBackend) {
  SilentServer server(loop_.get());
  Publish({server.endpoint()});
  const auto attempt = Finish(Begin());
  EXPECT_TRUE(attempt->connected());
  EXPECT_TRUE(Until([&] { return server.accepted() == 1; }));
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, WaitsUntilThereIsAnEndpoint) {
  SilentServer server(loop_.get());
  Publish({});
  auto attempt = Begin();
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_FALSE(attempt->result.has_value());
  EXPECT_TRUE(balancer_->in_use());
  Publish({server.endpoint()});
  EXPECT_TRUE(Finish(std::move(attempt))->connected());
  EXPECT_FALSE(balancer_->in_use());
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, DoesNotWaitForEver) {
  config_.outbound.tcp_failfast_timeout = absl::Milliseconds(20);
  Publish({});
  const auto attempt = Finish(Begin());
  EXPECT_EQ(attempt->error, "failfast");
  EXPECT_FALSE(balancer_->in_use());
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, OnlySoManyWait) {
  Publish({});
  const auto first = Begin();
  auto second = Begin();
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_EQ(Finish(Begin())->error, "loadshed");
  // One that gives up makes room.
  second.reset();
  const auto third = Begin();
  loop_->RunOnce(absl::ZeroDuration());
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_FALSE(first->result.has_value() || third->result.has_value());
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, DialsThatAreDroppedAreNotCountedForEver) {
  SilentServer first(loop_.get());
  SilentServer second(loop_.get());
  // TLS that is never answered keeps a dial under way.
  Publish({first.endpoint(/*meshed=*/true)});
  constexpr int kDropped = 10;
  for (int i = 0; i < kDropped; ++i) {
    const auto attempt = Begin();
    ASSERT_TRUE(Until([&] { return first.accepted() == i + 1; }));
    EXPECT_FALSE(attempt->result.has_value());
  }
  Publish({first.endpoint(/*meshed=*/true), second.endpoint(/*meshed=*/true)});
  // Of two at once each endpoint gets one: were the dropped ones still counted, the second would
  // get both.
  const auto one = Begin();
  const auto other = Begin();
  EXPECT_TRUE(Until([&] { return first.accepted() + second.accepted() == kDropped + 2; }));
  EXPECT_EQ(first.accepted(), kDropped + 1);
  EXPECT_EQ(second.accepted(), 1);
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, AnEndpointThatRefusesIsLeftForOthers) {
  SilentServer good(loop_.get());
  SilentServer bad(loop_.get());
  bad.Stop();
  Publish({bad.endpoint(), good.endpoint()});
  int refused = 0;
  constexpr int kAttempts = 50;
  for (int i = 0; i < kAttempts; ++i) {
    const auto attempt = Finish(Begin());
    if (!attempt->connected()) {
      EXPECT_EQ(attempt->error, "i/o");
      EXPECT_THAT(attempt->result->status(),
                  StatusIs(absl::StatusCode::kUnavailable, HasSubstr("refused")));
      ++refused;
    }
  }
  // Its first refusal counts as a dial that took the whole timeout.
  EXPECT_LE(refused, 1);
  EXPECT_TRUE(Until([&] { return good.accepted() == kAttempts - refused; }));
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, LoopbackIsNotDialled) {
  Endpoint endpoint;
  endpoint.address = *net::SocketAddress::Parse("127.0.0.1:9");
  Publish({endpoint});
  const auto attempt = Finish(Begin());
  EXPECT_EQ(attempt->error, "unexpected");
  EXPECT_THAT(attempt->result->status().message(), HasSubstr("loopback"));
  balancer_.reset();
}

TEST_F(TcpRouteDialTest, ForwardsToASingleEndpoint) {
  SilentServer server(loop_.get());
  Backend backend;
  backend.kind = Backend::Kind::kForward;
  backend.endpoint = server.endpoint();
  route().distribution = {Distribution::Kind::kFirstAvailable, {backend}};
  EXPECT_TRUE(Finish(Begin())->connected());
}

TEST_F(TcpRouteDialTest, BackendsThatCannotBeReachedFail) {
  route().distribution = {};
  EXPECT_EQ(Finish(Begin())->error, "invalid_backend");
  route().distribution = {Distribution::Kind::kFirstAvailable, {Backend()}};
  EXPECT_EQ(Finish(Begin())->error, "invalid_backend");
}

TEST_F(TcpRouteDialTest, SaysWhichRoutesForbidEveryConnection) {
  absl::string_view error;
  std::string why;
  EXPECT_FALSE(TcpRouteDial::Forbids(*policy_, route(), &error, &why));
  route().invalid = "a filter that is not known";
  EXPECT_TRUE(TcpRouteDial::Forbids(*policy_, route(), &error, &why));
  EXPECT_EQ(error, "invalid_backend");
  EXPECT_EQ(why, "a filter that is not known");
  route().forbidden = true;
  EXPECT_TRUE(TcpRouteDial::Forbids(*policy_, route(), &error, &why));
  EXPECT_EQ(error, "forbidden");
  policy_->invalid = true;
  EXPECT_TRUE(TcpRouteDial::Forbids(*policy_, route(), &error, &why));
  EXPECT_EQ(error, "invalid_policy");
}

}  // namespace
}  // namespace gossamer::proxy
