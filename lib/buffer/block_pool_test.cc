#include "lib/buffer/block_pool.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer {
namespace {

TEST(BlockPoolTest, BlocksAreAlignedAndTheirOwn) {
  std::vector<std::pair<char*, size_t>> blocks;
  for (size_t bytes = 0; bytes <= 2 * BlockPool::kMaxPooledBytes; bytes += 7) {
    auto* block = static_cast<char*>(BlockPool::Allocate(bytes));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
    std::memset(block, static_cast<int>(bytes & 0x7f), bytes);
    blocks.emplace_back(block, bytes);
  }
  for (const auto& [block, bytes] : blocks) {
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], static_cast<char>(bytes & 0x7f));
    BlockPool::Free(block);
  }
  BlockPool::Free(nullptr);
}

TEST(BlockPoolTest, ZeroedBlocksAreZeroEvenIfUsedBefore) {
  for (const size_t bytes : {40u, 1000u, 5000u}) {
    void* used = BlockPool::Allocate(bytes);
    std::memset(used, 0xff, bytes);
    BlockPool::Free(used);
    auto* block = static_cast<char*>(BlockPool::AllocateZeroed(bytes / 10, 10));
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], 0);
    BlockPool::Free(block);
  }
  EXPECT_EQ(BlockPool::AllocateZeroed(SIZE_MAX / 2, 3), nullptr);
}

TEST(BlockPoolTest, ReallocatedBlocksKeepTheirBytes) {
  std::mt19937 random(1);
  auto* block = static_cast<char*>(BlockPool::Reallocate(nullptr, 1));
  block[0] = 'a';
  size_t filled = 1;
  for (int i = 0; i < 200; ++i) {
    const size_t bytes = 1 + random() % 3000;
    block = static_cast<char*>(BlockPool::Reallocate(block, bytes));
    ASSERT_NE(block, nullptr);
    filled = std::min(filled, bytes);
    for (size_t at = 0; at < filled; ++at) ASSERT_EQ(block[at], 'a');
    std::memset(block, 'a', bytes);
    filled = bytes;
  }
  BlockPool::Free(block);
}

TEST(BlockPoolTest, ManyBlocksMayBeFreedOnAnotherThread) {
  std::vector<void*> blocks;
  for (int i = 0; i < 2000; ++i) blocks.push_back(BlockPool::Allocate(100));
  std::thread([&] {
    for (void* block : blocks) BlockPool::Free(block);
  }).join();
}

struct Object final : PooledObject {
  ~Object() { ++*ended; }
  int* ended = nullptr;
  char large[300];
};

TEST(BlockPoolTest, ObjectsEndOnce) {
  int ended = 0;
  for (int i = 0; i < 3; ++i) {
    auto* object = new Object;
    object->ended = &ended;
    delete object;
  }
  EXPECT_EQ(ended, 3);
}

}  // namespace
}  // namespace gossamer
