#include <fcntl.h>

#include "benchmark/benchmark.h"
#include "lib/log/log.h"

namespace gossamer::log {
namespace {

void LineThatIsOff(benchmark::State& state) {
  (void)SetFilter("warn");
  int n = 0;
  for (auto _ : state) {
    GOSSAMER_LOG(kDebug, "bench", "off", {"n", n});
    benchmark::DoNotOptimize(++n);
  }
}
BENCHMARK(LineThatIsOff);

void WriteToNull(benchmark::State& state, Format format) {
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Init({.format = format, .fd = fd});
  (void)SetFilter("info");
  for (auto _ : state) GOSSAMER_LOG(kInfo, "bench", "on", {"n", 1}, {"path", "/a b"});
}
void PlainLine(benchmark::State& state) { WriteToNull(state, Format::kPlain); }
void JsonLine(benchmark::State& state) { WriteToNull(state, Format::kJson); }
BENCHMARK(PlainLine);
BENCHMARK(JsonLine);

}  // namespace
}  // namespace gossamer::log
