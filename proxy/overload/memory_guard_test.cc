#include "proxy/overload/memory_guard.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "lib/net/socket.h"

namespace gossamer::proxy {
namespace {

class MemoryGuardTest : public testing::Test, private MemoryGuard::Owner, private event::IoHandler {
 protected:
  static constexpr uint64_t kLimit = 64 << 20;

  MemoryGuardTest() : bell_(eventfd(0, EFD_NONBLOCK)) {
    EXPECT_TRUE(watch_.Start(loop_.get(), bell_.get(), this).ok());
  }

  void Ring() {
    const uint64_t one = 1;
    ASSERT_EQ(write(bell_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  }
  // Until the guard has looked as often as that since.
  void RunUntilLooked(int times) {
    for (const int until = looks_ + times; looks_ < until;) {
      loop_->RunOnce(absl::Milliseconds(1));
    }
  }
  void RunFor(absl::Duration time) {
    for (const absl::Time end = absl::Now() + time; absl::Now() < end;) {
      loop_->RunOnce(absl::Milliseconds(1));
    }
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  uint64_t used_ = 0;
  uint64_t untidy_ = 0;  // Of it.
  int looks_ = 0;
  std::vector<std::string> events_;

 private:
  uint64_t BytesInUse() override {
    ++looks_;
    return used_;
  }
  void TidyUp() override { used_ -= std::exchange(untidy_, 0); }
  void OnShortOfMemory(bool is_short) override { events_.push_back(is_short ? "short" : "enough"); }
  void Relieve(uint64_t bytes) override { events_.push_back(absl::StrCat("relieve ", bytes)); }
  void OnIo(event::IoEvents) override {}

  net::UniqueFd bell_;
  event::IoWatch watch_;
  MemoryGuard guard_{loop_.get(), kLimit, this};
};

TEST_F(MemoryGuardTest, BelowTheLimitNothingHappens) {
  used_ = kLimit;
  Ring();
  RunUntilLooked(1);
  EXPECT_TRUE(events_.empty());
}

TEST_F(MemoryGuardTest, AQuietLoopSleeps) {
  Ring();
  RunUntilLooked(1);
  const int looks = looks_;
  RunFor(absl::Milliseconds(300));
  EXPECT_EQ(looks_, looks);
  Ring();
  RunUntilLooked(1);
}

TEST_F(MemoryGuardTest, WhatIsOnlyKeptAtHandIsGivenBackFirst) {
  used_ = 2 * kLimit;
  untidy_ = kLimit + 1;
  Ring();
  RunUntilLooked(2);
  EXPECT_EQ(used_, kLimit - 1);
  EXPECT_TRUE(events_.empty());
}

TEST_F(MemoryGuardTest, AsksForReliefUntilThereIsEnough) {
  used_ = kLimit + 1000;
  Ring();
  while (events_.size() < 3) loop_->RunOnce(absl::Milliseconds(1));
  const std::string relieve = absl::StrCat("relieve ", 1000 + kLimit / 16);
  EXPECT_EQ(events_, (std::vector<std::string>{"short", relieve, relieve}));
  events_.clear();
  used_ = kLimit / 2;  // Though nothing else happens on the loop.
  while (events_.empty()) loop_->RunOnce(absl::Milliseconds(1));
  EXPECT_EQ(events_, std::vector<std::string>{"enough"});
}

TEST_F(MemoryGuardTest, LooksOftenerTheLessIsLeft) {
  // The shortest time from one look to the next, of a few, while the loop is busy.
  const auto shortest_interval = [this] {
    int64_t shortest_ns = absl::ToInt64Nanoseconds(absl::Hours(1));
    int64_t last_ns = 0;
    for (int i = 0; i < 6; ++i) {
      for (const int before = looks_; looks_ == before;) {
        Ring();
        loop_->RunOnce(absl::Milliseconds(1));
      }
      // The first look set the interval.
      if (i > 1) shortest_ns = std::min(shortest_ns, loop_->now_ns() - last_ns);
      last_ns = loop_->now_ns();
    }
    return absl::Nanoseconds(shortest_ns);
  };
  used_ = 0;
  EXPECT_GE(shortest_interval(), absl::Milliseconds(60));  // 64 MiB, a GiB a second.
  used_ = kLimit - 1;
  EXPECT_LT(shortest_interval(), absl::Milliseconds(30));
}

}  // namespace
}  // namespace gossamer::proxy
