#include "tests/support/process_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::harness {
namespace {

TEST(ProcessStateTest, CountsDescriptors) {
  const int before = OpenDescriptors(getpid());
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(OpenDescriptors(getpid()), before + 1);
  close(fd);
  EXPECT_EQ(OpenDescriptors(getpid()), before);
}

TEST(ProcessStateTest, SeesMemoryThatIsUsed) {
  constexpr size_t kBytes = 64 << 20;
  const int64_t before = ResidentBytes(getpid());
  std::vector<char> used(kBytes, 'x');
  EXPECT_GE(ResidentBytes(getpid()), before + static_cast<int64_t>(kBytes) / 2) << used[kBytes / 2];
}

TEST(ProcessStateTest, SeesProcessorTime) {
  const int64_t before = CpuTicks(getpid());
  ASSERT_GE(before, 0);
  volatile unsigned sink = 0;
  while (CpuTicks(getpid()) == before) {
    for (int i = 0; i < 1'000'000; ++i) sink = sink + 1;
  }
}

TEST(ProcessStateTest, KnowsNothingOfAProcessThatIsNot) {
  constexpr pid_t kNobody = 1 << 30;
  EXPECT_EQ(OpenDescriptors(kNobody), -1);
  EXPECT_EQ(ResidentBytes(kNobody), -1);
  EXPECT_EQ(CpuTicks(kNobody), -1);
}

}  // namespace
}  // namespace gossamer::harness
