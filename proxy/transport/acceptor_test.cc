#include "proxy/transport/acceptor.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "lib/net/testing/few_descriptors.h"
#include "lib/net/testing/loopback.h"
#include "proxy/transport/connection_limit.h"

namespace gossamer::proxy {
namespace {

using net::testing::FewDescriptors;
using net::testing::RunUntil;

class AcceptorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    net::UniqueFd listener = *net::Listen(*net::SocketAddress::Parse("127.0.0.1:0"), {});
    address_ = net::LocalAddress(listener.get());
    net::SocketOptions options;
    options.keepalive = absl::Seconds(77);
    acceptor_ = *Acceptor::Create(
        loop_.get(), std::move(listener), options,
        [this](net::UniqueFd fd, const net::SocketAddress& client) {
          clients_.push_back(client);
          accepted_.push_back(std::move(fd));
          places_.emplace_back(std::make_unique<ConnectionLimit::Place>(&limit_));
        },
        &limit_);
  }
  void Connect(int count) {
    for (int i = 0; i < count; ++i) connecting_.push_back(*net::Connect(address_, {}));
  }
  bool Accepted(size_t count) {
    return RunUntil(loop_.get(), [&] { return accepted_.size() >= count; });
  }
  void CloseAccepted() {
    accepted_.clear();
    places_.clear();
  }
  // Runs the loop until `wait` is over; how many turns that took.
  int TurnsWithin(absl::Duration wait) {
    int turns = 0;
    for (const absl::Time end = absl::Now() + wait; absl::Now() < end; ++turns) {
      // Rounded up: the loop waits for whole milliseconds.
      loop_->RunOnce(end - absl::Now() + absl::Milliseconds(1));
    }
    return turns;
  }

  static constexpr int kMax = 200;

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  ConnectionLimit limit_{kMax};
  net::SocketAddress address_;
  std::vector<net::UniqueFd> connecting_;
  std::vector<net::UniqueFd> accepted_;
  std::vector<net::SocketAddress> clients_;
  std::vector<std::unique_ptr<ConnectionLimit::Place>> places_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, TakesEveryConnectionOfABurst) {
  Connect(150);  // More than it takes in one turn.
  ASSERT_TRUE(Accepted(150));
  EXPECT_EQ(clients_[0], net::LocalAddress(connecting_[0].get()));
}

TEST_F(AcceptorTest, SetsSocketOptions) {
  Connect(1);
  ASSERT_TRUE(Accepted(1));
  const auto option = [&](int level, int name) {
    int value = 0;
    socklen_t length = sizeof(value);
    EXPECT_EQ(getsockopt(accepted_[0].get(), level, name, &value, &length), 0);
    return value;
  };
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 77);
}

TEST_F(AcceptorTest, AConnectionThatHasGoneAgainHarmsNoOther) {
  Connect(1);
  const linger abort = {.l_onoff = 1, .l_linger = 0};
  setsockopt(connecting_[0].get(), SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  connecting_.clear();
  Connect(1);
  EXPECT_TRUE(RunUntil(loop_.get(), [&] {
    return !clients_.empty() && clients_.back() == net::LocalAddress(connecting_[0].get());
  }));
}

TEST_F(AcceptorTest, WithoutDescriptorsConnectionsWaitAndNothingSpins) {
  Connect(3);
  std::optional<FewDescriptors> few(/*spare=*/1);
  ASSERT_TRUE(Accepted(1));
  // Ten pauses; a loop that spins would turn tens of thousands of times.
  EXPECT_LT(TurnsWithin(absl::Seconds(1)), 100);
  EXPECT_EQ(accepted_.size(), 1u);
  few.reset();
  EXPECT_TRUE(Accepted(3));
}

TEST_F(AcceptorTest, ADescriptorThatComesFreeIsUsed) {
  Connect(2);
  FewDescriptors few(/*spare=*/1);
  ASSERT_TRUE(Accepted(1));
  CloseAccepted();
  ASSERT_TRUE(Accepted(1));
  EXPECT_EQ(clients_.size(), 2u);
  CloseAccepted();
}

TEST_F(AcceptorTest, WithASpareDescriptorOneConnectionIsTakenAllTheSame) {
  acceptor_->KeepSpare();
  Connect(3);
  FewDescriptors none(/*spare=*/0);
  ASSERT_TRUE(Accepted(1));
  TurnsWithin(absl::Milliseconds(250));
  EXPECT_EQ(accepted_.size(), 1u);
  // As often as it is kept again.
  for (size_t taken = 2; taken <= 3; ++taken) {
    CloseAccepted();
    acceptor_->KeepSpare();
    ASSERT_TRUE(Accepted(1));
    EXPECT_EQ(clients_.size(), taken);
  }
  CloseAccepted();
}

TEST_F(AcceptorTest, NoMoreAreTakenThanTheLimitAllows) {
  Connect(kMax + 10);
  ASSERT_TRUE(Accepted(kMax));
  EXPECT_LT(TurnsWithin(absl::Seconds(1)), 100);
  EXPECT_EQ(accepted_.size(), static_cast<size_t>(kMax));
  CloseAccepted();
  EXPECT_TRUE(Accepted(10));
  EXPECT_EQ(clients_.size(), static_cast<size_t>(kMax + 10));
}

TEST_F(AcceptorTest, StoppedItTakesNothing) {
  acceptor_->Stop();
  EXPECT_TRUE(acceptor_->stopped());
  const net::UniqueFd refused = *net::Connect(address_, {});
  EXPECT_TRUE(RunUntil(loop_.get(), [&] { return net::SocketError(refused.get()) != 0; }));
  EXPECT_TRUE(accepted_.empty());
}

}  // namespace
}  // namespace gossamer::proxy
