#include "proxy/http/wait_queue.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using ::testing::ElementsAre;

struct Waiter final : WaitQueue<Waiter>::Entry {
  explicit Waiter(int id) : id(id) {}
  const int id;
};
using Queue = WaitQueue<Waiter>;

std::vector<int> Drain(Queue* queue) {
  std::vector<int> ids;
  while (Waiter* waiter = queue->Pop()) ids.push_back(waiter->id);
  EXPECT_TRUE(queue->empty());
  return ids;
}

TEST(WaitQueueTest, FirstComeFirstServed) {
  Waiter a(1), b(2), c(3);
  Queue queue;
  for (Waiter* waiter : {&a, &b, &c}) queue.Push(waiter);
  EXPECT_EQ(queue.size(), 3);
  EXPECT_THAT(Drain(&queue), ElementsAre(1, 2, 3));
  EXPECT_FALSE(a.queued());
}

TEST(WaitQueueTest, AnyoneMayLeave) {
  for (int leaver = 0; leaver < 3; ++leaver) {
    std::vector<std::unique_ptr<Waiter>> waiters;
    Queue queue;
    std::vector<int> left;
    for (int i = 0; i < 3; ++i) {
      waiters.push_back(std::make_unique<Waiter>(i));
      queue.Push(waiters.back().get());
      if (i != leaver) left.push_back(i);
    }
    waiters[leaver].reset();
    EXPECT_EQ(queue.size(), 2);
    EXPECT_EQ(Drain(&queue), left);
  }
}

TEST(WaitQueueTest, LeavingTwiceIsOnce) {
  Waiter a(1);
  Queue queue;
  queue.Push(&a);
  a.Unqueue();
  a.Unqueue();
  EXPECT_TRUE(queue.empty());
  queue.Push(&a);
  EXPECT_THAT(Drain(&queue), ElementsAre(1));
}

TEST(WaitQueueTest, OutlivedByWhatItHolds) {
  Waiter a(1);
  {
    Queue queue;
    queue.Push(&a);
  }
  EXPECT_FALSE(a.queued());
}

TEST(WaitQueueTest, PopAllLeavesWhatQueuesAnew) {
  Waiter a(1), b(2);
  Queue queue;
  queue.Push(&a);
  queue.Push(&b);
  std::vector<int> visited;
  queue.PopAll([&](Waiter* waiter) {
    visited.push_back(waiter->id);
    queue.Push(waiter);
  });
  EXPECT_THAT(visited, ElementsAre(1, 2));
  EXPECT_EQ(queue.size(), 2);
}

TEST(WaitQueueTest, OneMayLeaveWhileAllAreTaken) {
  Waiter a(1), b(2), c(3);
  Queue queue;
  for (Waiter* waiter : {&a, &b, &c}) queue.Push(waiter);
  std::vector<int> visited;
  queue.PopAll([&](Waiter* waiter) {
    visited.push_back(waiter->id);
    b.Unqueue();
  });
  EXPECT_THAT(visited, ElementsAre(1, 3));
}

}  // namespace
}  // namespace gossamer::proxy
