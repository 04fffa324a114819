#include "proxy/app/worker_group.h"

#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "lib/net/socket.h"
#include "lib/net/testing/loopback.h"
#include "proxy/policy/convert_inbound.h"

namespace gossamer::proxy {
namespace {

constexpr int kWorkers = 2;

// Real workers on their threads; the test's own is the control thread. There is no control plane:
// every port is said to be HTTP/1, so that nobody is dialled before a request is complete.
class WorkerGroupTest : public ::testing::Test {
 protected:
  WorkerGroupTest() {
    config_.inbound.default_policy = DefaultPolicy::kAllUnauthenticated;
    config_.inbound.listen_address = *net::SocketAddress::Parse("127.0.0.1:4143");
    config_.inbound.detect_timeout = absl::Seconds(60);
    config_.inbound.discovery_idle_timeout = absl::Seconds(60);
  }
  // Connections must not outlive the loops that they post to.
  ~WorkerGroupTest() override { group_.Clear(); }

  void Start() {
    for (int i = 0; i < kWorkers; ++i) {
      Worker::Options options;
      options.config = &config_;
      options.metrics = &metrics_.worker(i);
      options.ports = &ports_;
      options.targets = &targets_;
      options.endpoints = &endpoints_;
      options.max_connections = 100;
      auto worker = Worker::Create(options);
      ASSERT_TRUE(worker.ok()) << worker.status();
      net::UniqueFd listener = *net::Listen(*net::SocketAddress::Parse("127.0.0.1:0"), {});
      addresses_.push_back(net::LocalAddress(listener.get()));
      (*worker)->Serve(std::move(listener), {});
      group_.Add(*std::move(worker));
    }
  }
  // A connection to one of the workers that says this.
  net::UniqueFd Connect(int worker, absl::string_view text) {
    net::UniqueFd fd = *net::Connect(addresses_[worker], {});
    EXPECT_TRUE(net::testing::RunUntil(control_.get(), [&] {
      return send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(text.size());
    }));
    return fd;
  }
  ConnectionCounts Ask(void (WorkerGroup::*ask)(WorkerGroup::OnCounts)) {
    ConnectionCounts result;
    bool done = false;
    (group_.*ask)([&](const ConnectionCounts& counts) {
      result = counts;
      done = true;
    });
    EXPECT_TRUE(net::testing::RunUntil(control_.get(), [&] { return done; }));
    return result;
  }
  ConnectionCounts CountUntil(const std::function<bool(const ConnectionCounts&)>& wanted) {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    while (true) {
      const ConnectionCounts counts = Ask(&WorkerGroup::Count);
      if (wanted(counts) || absl::Now() > deadline) return counts;
    }
  }

  struct NoWatcher : Watcher {};

  const std::unique_ptr<event::Loop> control_ = *event::Loop::Create();
  Config config_;
  ProxyMetrics metrics_{[] {
    ProxyMetrics::Options options;
    options.workers = kWorkers;
    return options;
  }()};
  PortHub ports_{control_.get(), [this](uint16_t port, const PortHub::Publish& publish) {
                   auto policy =
                       std::make_shared<ServerPolicy>(DefaultServerPolicy(config_.inbound, port));
                   policy->protocol = ServerPolicy::Protocol::kHttp1;
                   publish(std::move(policy));
                   return std::make_unique<NoWatcher>();
                 }};
  TargetHub targets_{control_.get(), [](const net::SocketAddress&, const TargetHub::Publish&) {
                       return std::make_unique<NoWatcher>();
                     }};
  EndpointsHub endpoints_{control_.get(), [](const std::string&, const EndpointsHub::Publish&) {
                            return std::make_unique<NoWatcher>();
                          }};
  WorkerGroup group_{control_.get()};
  std::vector<net::SocketAddress> addresses_;
};

// Not TLS, and not yet a request.
constexpr absl::string_view kHalfARequest = "GET / HTTP/1.1\r\nhost: a\r\n";

TEST_F(WorkerGroupTest, WithoutWorkersThereIsNothingToCount) {
  const ConnectionCounts counts = Ask(&WorkerGroup::Count);
  EXPECT_EQ(counts.open, 0);
  EXPECT_EQ(counts.accepted, 0u);
}

TEST_F(WorkerGroupTest, CountsTheConnectionsOfAllWorkers) {
  Start();
  net::UniqueFd a = Connect(0, kHalfARequest);
  net::UniqueFd b = Connect(1, kHalfARequest);
  net::UniqueFd c = Connect(1, kHalfARequest);
  ConnectionCounts counts = CountUntil([](const auto& counts) { return counts.open == 3; });
  EXPECT_EQ(counts.open, 3);
  EXPECT_EQ(counts.accepted, 3u);
  EXPECT_EQ(counts.draining, 0);
  b.Reset();
  counts = CountUntil([](const auto& counts) { return counts.open == 2; });
  EXPECT_EQ(counts.open, 2);
  EXPECT_EQ(counts.accepted, 3u);
}

TEST_F(WorkerGroupTest, DrainsHttpOfAllWorkersAndClosesWhatIsLeft) {
  Start();
  net::UniqueFd a = Connect(0, kHalfARequest);
  net::UniqueFd b = Connect(1, kHalfARequest);
  net::UniqueFd silent = Connect(1, "");
  CountUntil([](const auto& counts) { return counts.open == 3; });
  // Not before it has said something: it may be TLS.
  ConnectionCounts counts = Ask(&WorkerGroup::Drain);
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (counts.draining < 2 && absl::Now() < deadline) counts = Ask(&WorkerGroup::Drain);
  EXPECT_EQ(counts.draining, 2) << "a request that has begun is waited for";
  EXPECT_EQ(counts.open, 3);
  net::UniqueFd later = Connect(0, kHalfARequest);
  CountUntil([](const auto& counts) { return counts.open == 4; });
  group_.CloseDraining();
  counts = CountUntil([](const auto& counts) { return counts.open == 2; });
  EXPECT_EQ(counts.open, 2) << "neither the silent one nor the one that came later";
  EXPECT_EQ(counts.draining, 0);
}

// For AddressSanitizer: what connections have used is there until they are gone.
TEST_F(WorkerGroupTest, MayEndWithConnectionsOpen) {
  Start();
  std::vector<net::UniqueFd> clients;
  for (const absl::string_view said :
       {"", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"}) {
    for (int i = 0; i < 10; ++i) clients.push_back(Connect(i % kWorkers, said));
  }
  CountUntil([](const auto& counts) { return counts.open >= 20; });
  group_.Clear();
  char byte;
  for (const net::UniqueFd& client : clients) {
    EXPECT_TRUE(net::testing::RunUntil(control_.get(), [&] {
      return recv(client.get(), &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN;
    }));
  }
}

TEST_F(WorkerGroupTest, MayEndWhateverItWasAskedLast) {
  for (int i = 0; i < 20; ++i) {
    Start();
    for (int j = 0; j < 10; ++j) group_.Count([](const ConnectionCounts&) {});
    group_.BeginShutdown();
    group_.Drain([](const ConnectionCounts&) {});
    group_.CloseDraining();
    group_.Clear();
    control_->RunOnce(absl::ZeroDuration());
  }
}

}  // namespace
}  // namespace gossamer::proxy
