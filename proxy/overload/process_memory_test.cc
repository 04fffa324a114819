#include "proxy/overload/process_memory.h"

#include <sys/mman.h>

#include <cstring>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

TEST(ParseStatmTest, ReadsPages) {
  const auto memory = ParseStatm("100 20 5 1 0 10 0\n", 4096);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->virtual_bytes, 100u * 4096);
  EXPECT_EQ(memory->resident_bytes, 20u * 4096);
  EXPECT_EQ(memory->anonymous_bytes, 15u * 4096);
}

TEST(ParseStatmTest, TakesNothingFromOtherText) {
  for (const char* text : {"", " ", "x y z", "1", "1 2", "1 2 x", "-1 2 3", "1  2 3"}) {
    EXPECT_FALSE(ParseStatm(text, 4096).has_value()) << text;
  }
}

TEST(ParseStatmTest, OfFilesCannotBeMoreThanAll) {
  EXPECT_EQ(ParseStatm("100 20 21 1 0 10 0", 4096)->anonymous_bytes, 0u);
}

TEST(ProcessMemoryReaderTest, SeesWhatTheProcessTakesAndGivesBack) {
  constexpr size_t kBytes = 64 << 20;
  const ProcessMemoryReader reader;
  ASSERT_TRUE(reader.Read().has_value());
  const uint64_t before = reader.Read()->anonymous_bytes;
  void* const block =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  std::memset(block, 1, kBytes);
  // The kernel keeps count by the batch of pages a core.
  constexpr size_t kRough = 4 << 20;
  EXPECT_GE(reader.Read()->anonymous_bytes + kRough, before + kBytes);
  ASSERT_EQ(munmap(block, kBytes), 0);
  EXPECT_LT(reader.Read()->anonymous_bytes, before + kBytes / 2);
}

}  // namespace
}  // namespace gossamer::proxy
