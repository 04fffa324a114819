#include "proxy/outbound/balancer.h"

#include <functional>
#include <map>
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
#include "proxy/http/testing/loopback_server.h"
#include "proxy/http/testing/test_pending_request.h"
#include "proxy/identity/credentials.h"

namespace gossamer::proxy {
namespace {

using net::testing::RunUntil;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using testing::TestPendingRequest;
using ::testing::UnorderedElementsAre;

constexpr char kServerName[] = "server.test";

// A request that keeps its endpoint until Release().
class TestRequest final : public BalancedRequest {
 public:
  explicit TestRequest(Balancer* balancer) : balancer_(balancer) {}
  ~TestRequest() { Release(); }

  void OnEndpoint(std::shared_ptr<EndpointClient> endpoint, P2cPicker::Handle handle) override {
    endpoint_ = std::move(endpoint);
    handle_ = handle;
  }
  void OnNoEndpoint(const Failure& failure) override { failure_ = failure; }

  void Release() {
    if (endpoint_ == nullptr) return;
    endpoint_.reset();
    balancer_->OnEnd(handle_);
  }
  EndpointClient* endpoint() { return endpoint_.get(); }
  int port() const { return endpoint_ == nullptr ? 0 : endpoint_->target().address().port(); }
  bool waits() const { return queued(); }
  // The message of the failure; empty without.
  std::string failure() const { return failure_.has_value() ? failure_->message : ""; }
  FailureKind failure_kind() const { return failure_->kind; }

 private:
  Balancer* const balancer_;
  std::shared_ptr<EndpointClient> endpoint_;
  P2cPicker::Handle handle_;
  std::optional<Failure> failure_;
};

class TestConnection final : public WaitingForEndpoint {
 public:
  void OnEndpointsChange() override { ++changes; }
  int changes = 0;
};

class BalancerTest : public ::testing::Test {
 protected:
  BalancerTest() {
    config_.outbound.connect_timeout = absl::Seconds(5);
    config_.outbound.connect_backoff = {absl::Milliseconds(5), absl::Milliseconds(20), 0};
    config_.outbound.http_queue_capacity = 3;
    config_.outbound.http_failfast_timeout = absl::Minutes(1);
    config_.outbound.tcp_queue_capacity = 2;
    config_.outbound.max_idle_connections_per_endpoint = 10;
    config_.outbound.http1_pool_idle_timeout = absl::Minutes(1);
    context_.loop = loop_.get();
    context_.config = &config_;
    context_.metrics = &metrics_.worker(0);
    context_.draining_connections = &draining_;
    context_.random = &random_;
    context_.endpoints = &hub_;
    context_.credentials = MakeIdentity("client.test");
    balancer_ = std::make_unique<Balancer>(&context_, "web.test:80", LoadEstimate());
  }
  ~BalancerTest() override {
    balancer_.reset();
    // Connections end with the turn, the subscription on the control thread's, which is the same.
    EXPECT_TRUE(Until([&] { return draining_.empty() && publish_ == nullptr; }));
  }

  struct TestWatcher final : Watcher {
    explicit TestWatcher(EndpointsHub::Publish* publish) : publish(publish) {}
    ~TestWatcher() override { *publish = nullptr; }
    EndpointsHub::Publish* const publish;
  };

  CredentialsPtr MakeIdentity(const std::string& name) {
    const auto leaf = ca_.Issue(name, absl::Now());
    return *MakeCredentials({std::string(leaf.certificate.der())}, leaf.key,
                            std::make_shared<x509::TrustAnchors>(ca_.Anchors()),
                            absl::Now() + absl::Hours(1), Clock::Real());
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop_.get(), done); }

  void FailFastSoon() { config_.outbound.http_failfast_timeout = absl::Milliseconds(30); }

