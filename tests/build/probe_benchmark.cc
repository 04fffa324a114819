// Shows that benchmarks compile, link and run.

#include <benchmark/benchmark.h>

#include <string>

namespace {

void CopyString(benchmark::State& state) {
  const std::string text(1024, 'x');
  for (auto _ : state) {
    std::string copy = text;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(CopyString);

}  // namespace
