#include "lib/event/quiet_watch.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "lib/net/socket.h"

namespace gossamer::event {
namespace {

// A descriptor that becomes readable when the test says.
class Bell final : public IoHandler {
 public:
  explicit Bell(Loop* loop) : fd_(eventfd(0, EFD_NONBLOCK)) {
    EXPECT_TRUE(watch_.Start(loop, fd_.get(), this).ok());
  }
  void Ring() {
    const uint64_t one = 1;
    ASSERT_EQ(write(fd_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  }
  int heard = 0;

 private:
  void OnIo(IoEvents) override { ++heard; }

  net::UniqueFd fd_;
  IoWatch watch_;
};

class QuietWatchTest : public testing::Test {
 protected:
  static constexpr absl::Duration kTime = absl::Milliseconds(20);

  // Until the watch has spoken as often as that.
  void RunUntilQuiet(int times) {
    while (quiet_ < times) loop_->RunOnce(absl::Milliseconds(1));
  }

  std::unique_ptr<Loop> loop_ = *Loop::Create();
  int quiet_ = 0;
  QuietWatch watch_{loop_.get(), kTime, [this] { ++quiet_; }};
};

TEST_F(QuietWatchTest, SpeaksOnceAfterEachBurst) {
  Bell bell(loop_.get());
  RunUntilQuiet(1);  // The watch's own start is an event.
  for (int burst = 2; burst < 4; ++burst) {
    bell.Ring();
    RunUntilQuiet(burst);
    const int heard = bell.heard;
    for (int i = 0; i < 100; ++i) loop_->RunOnce(absl::Milliseconds(1));
    EXPECT_EQ(quiet_, burst);
    EXPECT_EQ(bell.heard, heard);
  }
}

TEST_F(QuietWatchTest, IsSilentWhileThereIsActivity) {
  Bell bell(loop_.get());
  RunUntilQuiet(1);
  const absl::Time end = absl::Now() + 10 * kTime;
  int64_t longest_pause_ns = 0;
  int64_t last_ns = loop_->UpdateNow();
  while (absl::Now() < end) {
    bell.Ring();
    loop_->RunOnce(absl::Milliseconds(1));
    const int64_t now_ns = loop_->UpdateNow();
    longest_pause_ns = std::max(longest_pause_ns, now_ns - last_ns);
    last_ns = now_ns;
  }
  // Where the machine has let the test wait, quiet is what it was.
  if (absl::Nanoseconds(longest_pause_ns) < kTime / 2) EXPECT_EQ(quiet_, 1);
  RunUntilQuiet(2);
}

}  // namespace
}  // namespace gossamer::event