  // Addresses of loopback are not dialled; 0.0.0.0 means this machine, too, to Linux.
  static Endpoint At(int port) {
    Endpoint endpoint;
    endpoint.address = *net::SocketAddress::Parse(absl::StrCat("0.0.0.0:", port));
    return endpoint;
  }
  static Endpoint Meshed(const LoopbackServer& server) {
    Endpoint endpoint = At(server.address().port());
    endpoint.tls = ServerTls{kServerName, kServerName};
    endpoint.hint = Endpoint::Hint::kHttp2;
    return endpoint;
  }
  std::unique_ptr<LoopbackServer> MeshedServer() {
    return std::make_unique<LoopbackServer>(
        loop_.get(),
        LoopbackServer::Options{.http2 = true, .tls = MakeIdentity(kServerName)->server});
  }
  void Publish(std::vector<Endpoint> endpoints) {
    ASSERT_TRUE(Until([&] { return publish_ != nullptr; }));
    auto set = std::make_shared<EndpointSet>();
    set->endpoints = std::move(endpoints);
    publish_(set);
    // Once to post it, once to deliver it.
    for (int i = 0; i < 2; ++i) loop_->RunOnce(absl::ZeroDuration());
  }
  std::unique_ptr<TestRequest> Send() {
    auto request = std::make_unique<TestRequest>(balancer_.get());
    balancer_->Send(request.get());
    return request;
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  x509::testing::TestCa ca_{"root.test", absl::Now()};
  Config config_;
  ProxyMetrics metrics_{ProxyMetrics::Options()};
  DrainingConnections draining_{loop_.get()};
  FastRandom random_{7};
  EndpointsHub::Publish publish_;
  EndpointsHub hub_{loop_.get(), [this](const std::string& path, EndpointsHub::Publish publish) {
                      EXPECT_EQ(path, "web.test:80");
                      publish_ = std::move(publish);
                      return std::make_unique<TestWatcher>(&publish_);
                    }};
  WorkerContext context_;
  std::unique_ptr<Balancer> balancer_;
};

TEST_F(BalancerTest, RequestsWaitUntilDiscoveryHasSpoken) {
  EXPECT_TRUE(balancer_->available()) << "what is not known may be there";
  const auto request = Send();
  EXPECT_TRUE(request->waits());
  EXPECT_TRUE(balancer_->in_use());
  Publish({At(1)});
  EXPECT_EQ(request->port(), 1);
}

TEST_F(BalancerTest, ReadyEndpointsAreUsedAtOnceAndEvenly) {
  Publish({At(1), At(2)});
  std::vector<std::unique_ptr<TestRequest>> requests;
  std::map<int, int> by_port;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(Send());
    ++by_port[requests.back()->port()];
  }
  // With two endpoints both are looked at each time, and the less loaded one is taken.
  EXPECT_EQ(by_port, (std::map<int, int>{{1, 50}, {2, 50}}));
  EXPECT_TRUE(balancer_->in_use());
  requests.clear();
  EXPECT_FALSE(balancer_->in_use());
}

TEST_F(BalancerTest, ARemovedEndpointTakesNothingNewAndKeepsWhatItHas) {
  LoopbackServer server(loop_.get(), {});
  Publish({At(server.address().port())});
  const auto old = Send();
  server.Hold();
  TestPendingRequest in_flight;
  old->endpoint()->Send(&in_flight);
  ASSERT_TRUE(Until([&] { return server.requests().size() == 1; }));
  Publish({At(2)});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Send()->port(), 2);
  server.requests()[0]->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return in_flight.recorder.over; }));
  EXPECT_TRUE(in_flight.done()) << in_flight.recorder.log;
  old->Release();
  // With its last request the endpoint's connections end.
  EXPECT_TRUE(Until([&] { return server.open() == 0; }));
}

TEST_F(BalancerTest, AnEndpointThatIsToldAgainKeepsItsClient) {
  Publish({At(1)});
  const auto first = Send();
  Publish({At(1), At(2)});
  Publish({At(1)});
  const auto second = Send();
  EXPECT_EQ(first->endpoint(), second->endpoint());
}

TEST_F(BalancerTest, AnEndpointThatHasChangedIsANewOne) {
  Publish({At(1)});
  const auto first = Send();
  Endpoint changed = At(1);
  changed.labels = {{"pod", "another"}};
  Publish({changed});
  const auto second = Send();
  EXPECT_EQ(second->port(), 1);
  EXPECT_NE(first->endpoint(), second->endpoint());
}

TEST_F(BalancerTest, AMeshedEndpointIsReadyWhileItsConnectionIsUp) {
  const auto server = MeshedServer();
  Publish({Meshed(*server)});
  EXPECT_FALSE(balancer_->available());
  const auto request = Send();
  EXPECT_TRUE(request->waits());
  ASSERT_TRUE(Until([&] { return request->endpoint() != nullptr; }));
  EXPECT_TRUE(balancer_->available());
  server->StopListening();
  server->Cut();
  ASSERT_TRUE(Until([&] { return !balancer_->available(); }));
  const auto later = Send();
  EXPECT_TRUE(later->waits());
  server->ListenAgain();
  EXPECT_TRUE(Until([&] { return later->endpoint() != nullptr; }));
}

TEST_F(BalancerTest, EndpointsThatAreNotReadyArePassedOver) {
  const auto server = MeshedServer();
  server->StopListening();
  Publish({Meshed(*server), At(2)});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Send()->port(), 2);
}

