#ifndef LIB_BUFFER_BLOCK_POOL_H_
#define LIB_BUFFER_BLOCK_POOL_H_

#include <cstddef>

namespace gossamer {

// A thread's spare blocks of memory, by size: for what comes and goes with every request, and is
// more at a time than the system's allocator keeps at hand. Each size keeps a bounded number;
// what exceeds it, and what is large, is the system's. A block may be freed on another thread,
// whose spare it then becomes.
//
// Where a sanitizer watches memory, every block is the system's.
class BlockPool {
 public:
  // Larger blocks are the system's.
  static constexpr size_t kMaxPooledBytes = 1024;

  // As malloc(), calloc(), realloc() and free() do. Only for each other.
  static void* Allocate(size_t bytes);
  static void* AllocateZeroed(size_t count, size_t bytes);
  static void* Reallocate(void* block, size_t bytes);
  static void Free(void* block);
};

// Takes the memory of objects of T and of what derives from it from the pool. Inherit it first.
class PooledObject {
 public:
  // Ends the program where there is no memory, as operator new does without exceptions.
  static void* operator new(size_t bytes);
  static void operator delete(void* object) { BlockPool::Free(object); }

 protected:
  ~PooledObject() = default;
};

}  // namespace gossamer

#endif  // LIB_BUFFER_BLOCK_POOL_H_
