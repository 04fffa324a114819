#include <fcntl.h>

#include "benchmark/benchmark.h"
#include "lib/log/log.h"

namespace gossamer::log {
namespace {

void BM_LineThatIsOff(benchmark::State& state) {
  (void)SetFilter("warn");
  int n = 0;
  for (auto _ : state) {
    GOSSAMER_LOG(kDebug, "bench", "off", {"n", n});
    benchmark::DoNotOptimize(++n);
  }
}
BENCHMARK(BM_LineThatIsOff);

void WriteToNull(benchmark::State& state, Format format) {
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Init({.format = format, .fd = fd});
  (void)SetFilter("info");
  for (auto _ : state) GOSSAMER_LOG(kInfo, "bench", "on", {"n", 1}, {"path", "/a b"});
}
void BM_PlainLine(benchmark::State& state) { WriteToNull(state, Format::kPlain); }
void BM_JsonLine(benchmark::State& state) { WriteToNull(state, Format::kJson); }
BENCHMARK(BM_PlainLine);
BENCHMARK(BM_JsonLine);

}  // namespace
}  // namespace gossamer::log

BENCHMARK_MAIN();