TEST_F(BalancerTest, NoMoreRequestsWaitThanMay) {
  std::vector<std::unique_ptr<TestRequest>> waiting(3);
  for (std::unique_ptr<TestRequest>& request : waiting) request = Send();
  const auto refused = Send();
  EXPECT_EQ(refused->failure(), "service unavailable");
  EXPECT_EQ(refused->failure_kind(), FailureKind::kUnavailable);
  // One that leaves makes room.
  waiting.pop_back();
  waiting.push_back(Send());
  EXPECT_TRUE(waiting.back()->waits());
  Publish({At(1)});
  for (const auto& request : waiting) EXPECT_EQ(request->port(), 1);
}

TEST_F(BalancerTest, FailsFastAfterAWhileAndRecovers) {
  FailFastSoon();
  Publish({});
  EXPECT_FALSE(balancer_->available());
  const auto request = Send();
  EXPECT_TRUE(request->waits());
  ASSERT_TRUE(Until([&] { return !request->waits(); }));
  EXPECT_EQ(request->failure(), "service in fail-fast");
  EXPECT_EQ(request->failure_kind(), FailureKind::kGatewayTimeout);
  EXPECT_EQ(Send()->failure(), "service in fail-fast") << "at once";
  Publish({At(1)});
  EXPECT_EQ(Send()->port(), 1);
  Publish({});
  EXPECT_TRUE(Send()->waits()) << "and waits anew";
}

TEST_F(BalancerTest, AWaitThatIsOverInTimeDoesNotFailLaterOnes) {
  FailFastSoon();
  const auto request = Send();
  Publish({At(1)});
  EXPECT_EQ(request->port(), 1);
  // Longer than the wait that had begun.
  const absl::Time end = absl::Now() + 3 * config_.outbound.http_failfast_timeout;
  while (absl::Now() < end) loop_->RunOnce(absl::Milliseconds(5));
  Publish({});
  EXPECT_TRUE(Send()->waits());
}

TEST_F(BalancerTest, WithoutACredentialThatFitsNobodyIsReady) {
  FailFastSoon();
  LoopbackServer impostor(loop_.get(),
                          {.http2 = true, .tls = MakeIdentity("impostor.test")->server});
  Publish({Meshed(impostor)});
  const auto request = Send();
  ASSERT_TRUE(Until([&] { return !request->waits(); }));
  EXPECT_THAT(request->failure(), HasSubstr("fail-fast"));
  EXPECT_TRUE(impostor.requests().empty());
}

TEST_F(BalancerTest, ConnectionsOfOtherProtocolsGetAnEndpointOrWait) {
  P2cPicker::Handle handle;
  EXPECT_EQ(balancer_->PickForTcp(&handle), nullptr);
  TestConnection first;
  TestConnection second;
  TestConnection third;
  EXPECT_TRUE(balancer_->Wait(&first));
  EXPECT_TRUE(balancer_->Wait(&second));
  EXPECT_FALSE(balancer_->Wait(&third)) << "no more than may";
  EXPECT_TRUE(balancer_->in_use());
  Publish({At(1), At(2)});
  EXPECT_EQ(first.changes, 1);
  EXPECT_EQ(second.changes, 1);
  EXPECT_EQ(third.changes, 0);
  // Two dials at a time go to two endpoints.
  std::vector<int> ports;
  std::vector<P2cPicker::Handle> handles(2);
  for (P2cPicker::Handle& each : handles) {
    const EndpointTarget* target = balancer_->PickForTcp(&each);
    ASSERT_NE(target, nullptr);
    ports.push_back(target->address().port());
  }
  EXPECT_THAT(ports, UnorderedElementsAre(1, 2));
  for (const P2cPicker::Handle& each : handles) {
    balancer_->OnDialled(each, 1'000'000);
    balancer_->OnDialEnd(each);
  }
  EXPECT_FALSE(balancer_->in_use());
}

TEST_F(BalancerTest, AConnectionMayWaitAnewWhenItIsTold) {
  class Again final : public WaitingForEndpoint {
   public:
    explicit Again(Balancer* balancer) : balancer_(balancer) {}
    void OnEndpointsChange() override {
      ++changes;
      EXPECT_TRUE(balancer_->Wait(this));
    }
    int changes = 0;

   private:
    Balancer* const balancer_;
  };
  Again waiting(balancer_.get());
  EXPECT_TRUE(balancer_->Wait(&waiting));
  Publish({});
  Publish({});
  EXPECT_EQ(waiting.changes, 2);
}

TEST_F(BalancerTest, WhoWaitsMayOutliveTheBalancersEnd) {
  TestConnection connection;
  EXPECT_TRUE(balancer_->Wait(&connection));
  balancer_.reset();
  EXPECT_FALSE(connection.queued());
}

}  // namespace
}  // namespace gossamer::proxy
