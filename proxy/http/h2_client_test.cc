#include "proxy/http/h2_client.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/testing/few_descriptors.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"
#include "proxy/balance/fast_random.h"
#include "proxy/http/testing/loopback_server.h"
#include "proxy/http/testing/test_pending_request.h"

namespace gossamer::proxy {
namespace {

using net::testing::RunUntil;
using ::testing::_;
using testing::LoopbackServer;
using Request = testing::TestPendingRequest;

// A client of a real HTTP/2 server on loopback.
class H2ClientTest : public ::testing::Test, private H2Client::Observer {
 protected:
  void TearDown() override {
    client_.reset();
    EXPECT_TRUE(Until([&] { return draining_.empty(); }));
  }

  void Start(bool eager, absl::Duration backoff = absl::Milliseconds(5)) {
    H2Client::Options options;
    options.eager = eager;
    options.backoff = {backoff, backoff * 4, 0};
    H2Client::Observer* self = this;
    client_ = std::make_unique<H2Client>(
        loop_.get(), options,
        [this] {
          ++dials_;
          DialTarget target;
          target.address = server_.address();
          target.timeout = absl::Seconds(5);
          return target;
        },
        [](std::unique_ptr<net::ByteStream> stream) { return stream; }, &draining_, random_, self);
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop_.get(), done); }
  void Exchange() {
    Request request;
    client_->Start(&request);
    ASSERT_TRUE(Until([&] { return request.recorder.over || request.failed(); }));
    ASSERT_FALSE(request.failed()) << *request.failure;
    EXPECT_EQ(request.recorder.log, "response 200 data end done");
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  FastRandom random_{1};
  LoopbackServer server_{loop_.get(), {.http2 = true, .tls = nullptr}};
  DrainingConnections draining_{loop_.get()};
  int dials_ = 0;
  std::vector<bool> readiness_;  // Each time that it changed.
  std::unique_ptr<H2Client> client_;

 private:
  void OnReadyChange() override { readiness_.push_back(client_ != nullptr && client_->ready()); }
};

TEST_F(H2ClientTest, ConnectsForItsFirstRequestAndKeepsTheConnection) {
  Start(/*eager=*/false);
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_EQ(dials_, 0);
  for (int i = 0; i < 5; ++i) Exchange();
  EXPECT_EQ(server_.accepted(), 1);
  EXPECT_TRUE(client_->ready());
}

TEST_F(H2ClientTest, OneConnectionCarriesManyRequestsAtOnce) {
  Start(/*eager=*/false);
  server_.Hold();
  std::vector<Request> requests(50);
  for (Request& request : requests) client_->Start(&request);
  EXPECT_TRUE(client_->in_use());
  ASSERT_TRUE(Until([&] { return server_.requests().size() == requests.size(); }));
  EXPECT_EQ(server_.accepted(), 1);
  for (auto* request : server_.requests()) request->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return !client_->in_use(); }));
  for (Request& request : requests) EXPECT_TRUE(request.done());
}

TEST_F(H2ClientTest, AnEagerOneConnectsByItselfAndSaysSo) {
  Start(/*eager=*/true);
  EXPECT_FALSE(client_->ready());
  ASSERT_TRUE(Until([&] { return client_->ready(); }));
  EXPECT_EQ(readiness_, std::vector<bool>{true});
  EXPECT_FALSE(client_->in_use());
}

TEST_F(H2ClientTest, AnEagerOneTriesUntilTheServerIsThere) {
  server_.StopListening();
  Start(/*eager=*/true);
  ASSERT_TRUE(Until([&] { return dials_ >= 3; }));
  EXPECT_TRUE(readiness_.empty());
  server_.ListenAgain();
  ASSERT_TRUE(Until([&] { return client_->ready(); }));
}

TEST_F(H2ClientTest, AnEagerOneReplacesAConnectionThatIsLost) {
  Start(/*eager=*/true);
  Exchange();
  server_.Cut();
  ASSERT_TRUE(Until([&] { return server_.accepted() == 2 && client_->ready(); }));
  EXPECT_EQ(readiness_, (std::vector<bool>{true, false, true}));
  Exchange();
}

TEST_F(H2ClientTest, AServerThatHangsUpOnEverybodyIsNotCalledInALoop) {
  constexpr absl::Duration kNotInThisTest = absl::Hours(1);
  Start(/*eager=*/true, kNotInThisTest);
  ASSERT_TRUE(Until([&] { return client_->ready(); }));
  server_.Cut();
  ASSERT_TRUE(Until([&] { return !client_->ready(); }));
  for (int i = 0; i < 20; ++i) loop_->RunOnce(absl::Milliseconds(1));
  EXPECT_EQ(dials_, 1);
  // A request does not wait for that.
  Exchange();
  EXPECT_EQ(dials_, 2);
}

