#include "lib/event/timer_wheel.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::event {
namespace {

class TestTimer final : public TimerWheel::Entry {
 public:
  std::function<void()> on_timer;

 private:
  void OnTimer() override { on_timer(); }
};

// Drives wheels as a loop does: sleeps until the wheel's own next wake-up.
int64_t RunToWakeup(TimerWheel* wheel) {
  const int64_t wakeup = wheel->NextWakeup();
  wheel->Advance(wakeup);
  return wakeup;
}

TEST(TimerWheelTest, HasNoWakeupWithoutTimers) {
  TimerWheel wheel;
  EXPECT_EQ(wheel.NextWakeup(), TimerWheel::kNever);
}

TEST(TimerWheelTest, FiresAtEveryDistanceExactlyWhenDue) {
  for (const int64_t start : {int64_t{0}, int64_t{63}, int64_t{4095}, int64_t{1'234'567'891}}) {
    for (const int64_t delay :
         {1, 2, 62, 63, 64, 65, 4095, 4096, 4097, 262'143, 262'144, 20'000'000}) {
      TimerWheel wheel;
      wheel.Start(start);
      TestTimer timer;
      int64_t now = start, fired_at = -1;
      timer.on_timer = [&] { fired_at = now; };
      wheel.Arm(&timer, start + delay);
      int wakeups = 0;
      while (fired_at < 0) {
        now = wheel.NextWakeup();
        ASSERT_LE(now, start + delay);
        wheel.Advance(now);
        ASSERT_LT(++wakeups, 10) << "wakes too often";
      }
      EXPECT_EQ(fired_at, start + delay) << start;
    }
  }
}

TEST(TimerWheelTest, APastExpiryFiresInTheNextTick) {
  TimerWheel wheel;
  wheel.Start(1000);
  TestTimer timer;
  bool fired = false;
  timer.on_timer = [&] { fired = true; };
  wheel.Arm(&timer, 5);
  wheel.Advance(1001);
  EXPECT_TRUE(fired);
}

TEST(TimerWheelTest, CutsDelaysBeyondItsSpan) {
  TimerWheel wheel;
  wheel.Start(77);
  TestTimer timer;
  timer.on_timer = [] {};
  wheel.Arm(&timer, TimerWheel::kNever - 1);
  EXPECT_TRUE(timer.armed());
  while (timer.armed()) RunToWakeup(&wheel);
}

TEST(TimerWheelTest, ACallbackMayRearmItselfAndDestroyOthers) {
  TimerWheel wheel;
  TestTimer repeating;
  auto victim = std::make_unique<TestTimer>();
  victim->on_timer = [] { FAIL(); };
  int runs = 0;
  repeating.on_timer = [&] {
    victim.reset();
    if (++runs < 3) wheel.Arm(&repeating, 10 + 64 * runs);
  };
  wheel.Arm(&repeating, 10);
  wheel.Arm(victim.get(), 10);
  wheel.Advance(1000);
  EXPECT_EQ(runs, 3);
}

// Against the plain reference: a sorted list of what should fire when.
TEST(TimerWheelTest, AgreesWithAPlainReferenceOnRandomSchedules) {
  std::mt19937_64 random(20261123);
  TimerWheel wheel;
  int64_t now = 5'000;
  wheel.Start(now);
  constexpr int kTimers = 200;
  std::vector<TestTimer> timers(kTimers);
  std::vector<int64_t> due(kTimers, -1);
  for (int i = 0; i < kTimers; ++i) {
    timers[i].on_timer = [&, i] {
      EXPECT_NE(due[i], -1) << "fired though not armed";
      EXPECT_LE(due[i], now);
      due[i] = -1;
    };
  }
  for (int step = 0; step < 20'000; ++step) {
    const int i = static_cast<int>(random() % kTimers);
    if (random() % 4 == 0) {
      wheel.Cancel(&timers[i]);
      due[i] = -1;
    } else {
      const int64_t delay = 1 + static_cast<int64_t>(random() % (int64_t{1} << random() % 24));
      wheel.Arm(&timers[i], now + delay);
      due[i] = now + delay;
    }
    now += static_cast<int64_t>(random() % (int64_t{1} << random() % 12));
    wheel.Advance(now);
    for (int j = 0; j < kTimers; ++j) ASSERT_TRUE(due[j] == -1 || due[j] > now) << "missed " << j;
    const auto next = std::min_element(due.begin(), due.end(), [](int64_t a, int64_t b) {
      return static_cast<uint64_t>(a) < static_cast<uint64_t>(b);  // -1 counts as infinite.
    });
    if (*next != -1) ASSERT_LE(wheel.NextWakeup(), *next);
  }
}

}  // namespace
}  // namespace gossamer::event
