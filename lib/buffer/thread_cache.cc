#include "lib/buffer/thread_cache.h"

namespace gossamer {
namespace {

thread_local ThreadCache* first_of_thread = nullptr;

}  // namespace

ThreadCache::ThreadCache() : next_(first_of_thread) { first_of_thread = this; }

ThreadCache::~ThreadCache() {
  ThreadCache** link = &first_of_thread;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
}

void ThreadCache::ReleaseAll() {
  for (ThreadCache* cache = first_of_thread; cache != nullptr; cache = cache->next_) {
    cache->Release();
  }
}

}  // namespace gossamer
