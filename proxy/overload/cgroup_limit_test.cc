#include "proxy/overload/cgroup_limit.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

class CgroupLimitTest : public testing::Test {
 protected:
  CgroupLimitTest() { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  std::optional<uint64_t> Limit(const std::string& groups) {
    return CgroupMemoryLimit(groups, root_.string());
  }

  const std::filesystem::path root_ = std::filesystem::path(testing::TempDir()) / "cgroup";
};

TEST_F(CgroupLimitTest, ReadsTheGroupsOwnLimit) {
  Write("kubepods/pod/proxy/memory.max", "262144000");
  EXPECT_EQ(Limit("0::/kubepods/pod/proxy\n"), 262144000u);
}

TEST_F(CgroupLimitTest, AGroupAroundItMayAllowLess) {
  Write("kubepods/pod/proxy/memory.max", "262144000");
  Write("kubepods/pod/memory.max", "100000000");
  Write("kubepods/memory.max", "max");
  EXPECT_EQ(Limit("0::/kubepods/pod/proxy\n"), 100000000u);
}

TEST_F(CgroupLimitTest, InAContainerTheRootIsItsOwn) {
  Write("memory.max", "262144000");
  EXPECT_EQ(Limit("0::/\n"), 262144000u);
  EXPECT_EQ(Limit("0::/host/path/of/it\n"), 262144000u);
}

TEST_F(CgroupLimitTest, ReadsVersion1) {
  Write("memory/docker/it/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(Limit("4:memory:/docker/it\n0::/\n"), std::nullopt);
  Write("memory/docker/it/memory.limit_in_bytes", "64000000");
  EXPECT_EQ(Limit("9:name=systemd:/\n4:cpu,memory:/docker/it\n0::/\n"), 64000000u);
  EXPECT_EQ(Limit("4:memory_of_another_kind:/docker/it\n"), std::nullopt);
}

TEST_F(CgroupLimitTest, WithoutALimitThereIsNone) {
  Write("user.slice/memory.max", "max");
  EXPECT_EQ(Limit("0::/user.slice\n"), std::nullopt);
  EXPECT_EQ(Limit("0::/elsewhere\n"), std::nullopt);
}

TEST_F(CgroupLimitTest, OtherTextIsNoLimit) {
  Write("a/memory.max", "much");
  Write("b/memory.max", "-5");
  for (const char* groups : {"", "0", "0::", "::", "0::a", "x:y", "0::/a", "0::/b", "0:memory:"}) {
    EXPECT_EQ(Limit(groups), std::nullopt) << groups;
  }
}

}  // namespace
}  // namespace gossamer::proxy
