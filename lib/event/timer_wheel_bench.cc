#include <memory>
#include <vector>

#include "benchmark/benchmark.h"
#include "lib/event/timer_wheel.h"

namespace gossamer::event {
namespace {

class Entry final : public TimerWheel::Entry {
 public:
  int fired = 0;

 private:
  void OnTimer() override { ++fired; }
};

// What a connection does with every request: its idle timer begins anew, among many that wait.
void TimerRearm(benchmark::State& state) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<Entry>> entries;
  for (int i = 0; i < state.range(0); ++i) {
    entries.push_back(std::make_unique<Entry>());
    wheel.Arm(entries.back().get(), 1 + i % 60'000);
  }
  int64_t expiry_ms = 10'000;
  size_t at = 0;
  for (auto _ : state) {
    wheel.Arm(entries[at].get(), expiry_ms);
    at = at + 1 == entries.size() ? 0 : at + 1;
    expiry_ms = expiry_ms == 70'000 ? 10'000 : expiry_ms + 1;
  }
}
BENCHMARK(TimerRearm)->Arg(10)->Arg(10'000);

// A millisecond passes; one timer is due in it.
void TimerAdvanceAndFire(benchmark::State& state) {
  TimerWheel wheel;
  Entry entry;
  int64_t now_ms = 0;
  for (auto _ : state) {
    wheel.Arm(&entry, now_ms + 1);
    wheel.Advance(++now_ms);
  }
  if (entry.fired != static_cast<int64_t>(state.iterations())) {
    state.SkipWithError("a timer did not fire");
  }
}
BENCHMARK(TimerAdvanceAndFire);

void TimerNextWakeup(benchmark::State& state) {
  TimerWheel wheel;
  Entry entry;
  wheel.Arm(&entry, 60'000);
  for (auto _ : state) benchmark::DoNotOptimize(wheel.NextWakeup());
}
BENCHMARK(TimerNextWakeup);

}  // namespace
}  // namespace gossamer::event
