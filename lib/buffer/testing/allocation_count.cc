#include "lib/buffer/testing/allocation_count.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<uint64_t> allocations{0};

void CountOne() { allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

// The linker sends calls of NAME to __wrap_NAME and calls of __real_NAME to NAME (--wrap).
extern "C" {

void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* old, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void** out, size_t alignment, size_t size);

void* __wrap_malloc(size_t size) {
  CountOne();
  return __real_malloc(size);
}

void* __wrap_calloc(size_t count, size_t size) {
  CountOne();
  return __real_calloc(count, size);
}

void* __wrap_realloc(void* old, size_t size) {
  CountOne();
  return __real_realloc(old, size);
}

void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  CountOne();
  return __real_aligned_alloc(alignment, size);
}

int __wrap_posix_memalign(void** out, size_t alignment, size_t size) {
  CountOne();
  return __real_posix_memalign(out, alignment, size);
}

}  // extern "C"

// A test's operator new is libstdc++'s, out of the linker's reach.
void* operator new(size_t size) {
  void* memory = malloc(size);
  if (memory == nullptr) abort();
  return memory;
}
void* operator new(size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<size_t>(alignment), size) != 0) abort();
  return memory;
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { free(memory); }

namespace gossamer::testing {

uint64_t AllocationCount() { return allocations.load(std::memory_order_relaxed); }

}  // namespace gossamer::testing
