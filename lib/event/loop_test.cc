#include "lib/event/loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::event {
namespace {

using ::testing::ElementsAre;

class LoopTest : public testing::Test {
 protected:
  LoopTest() : loop_(*Loop::Create()) {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair_), 0);
  }
  ~LoopTest() override {
    close(pair_[0]);
    close(pair_[1]);
  }

  std::unique_ptr<Loop> loop_;
  int pair_[2];
};

class Recorder final : public IoHandler {
 public:
  void OnIo(IoEvents events) override {
    if (events.readable) ++readable;
    if (events.writable) ++writable;
    if (on_io) on_io();
  }
  int readable = 0;
  int writable = 0;
  absl::AnyInvocable<void()> on_io;
};

TEST_F(LoopTest, TellsReadinessOnceAnEdge) {
  Recorder recorder;
  IoWatch watch;
  ASSERT_OK(watch.Start(loop_.get(), pair_[0], &recorder));
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_EQ(recorder.writable, 1);
  EXPECT_EQ(recorder.readable, 0);
  ASSERT_EQ(write(pair_[1], "x", 1), 1);
  loop_->RunOnce(absl::Seconds(1));
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_EQ(recorder.readable, 1);
}

TEST_F(LoopTest, AHandlerMayEndWatchesOfTheSameBatch) {
  // Both ends are ready in one batch, and whichever runs first ends the other.
  Recorder first, second;
  auto first_watch = std::make_unique<IoWatch>();
  auto second_watch = std::make_unique<IoWatch>();
  first.on_io = [&] { second_watch.reset(); };
  second.on_io = [&] { first_watch.reset(); };
  ASSERT_OK(first_watch->Start(loop_.get(), pair_[0], &first));
  ASSERT_OK(second_watch->Start(loop_.get(), pair_[1], &second));
  loop_->RunOnce(absl::Seconds(1));
  EXPECT_EQ(first.writable + second.writable, 1);
}

TEST_F(LoopTest, RunsPostedCallbacksInOrderFromAnyThread) {
  std::vector<int> order;
  std::thread poster([&] {
    for (int i = 0; i < 3; ++i) loop_->Post([&order, i] { order.push_back(i); });
    loop_->Stop();
  });
  loop_->Run();
  poster.join();
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST_F(LoopTest, RunsADeferredOnceATurn) {
  int runs = 0;
  Deferred deferred(loop_.get(), [&] { ++runs; });
  deferred.Schedule();
  deferred.Schedule();
  EXPECT_TRUE(deferred.scheduled());
  loop_->RunOnce(absl::InfiniteDuration());  // Does not sleep with work at hand.
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_EQ(runs, 1);
}

TEST_F(LoopTest, ADeferredMayScheduleAndCancelOthers) {
  std::vector<std::string> order;
  Deferred never(loop_.get(), [&] { order.push_back("never"); });
  Deferred again(loop_.get(), [&] { order.push_back("again"); });
  Deferred first(loop_.get(), [&] {
    order.push_back("first");
    never.Cancel();
    again.Schedule();
  });
  first.Schedule();
  never.Schedule();
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_THAT(order, ElementsAre("first"));
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_THAT(order, ElementsAre("first", "again"));
}

TEST_F(LoopTest, FiresTimersWhenDueAndNotBefore) {
  int fired = 0;
  Timer timer(loop_.get(), [&] { ++fired; });
  const int64_t start_ns = loop_->UpdateNow();
  timer.Arm(absl::Milliseconds(20));
  while (fired == 0) loop_->RunOnce(absl::InfiniteDuration());
  EXPECT_GE(loop_->now_ns() - start_ns, 20'000'000);
  EXPECT_FALSE(timer.armed());
}

TEST_F(LoopTest, ACancelledTimerStaysSilent) {
  Timer cancelled(loop_.get(), [] { FAIL(); });
  cancelled.Arm(absl::Milliseconds(1));
  cancelled.Cancel();
  bool fired = false;
  Timer later(loop_.get(), [&] { fired = true; });
  later.Arm(absl::Milliseconds(5));
  while (!fired) loop_->RunOnce(absl::InfiniteDuration());
}

TEST_F(LoopTest, DeletesLaterWithinTheTurn) {
  struct Flag {
    explicit Flag(bool* gone) : gone(gone) {}
    ~Flag() { *gone = true; }
    bool* gone;
  };
  bool gone = false;
  loop_->Post([&] {
    loop_->DeleteLater(std::make_unique<Flag>(&gone));
    EXPECT_FALSE(gone);
  });
  loop_->RunOnce(absl::Seconds(1));
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace gossamer::event
