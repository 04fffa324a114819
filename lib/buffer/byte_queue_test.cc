#include "lib/buffer/byte_queue.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace gossamer {
namespace {

std::string Drain(ByteQueue* queue) {
  std::string all;
  while (!queue->empty()) {
    all.append(queue->Front().data(), queue->Front().size());
    queue->Consume(queue->Front().size());
  }
  return all;
}

TEST(ByteQueueTest, HoldsNothingAtFirst) {
  ByteQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.Front().empty());
  iovec part;
  EXPECT_EQ(queue.Gather(&part, 1), 0);
}

TEST(ByteQueueTest, MovesLeaveTheSourceEmpty) {
  ByteQueue queue;
  queue.Append("abc");
  ByteQueue other(std::move(queue));
  EXPECT_EQ(Drain(&other), "abc");
  other.Append("xyz");
  ByteQueue third;
  third.Append("old");
  third = std::move(other);
  EXPECT_EQ(Drain(&third), "xyz");
}

TEST(ByteQueueTest, GathersInOrderAndBounded) {
  ByteQueue queue;
  const std::string big(3 * ByteQueue::kBlockBytes - 5, 'x');
  queue.Append(big);
  iovec parts[8];
  EXPECT_EQ(queue.Gather(parts, 2), 2);
  ASSERT_EQ(queue.Gather(parts, 8), 3);
  EXPECT_EQ(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len, big.size());
}

// Against a plain string, for any order of operations.
TEST(ByteQueueTest, AgreesWithAStringOnRandomOperations) {
  std::mt19937 random(7);
  ByteQueue a, b;
  std::string model_a, model_b;
  for (int step = 0; step < 20'000; ++step) {
    const size_t amount = random() % (1u << random() % 17);
    switch (random() % 4) {
      case 0: {
        if (model_a.size() > 1'000'000) break;
        const std::string bytes(amount, static_cast<char>('a' + step % 26));
        a.Append(bytes);
        model_a += bytes;
        break;
      }
      case 1: {
        const size_t count = std::min(amount, model_a.size());
        a.Consume(count);
        model_a.erase(0, count);
        break;
      }
      case 2: {
        const size_t count = std::min(amount, model_a.size());
        b.MoveFrom(&a, amount);
        model_b += model_a.substr(0, count);
        model_a.erase(0, count);
        break;
      }
      default: {
        const size_t count = std::min(amount, model_b.size());
        b.Consume(count);
        model_b.erase(0, count);
        break;
      }
    }
    ASSERT_EQ(a.size(), model_a.size());
    ASSERT_EQ(b.size(), model_b.size());
    ASSERT_EQ(a.Front(), model_a.substr(0, a.Front().size()));
    ASSERT_EQ(b.Front(), model_b.substr(0, b.Front().size()));
  }
  EXPECT_EQ(Drain(&a), model_a);
  EXPECT_EQ(Drain(&b), model_b);
}

}  // namespace
}  // namespace gossamer
