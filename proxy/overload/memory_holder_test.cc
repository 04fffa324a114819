#include "proxy/overload/memory_holder.h"

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

class Holder final : public MemoryHolder {
 public:
  explicit Holder(size_t held) : held_(held) {}
  size_t held_bytes() const override { return held_; }
  size_t Shed() override {
    shed = true;
    return held_;
  }
  bool shed = false;

 private:
  const size_t held_;
};

TEST(ShedLargestTest, EndsNoMoreThanIsNeeded) {
  Holder small(64 << 10), large(256 << 10), middle(128 << 10);
  EXPECT_EQ(ShedLargest({&small, &large, &middle}, 300 << 10), 2);
  EXPECT_TRUE(large.shed);
  EXPECT_TRUE(middle.shed);
  EXPECT_FALSE(small.shed);
}

TEST(ShedLargestTest, EndsAllWhereAllIsNotEnough) {
  Holder first(64 << 10), second(64 << 10);
  EXPECT_EQ(ShedLargest({&first, &second}, 1 << 30), 2);
}

TEST(ShedLargestTest, LeavesThoseAloneThatHoldNextToNothing) {
  Holder idle(0), quick(10'000);
  EXPECT_EQ(ShedLargest({&idle, &quick}, 1 << 30), 0);
  EXPECT_FALSE(idle.shed);
  EXPECT_FALSE(quick.shed);
  EXPECT_EQ(ShedLargest({}, 1), 0);
}

}  // namespace
}  // namespace gossamer::proxy
