#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/testing/few_descriptors.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"
#include "proxy/http/h1_pool.h"
#include "proxy/http/testing/loopback_server.h"
#include "proxy/http/testing/test_pending_request.h"

namespace gossamer::proxy {
namespace {

using net::testing::RunUntil;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using Request = testing::TestPendingRequest;

// A pool towards a real server on loopback.
class H1PoolTest : public ::testing::Test {
 protected:
  void SetUp() override { MakePool({}); }
  void TearDown() override {
    pool_.reset();
    loop_->RunOnce(absl::ZeroDuration());
  }

  void MakePool(H1Pool::Options options) {
    options.idle_timeout = idle_timeout_;
    pool_ = std::make_unique<H1Pool>(
        loop_.get(), options,
        [this] {
          DialTarget target;
          target.address = server_.address();
          target.timeout = absl::Seconds(5);
          return target;
        },
        [](std::unique_ptr<net::ByteStream> stream) { return stream; });
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop_.get(), done); }
  // Sends a request and expects the server's answer to it.
  void Exchange() {
    Request request;
    pool_->Start(&request);
    ASSERT_TRUE(Until([&] { return request.recorder.over || request.failed(); }));
    ASSERT_FALSE(request.failed()) << *request.failure;
    EXPECT_EQ(request.recorder.log, "response 200 data end done");
    // The connection is free again at the end of that turn.
    loop_->RunOnce(absl::ZeroDuration());
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  LoopbackServer server_{loop_.get(), {}};
  absl::Duration idle_timeout_ = absl::Minutes(1);
  std::unique_ptr<H1Pool> pool_;
};

TEST_F(H1PoolTest, OneConnectionCarriesOneRequestAfterTheOther) {
  EXPECT_TRUE(pool_->unused());
  for (int i = 0; i < 5; ++i) Exchange();
  EXPECT_EQ(server_.requests().size(), 5u);
  EXPECT_EQ(server_.accepted(), 1);
  EXPECT_FALSE(pool_->unused()) << "an idle connection is kept";
}

TEST_F(H1PoolTest, RequestsInFlightHaveAConnectionEach) {
  server_.Hold();
  std::vector<Request> requests(5);
  for (Request& request : requests) pool_->Start(&request);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == requests.size(); }));
  EXPECT_EQ(server_.accepted(), 5);
  for (auto* request : server_.requests()) request->Respond(200, "ok");
  ASSERT_TRUE(Until([&] {
    return std::all_of(requests.begin(), requests.end(), [](Request& r) { return r.done(); });
  }));
}

TEST_F(H1PoolTest, TheMostRecentlyUsedConnectionIsTakenFirst) {
  server_.Hold();
  Request first;
  Request second;
  pool_->Start(&first);
  pool_->Start(&second);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 2; }));
  // They end in the order opposite to that of their arrival.
  server_.requests()[1]->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return first.done() || second.done(); }));
  server_.requests()[0]->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return first.done() && second.done(); }));
  loop_->RunOnce(absl::ZeroDuration());
  server_.OnRequest([](auto* request) { request->Respond(200, "ok"); });
  for (int i = 0; i < 3; ++i) Exchange();
  for (int i = 2; i < 5; ++i) EXPECT_EQ(server_.ConnectionOf(i), server_.ConnectionOf(0));
}

TEST_F(H1PoolTest, AConnectionThatComesFreeServesWhoeverWaits) {
  server_.Hold();
  Request first;
  pool_->Start(&first);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  // Nobody answers new connections: the second can only go out on the first one's.
  server_.StopListening();
  Request second;
  server_.OnRequest([](auto* request) { request->Respond(200, "ok"); });
  server_.requests()[0]->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return first.done(); }));
  pool_->Start(&second);
  ASSERT_TRUE(Until([&] { return second.done() || second.failed(); }));
  EXPECT_TRUE(second.done());
}

TEST_F(H1PoolTest, IdleConnectionsAreClosedAfterTheirTime) {
  idle_timeout_ = absl::Milliseconds(20);
  MakePool({});
  Exchange();
  ASSERT_TRUE(Until([&] { return server_.open() == 0; }));
  EXPECT_TRUE(pool_->unused());
  Exchange();
  EXPECT_EQ(server_.accepted(), 2);
}

TEST_F(H1PoolTest, NoMoreThanSoManyAreKept) {
  H1Pool::Options options;
  options.max_idle = 2;
  MakePool(options);
  server_.Hold();
  std::vector<Request> requests(4);
  for (Request& request : requests) pool_->Start(&request);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == requests.size(); }));
  for (auto* request : server_.requests()) request->Respond(200, "ok");
  ASSERT_TRUE(Until([&] { return server_.open() == 2; }));
  for (Request& request : requests) EXPECT_TRUE(request.done());
}

