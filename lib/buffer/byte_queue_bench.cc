#include <string>

#include "benchmark/benchmark.h"
#include "lib/buffer/byte_queue.h"
#include "lib/buffer/testing/allocation_count.h"

namespace gossamer {
namespace {

void CountAllocations(benchmark::State& state, uint64_t before) {
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(testing::AllocationCount() - before), benchmark::Counter::kAvgIterations);
}

// In at the end, out at the front.
void ByteQueueAppendConsume(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  ByteQueue queue;
  const auto pass = [&] {
    queue.Append(bytes);
    while (!queue.empty()) {
      const absl::string_view front = queue.Front();
      benchmark::DoNotOptimize(front.data());
      queue.Consume(front.size());
    }
  };
  pass();
  const uint64_t allocations = testing::AllocationCount();
  for (auto _ : state) pass();
  CountAllocations(state, allocations);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ByteQueueAppendConsume)->Arg(128)->Arg(16 << 10)->Arg(256 << 10);

// From one connection's queue to another's.
void ByteQueueMove(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  ByteQueue from;
  ByteQueue to;
  const auto pass = [&] {
    from.Append(bytes);
    to.MoveFrom(&from, bytes.size());
    to.Consume(bytes.size());
  };
  pass();
  const uint64_t allocations = testing::AllocationCount();
  for (auto _ : state) pass();
  CountAllocations(state, allocations);
}
BENCHMARK(ByteQueueMove)->Arg(128)->Arg(64 << 10);

}  // namespace
}  // namespace gossamer
