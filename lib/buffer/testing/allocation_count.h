#ifndef LIB_BUFFER_TESTING_ALLOCATION_COUNT_H_
#define LIB_BUFFER_TESTING_ALLOCATION_COUNT_H_

#include <cstdint>

namespace gossamer::testing {

// How often this process has asked its allocator for memory so far: malloc, calloc, realloc, the
// aligned ones, and operator new through them. Freeing does not count. Any thread.
uint64_t AllocationCount();

}  // namespace gossamer::testing

#endif  // LIB_BUFFER_TESTING_ALLOCATION_COUNT_H_
