#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "proxy/balance/fast_random.h"
#include "proxy/balance/p2c_picker.h"

namespace gossamer::proxy {
namespace {

// A request's whole cost to the balancer: pick, start, sample, end. A tenth of the endpoints is
// ready.
void PickAndFinish(benchmark::State& state) {
  FastRandom random(1);
  P2cPicker picker(PeakEwma::Options(), &random);
  int64_t now_ns = 0;
  for (int i = 0; i < state.range(0); ++i) picker.Add(/*ready=*/i % 10 == 0, now_ns);
  for (auto _ : state) {
    now_ns += 10'000;
    const P2cPicker::Handle handle = *picker.Pick(now_ns);
    picker.OnStart(handle);
    picker.OnSample(handle, 1'000'000 + random.Below(1'000'000), now_ns);
    picker.OnEnd(handle);
  }
}
BENCHMARK(PickAndFinish)->Arg(20)->Arg(1000)->Arg(10000);

void Pick(benchmark::State& state) {
  FastRandom random(1);
  P2cPicker picker(PeakEwma::Options(), &random);
  for (int i = 0; i < state.range(0); ++i) picker.Add(/*ready=*/true, 0);
  int64_t now_ns = 0;
  for (auto _ : state) benchmark::DoNotOptimize(picker.Pick(now_ns += 10'000));
}
BENCHMARK(Pick)->Arg(3)->Arg(10000);

}  // namespace
}  // namespace gossamer::proxy