TEST_F(H1PoolTest, AConnectionThatTheServerClosedIsNotUsedAgain) {
  Exchange();
  server_.Cut();
  ASSERT_TRUE(Until([&] { return pool_->unused(); }));
  Exchange();
  EXPECT_EQ(server_.accepted(), 2);
}

TEST_F(H1PoolTest, AResponseThatClosesIsNotFollowedByAnother) {
  server_.OnRequest([](auto* request) { request->Respond(200, "ok", /*close=*/true); });
  Exchange();
  Exchange();
  EXPECT_EQ(server_.accepted(), 2);
  EXPECT_TRUE(Until([&] { return pool_->unused(); }));
}

TEST_F(H1PoolTest, AnEndBeforeTheResponseOfAReusedConnectionIsStale) {
  Exchange();
  server_.OnRequest([&](auto*) { server_.Cut(); });
  Request request;
  pool_->Start(&request);
  ASSERT_TRUE(Until([&] { return request.recorder.over; }));
  EXPECT_EQ(request.recorder.log, "reset stale");
  Request fresh;
  pool_->Start(&fresh);
  ASSERT_TRUE(Until([&] { return fresh.recorder.over; }));
  EXPECT_EQ(fresh.recorder.log, "reset lost");
}

TEST_F(H1PoolTest, WhoCannotBeConnectedIsTold) {
  server_.StopListening();
  Request first;
  Request second;
  pool_->Start(&first);
  pool_->Start(&second);
  ASSERT_TRUE(Until([&] { return first.failed() && second.failed(); }));
  EXPECT_THAT(*first.failure,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(server_.address().ToString())));
  EXPECT_TRUE(pool_->unused());
  server_.ListenAgain();
  Exchange();
}

TEST_F(H1PoolTest, WithoutDescriptorsTheRequestIsToldAndLaterOnesAreServed) {
  {
    net::testing::FewDescriptors none(/*spare=*/0);
    Request request;
    pool_->Start(&request);
    ASSERT_TRUE(Until([&] { return request.failed(); }));
    EXPECT_THAT(*request.failure, StatusIs(absl::StatusCode::kResourceExhausted, ::testing::_));
    EXPECT_TRUE(pool_->unused());
  }
  Exchange();
}

TEST_F(H1PoolTest, ARequestMayStopWaiting) {
  {
    Request impatient;
    pool_->Start(&impatient);
  }
  // What was dialled for it serves the next one.
  ASSERT_TRUE(Until([&] { return server_.accepted() == 1; }));
  Exchange();
  EXPECT_EQ(server_.accepted(), 1);
}

TEST_F(H1PoolTest, WhatCannotBeWrittenIsRefusedAndTheConnectionKept) {
  Request bad;
  bad.mutable_head()->headers.Add("x", "a\r\nsmuggled: yes");
  pool_->Start(&bad);
  ASSERT_TRUE(Until([&] { return bad.failed(); }));
  EXPECT_THAT(*bad.failure, StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
  Exchange();
  EXPECT_EQ(server_.accepted(), 1);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(H1PoolTest, ARequestThatIsAbandonedTakesItsConnectionWithIt) {
  server_.Hold();
  Request request;
  pool_->Start(&request);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  request.recorder.stream->ResetStream(http::kH2Cancel);
  ASSERT_TRUE(Until([&] { return server_.open() == 0; }));
  EXPECT_TRUE(pool_->unused());
}

TEST_F(H1PoolTest, ItsEndResetsWhatIsInFlightAndFailsWhatWaits) {
  server_.Hold();
  Request in_flight;
  pool_->Start(&in_flight);
  ASSERT_TRUE(Until([&] { return server_.requests().size() == 1; }));
  Request waiting;
  pool_->Start(&waiting);
  pool_.reset();
  EXPECT_EQ(in_flight.recorder.log, "reset local");
  ASSERT_TRUE(waiting.failed());
  EXPECT_THAT(*waiting.failure, StatusIs(absl::StatusCode::kUnavailable, ::testing::_));
  EXPECT_TRUE(Until([&] { return server_.open() == 0; }));
}

TEST_F(H1PoolTest, ASecondResponseThatNobodyAskedForEndsTheConnection) {
  Exchange();
  // A server that answers twice: the second answer must not become the next request's.
  server_.OnRequest([](auto* request) {
    http::ResponseHead head;
    head.status = 200;
    head.body = http::BodyKind::kContentLength;
    head.content_length = 2;
    request->server->SendResponse(head, /*close_connection=*/false);
    request->stream->SendData("okHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    request->stream->SendEnd(nullptr);
  });
  Request request;
  pool_->Start(&request);
  ASSERT_TRUE(Until([&] { return request.recorder.over; }));
  EXPECT_EQ(request.recorder.body, "ok");
  EXPECT_TRUE(Until([&] { return pool_->unused(); }));
  server_.OnRequest([](auto* next) { next->Respond(200, "ok"); });
  Exchange();
  EXPECT_EQ(server_.accepted(), 2);
}

}  // namespace
}  // namespace gossamer::proxy
