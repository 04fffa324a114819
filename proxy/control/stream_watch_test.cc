#include "proxy/control/stream_watch.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "proxy/control/testing/fake_control_plane.h"

namespace gossamer::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPath[] = "/t.T/Watch";

class StreamWatchTest : public ::testing::Test, private StreamWatch::Observer {
 protected:
  StreamWatchTest() {
    options_.path = kPath;
    options_.request = "request";
    options_.backoff.min = options_.backoff.max = kBackoff;
    options_.backoff.jitter = 0;
    options_.is_final = [](const absl::Status& status) { return absl::IsNotFound(status); };
  }

  void Start() {
    StreamWatch::Observer* self = this;
    watch_.emplace(loop_.get(), channel_.get(), options_, random_, self);
  }
  // The next stream and how long it was waited for.
  std::pair<std::shared_ptr<rpc::ServerCall>, absl::Duration> Next() {
    const absl::Time start = absl::Now();
    auto received = plane_.Next(kPath);
    EXPECT_EQ(received.request, "request");
    return {std::move(received.call), absl::Now() - start};
  }
  void WaitForMessages(size_t count) {
    ASSERT_TRUE(plane_.RunUntil([&] { return messages_.size() >= count; }));
  }

  void OnStreamStart() override { ++starts_; }
  bool OnWatchMessage(absl::string_view message) override {
    if (message == "nonsense") return false;
    messages_.emplace_back(message);
    return true;
  }
  void OnWatchFinal(const absl::Status& status) override { finals_.push_back(status); }

  // Long beside a turn of the loop, so that "at once" and "later" are told apart.
  static constexpr absl::Duration kBackoff = absl::Milliseconds(400);

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  testing::FakeControlPlane plane_{loop_.get(), {kPath}};
  std::unique_ptr<rpc::Channel> channel_ = plane_.MakeChannel();
  absl::BitGen random_;
  StreamWatch::Options options_;
  int starts_ = 0;
  std::vector<std::string> messages_;
  std::vector<absl::Status> finals_;
  std::optional<StreamWatch> watch_;
};

TEST_F(StreamWatchTest, ReopensAtOnceWhatHadDelivered) {
  Start();
  for (const absl::Status& end : {absl::OkStatus(), absl::UnavailableError("x")}) {
    auto [call, waited] = Next();
    EXPECT_LT(waited, kBackoff);
    call->Send("a");
    call->Finish(end);
  }
  EXPECT_LT(Next().second, kBackoff);
  EXPECT_THAT(messages_, ElementsAre("a", "a"));
  EXPECT_EQ(starts_, 3);
}

TEST_F(StreamWatchTest, WaitsWhereNothingCame) {
  Start();
  for (const absl::Status& end : {absl::OkStatus(), absl::UnavailableError("x")}) {
    Next().first->Finish(end);
    const auto [call, waited] = Next();
    EXPECT_GE(waited, kBackoff * 0.9) << end;
    call->Send("a");
    call->Finish(absl::OkStatus());
  }
}

TEST_F(StreamWatchTest, WaitsAlsoAfterDeliveryWhereSoTold) {
  options_.reconnects_at_once = false;
  Start();
  auto call = Next().first;
  call->Send("a");
  call->Finish(absl::OkStatus());
  EXPECT_GE(Next().second, kBackoff * 0.9);
}

TEST_F(StreamWatchTest, AMessageOfNonsenseIsNoDelivery) {
  Start();
  auto call = Next().first;
  call->Send("nonsense");
  call->Finish(absl::OkStatus());
  EXPECT_GE(Next().second, kBackoff * 0.9);
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(StreamWatchTest, AFinalStatusEndsIt) {
  options_.backoff.min = options_.backoff.max = absl::Milliseconds(10);
  Start();
  Next().first->Finish(absl::NotFoundError("gone"));
  ASSERT_TRUE(plane_.RunUntil([&] { return !finals_.empty(); }));
  EXPECT_EQ(finals_[0].message(), "gone");
  EXPECT_EQ(plane_.CallsAfter(absl::Milliseconds(100)), 0u);
  EXPECT_EQ(finals_.size(), 1u);
}

TEST_F(StreamWatchTest, OkIsNeverFinal) {
  options_.is_final = [](const absl::Status&) { return true; };
  Start();
  Next().first->Finish(absl::OkStatus());
  EXPECT_NE(Next().first, nullptr);
  EXPECT_THAT(finals_, IsEmpty());
}

TEST_F(StreamWatchTest, TriesAgainUntilTheServiceIsReached) {
  plane_.set_unreachable(true);
  options_.backoff.min = options_.backoff.max = absl::Milliseconds(10);
  Start();
  ASSERT_TRUE(plane_.RunUntil([&] { return starts_ >= 3; }));
  plane_.set_unreachable(false);
  Next().first->Send("a");
  WaitForMessages(1);
}

TEST_F(StreamWatchTest, GivesUpWaitingForTheFirstMessage) {
  options_.limits.initial_timeout = absl::Milliseconds(50);
  options_.backoff.min = options_.backoff.max = absl::Milliseconds(10);
  Start();
  auto silent = Next().first;
  auto call = Next().first;
  EXPECT_TRUE(plane_.RunUntil([&] { return silent->over(); }));
  call->Send("a");
  WaitForMessages(1);
  // The limit is for the first message only.
  EXPECT_EQ(plane_.CallsAfter(absl::Milliseconds(150)), 0u);
}

TEST_F(StreamWatchTest, ReopensAnIdleStream) {
  options_.limits.idle_timeout = absl::Milliseconds(100);
  Start();
  auto call = Next().first;
  call->Send("a");
  WaitForMessages(1);
  EXPECT_LT(Next().second, kBackoff);
  EXPECT_TRUE(plane_.RunUntil([&] { return call->over(); }));
}

TEST_F(StreamWatchTest, ReopensAnOldStreamThatIsBusy) {
  options_.limits.lifetime = absl::Milliseconds(150);
  Start();
  auto call = Next().first;
  while (!call->over()) {
    call->Send("a");
    plane_.CallsAfter(absl::Milliseconds(20));
    ASSERT_LT(messages_.size(), 200u);
  }
  EXPECT_NE(Next().first, nullptr);
}

TEST_F(StreamWatchTest, DestroyingItCancelsTheStream) {
  Start();
  auto call = Next().first;
  watch_.reset();
  EXPECT_TRUE(plane_.RunUntil([&] { return call->over(); }));
}

}  // namespace
}  // namespace gossamer::proxy
