#include "proxy/discovery/hub.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using TestHub = Hub<std::string, int>;

// A loop that a thread runs while the object lives.
class LoopThread {
 public:
  LoopThread() : loop_(*event::Loop::Create()), thread_([this] { loop_->Run(); }) {}
  ~LoopThread() { Join(); }
  void Join() {
    if (!thread_.joinable()) return;
    loop_->Stop();
    thread_.join();
  }
  event::Loop* loop() { return loop_.get(); }
  // Runs it there and waits for it.
  template <typename F>
  void Do(F work) {
    absl::Notification done;
    loop_->Post([&] {
      work();
      done.Notify();
    });
    done.WaitForNotification();
  }

 private:
  std::unique_ptr<event::Loop> loop_;
  std::thread thread_;
};

class HubTest : public ::testing::Test {
 protected:
  struct TestWatcher final : Watcher {
    explicit TestWatcher(HubTest* test) : test(test) { ++test->watchers_; }
    ~TestWatcher() override { --test->watchers_; }
    HubTest* const test;
  };

  ~HubTest() override {
    worker_.Join();
    control_.Join();
  }

  void Publish(int value) {
    control_.Do([&] { publish_(std::make_shared<const int>(value)); });
    worker_.Do([] {});
  }
  // Lets what was posted from the worker to control and back arrive.
  void Settle() {
    worker_.Do([] {});
    control_.Do([] {});
    worker_.Do([] {});
  }
  std::unique_ptr<TestHub::Subscription> Subscribe(const std::string& key,
                                                   std::vector<int>* values) {
    std::unique_ptr<TestHub::Subscription> subscription;
    worker_.Do([&] {
      subscription = hub_.Subscribe(worker_.loop(), key,
                                    [values](TestHub::Value v) { values->push_back(*v); });
      EXPECT_THAT(*values, IsEmpty()) << "told within Subscribe()";
    });
    Settle();
    return subscription;
  }
  void Drop(std::unique_ptr<TestHub::Subscription> subscription) {
    worker_.Do([&] { subscription.reset(); });
    Settle();
  }

  std::atomic<int> watchers_{0};
  std::atomic<int> created_{0};
  bool publish_at_once_ = false;
  TestHub::Publish publish_;  // Of the newest watcher; on the control thread.
  LoopThread control_;
  LoopThread worker_;
  TestHub hub_{control_.loop(), [this](const std::string&, TestHub::Publish publish) {
                 publish_ = std::move(publish);
                 ++created_;
                 if (publish_at_once_) publish_(std::make_shared<const int>(-1));
                 return std::make_unique<TestWatcher>(this);
               }};
};

TEST_F(HubTest, TellsEachValue) {
  std::vector<int> values;
  auto subscription = Subscribe("a", &values);
  EXPECT_THAT(values, IsEmpty());
  Publish(1);
  Publish(2);
  EXPECT_THAT(values, ElementsAre(1, 2));
  Drop(std::move(subscription));
}

TEST_F(HubTest, TellsLateSubscribersTheNewestValue) {
  std::vector<int> early, late;
  auto first = Subscribe("a", &early);
  Publish(1);
  Publish(2);
  auto second = Subscribe("a", &late);
  EXPECT_THAT(late, ElementsAre(2));
  EXPECT_EQ(created_, 1);
  Publish(3);
  EXPECT_THAT(early, ElementsAre(1, 2, 3));
  EXPECT_THAT(late, ElementsAre(2, 3));
  Drop(std::move(first));
  Drop(std::move(second));
}

TEST_F(HubTest, AWatcherMayPublishAsItIsMade) {
  publish_at_once_ = true;
  std::vector<int> values;
  auto subscription = Subscribe("a", &values);
  EXPECT_THAT(values, ElementsAre(-1));
  Drop(std::move(subscription));
}

TEST_F(HubTest, TellsNothingAfterTheEnd) {
  std::vector<int> gone, stays;
  auto first = Subscribe("a", &gone);
  auto second = Subscribe("a", &stays);
  Drop(std::move(first));
  EXPECT_EQ(watchers_, 1);
  Publish(1);
  EXPECT_THAT(gone, IsEmpty());
  EXPECT_THAT(stays, ElementsAre(1));
  Drop(std::move(second));
}

TEST_F(HubTest, TellsNothingThatWasOnItsWayAtTheEnd) {
  std::vector<int> values;
  auto subscription = Subscribe("a", &values);
  worker_.Do([&] {
    // The value is posted to this worker while it is busy here.
    control_.Do([&] { publish_(std::make_shared<const int>(1)); });
    subscription.reset();
  });
  Settle();
  EXPECT_THAT(values, IsEmpty());
}

TEST_F(HubTest, TheLastToGoEndsTheWatcher) {
  std::vector<int> values;
  auto first = Subscribe("a", &values);
  auto second = Subscribe("a", &values);
  EXPECT_EQ(watchers_, 1);
  Drop(std::move(first));
  EXPECT_EQ(watchers_, 1);
  Drop(std::move(second));
  EXPECT_EQ(watchers_, 0);
  auto again = Subscribe("a", &values);
  EXPECT_EQ(watchers_, 1);
  EXPECT_EQ(created_, 2);
  Drop(std::move(again));
}

TEST_F(HubTest, KeysAreApart) {
  std::vector<int> a, b;
  auto first = Subscribe("a", &a);
  auto second = Subscribe("b", &b);
  EXPECT_EQ(watchers_, 2);
  Publish(1);  // To the newest.
  EXPECT_THAT(a, IsEmpty());
  EXPECT_THAT(b, ElementsAre(1));
  Drop(std::move(first));
  Drop(std::move(second));
  EXPECT_EQ(watchers_, 0);
}

}  // namespace
}  // namespace gossamer::proxy