TEST_F(H2ClientTest, ALazyOneStaysAwayUntilItIsNeeded) {
  Start(/*eager=*/false);
  Exchange();
  server_.Cut();
  ASSERT_TRUE(Until([&] { return !client_->ready(); }));
  for (int i = 0; i < 20; ++i) loop_->RunOnce(absl::Milliseconds(1));
  EXPECT_EQ(dials_, 1);
  Exchange();
  EXPECT_EQ(dials_, 2);
}

TEST_F(H2ClientTest, AfterGoawayNewRequestsFindANewConnection) {
  Start(/*eager=*/true);
  server_.Hold();
  Request old;
  client_->Start(&old);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  server_.Drain();
  ASSERT_TRUE(Until([&] { return server_.accepted() == 2 && client_->ready(); }));
  Request fresh;
  client_->Start(&fresh);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 2; }));
  EXPECT_EQ(server_.ConnectionOf(1), 1);
  EXPECT_FALSE(old.recorder.over) << old.recorder.log;
  for (auto* request : server_.requests()) request->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return old.recorder.over && fresh.recorder.over; }));
  EXPECT_TRUE(old.done()) << old.recorder.log;
  EXPECT_TRUE(fresh.done()) << fresh.recorder.log;
  EXPECT_TRUE(Until([&] { return server_.open() == 1 && draining_.empty(); }));
}

TEST_F(H2ClientTest, WhoWaitsIsToldThatNobodyIsThere) {
  server_.StopListening();
  Start(/*eager=*/false);
  Request first;
  Request second;
  client_->Start(&first);
  client_->Start(&second);
  ASSERT_TRUE(Until([&] { return first.failed() && second.failed(); }));
  EXPECT_THAT(*first.failure, StatusIs(absl::StatusCode::kUnavailable, _));
  EXPECT_EQ(dials_, 1);
  EXPECT_FALSE(client_->in_use());
  server_.ListenAgain();
  Exchange();
}

TEST_F(H2ClientTest, WithoutDescriptorsRequestsAreToldAndLaterOnesAreServed) {
  Start(/*eager=*/false);
  {
    net::testing::FewDescriptors none(/*spare=*/0);
    Request request;
    client_->Start(&request);
    ASSERT_TRUE(Until([&] { return request.failed(); }));
    EXPECT_THAT(*request.failure, StatusIs(absl::StatusCode::kResourceExhausted, _));
  }
  Exchange();
}

TEST_F(H2ClientTest, ARequestMayStopWaiting) {
  Start(/*eager=*/false);
  {
    Request impatient;
    client_->Start(&impatient);
  }
  EXPECT_FALSE(client_->in_use());
  ASSERT_TRUE(Until([&] { return client_->ready(); }));
  Exchange();
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(H2ClientTest, ALostConnectionResetsWhatIsInFlight) {
  Start(/*eager=*/false);
  server_.Hold();
  Request request;
  client_->Start(&request);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  server_.Cut();
  ASSERT_TRUE(Until([&] { return request.recorder.over; }));
  EXPECT_THAT(request.recorder.log, ::testing::StartsWith("reset"));
}

TEST_F(H2ClientTest, ItsEndLetsWhatIsInFlightFinish) {
  Start(/*eager=*/true);
  server_.Hold();
  Request in_flight;
  client_->Start(&in_flight);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  client_.reset();
  EXPECT_FALSE(draining_.empty());
  server_.requests()[0]->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return in_flight.recorder.over; }));
  EXPECT_TRUE(in_flight.done()) << in_flight.recorder.log;
  EXPECT_TRUE(Until([&] { return draining_.empty() && server_.open() == 0; }));
}

TEST_F(H2ClientTest, ItsEndFailsWhatWaits) {
  Start(/*eager=*/false);
  Request waiting;
  client_->Start(&waiting);
  client_.reset();
  ASSERT_TRUE(waiting.failed());
  EXPECT_THAT(*waiting.failure, StatusIs(absl::StatusCode::kUnavailable, _));
}

TEST_F(H2ClientTest, TheEndOfTheWorkerResetsWhatIsStillDraining) {
  Request in_flight;
  {
    DrainingConnections draining(loop_.get());
    H2Client client(
        loop_.get(), {},
        [this] {
          DialTarget target;
          target.address = server_.address();
          return target;
        },
        [](std::unique_ptr<net::ByteStream> stream) { return stream; }, &draining, random_,
        nullptr);
    server_.Hold();
    client.Start(&in_flight);
    ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  }
  EXPECT_EQ(in_flight.recorder.log, "reset local");
}

}  // namespace
}  // namespace gossamer::proxy
