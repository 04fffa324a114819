#include "lib/buffer/thread_cache.h"

#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer {
namespace {

class CountingCache final : public ThreadCache {
 public:
  int releases = 0;

 private:
  void Release() override { ++releases; }
};

TEST(ThreadCacheTest, ReleasesThoseOfItsThreadAlone) {
  CountingCache mine;
  CountingCache mine_too;
  std::thread([] {
    CountingCache other;
    ThreadCache::ReleaseAll();
    EXPECT_EQ(other.releases, 1);
  }).join();
  EXPECT_EQ(mine.releases, 0);
  ThreadCache::ReleaseAll();
  EXPECT_EQ(mine.releases, 1);
  EXPECT_EQ(mine_too.releases, 1);
}

TEST(ThreadCacheTest, CachesMayEndInAnyOrder) {
  std::vector<std::unique_ptr<CountingCache>> caches;
  for (int i = 0; i < 3; ++i) caches.push_back(std::make_unique<CountingCache>());
  caches.erase(caches.begin() + 1);
  ThreadCache::ReleaseAll();
  for (const auto& cache : caches) EXPECT_EQ(cache->releases, 1);
  caches.erase(caches.begin());
  ThreadCache::ReleaseAll();
  EXPECT_EQ(caches.front()->releases, 2);
}

}  // namespace
}  // namespace gossamer
