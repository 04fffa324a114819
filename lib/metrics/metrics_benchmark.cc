#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "lib/metrics/label_text.h"
#include "lib/metrics/scope_map.h"
#include "lib/metrics/scopes.h"

namespace gossamer::metrics {
namespace {

struct Milliseconds {
  static constexpr std::array<double, 10> kBounds = {1, 2, 3, 4, 5, 10, 20, 30, 40, 50};
};

void CounterAdd(benchmark::State& state) {
  Counter counter;
  benchmark::DoNotOptimize(&counter);
  for (auto _ : state) {
    counter.Add();
    benchmark::ClobberMemory();
  }
  benchmark::DoNotOptimize(counter.value());
}
BENCHMARK(CounterAdd);

void HistogramObserve(benchmark::State& state) {
  Histogram<Milliseconds> histogram;
  double value = 0;
  for (auto _ : state) {
    histogram.Observe(value);
    value = value > 60 ? 0 : value + 1.5;
  }
  benchmark::DoNotOptimize(histogram.sum());
}
BENCHMARK(HistogramObserve);

std::string Labels(int i) {
  return LabelText()
      .Add("direction", "outbound")
      .Add("target_addr", absl::StrCat("10.0.", i / 256, ".", i % 256, ":8080"))
      .Add("tls", "true")
      .Add("server_id", "web.demo.serviceaccount.identity.linkerd.cluster.local")
      .Take();
}

void ResolveLabels(benchmark::State& state) {
  ScopeMap<CounterScope> map({});
  for (auto _ : state) benchmark::DoNotOptimize(map.Get(Labels(7)).get());
}
BENCHMARK(ResolveLabels);

void Expose10kSeries(benchmark::State& state) {
  ScopeMap<CounterScope> map({.overflow_labels = "", .scopes_max = 10000});
  for (int i = 0; i < 10000; ++i) map.Get(Labels(i))->cell.Add(i);
  const std::vector<Family<CounterScope>> families = {
      {{"x_total", Type::kCounter, "", "X", ""}, CounterScope::Write}};
  size_t bytes = 0;
  const auto sink = [&](absl::string_view piece) { bytes += piece.size(); };
  for (auto _ : state) {
    TextWriter writer(Dialect::kPlain, sink);
    FamilyWriter<CounterScope>::Write(families, {&map}, &writer);
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(Expose10kSeries);

}  // namespace
}  // namespace gossamer::metrics
