#include "lib/buffer/testing/allocation_count.h"

#include <cstdlib>
#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::testing {
namespace {

// So that the compiler cannot know that the memory is not used.
void* volatile keep;

TEST(AllocationCountTest, CountsWhoeverAllocates) {
  const uint64_t before = AllocationCount();
  keep = malloc(10);
  free(keep);
  EXPECT_EQ(AllocationCount(), before + 1);
  const auto object = std::make_unique<int>(7);
  keep = object.get();
  EXPECT_EQ(AllocationCount(), before + 2);
  keep = calloc(2, 10);
  void* const grown = realloc(keep, 1000);
  keep = grown;
  free(keep);
  EXPECT_EQ(AllocationCount(), before + 4);
}

TEST(AllocationCountTest, CountsNothingWhereNothingIsAllocated) {
  std::vector<int> numbers;
  numbers.reserve(100);
  const uint64_t before = AllocationCount();
  for (int i = 0; i < 100; ++i) numbers.push_back(i);
  EXPECT_EQ(AllocationCount(), before);
}

}  // namespace
}  // namespace gossamer::testing
