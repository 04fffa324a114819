// What a request costs the proxy between two sockets, and how often it asks the allocator.

#include <string>

#include "benchmark/benchmark.h"
#include "lib/buffer/testing/allocation_count.h"
#include "proxy/http/testing/exchange_rig.h"

namespace gossamer::proxy {
namespace {

using testing::ExchangeRig;
using testing::Protocol;

constexpr int kWarmUps = 10;

// Times and allocations are of one request, with the client's and the server's part.
void Forward(benchmark::State& state, const ExchangeRig::Options& options) {
  ExchangeRig rig(options);
  for (int i = 0; i < kWarmUps; ++i) rig.RunOnce();
  const size_t served = rig.served();
  const uint64_t allocations = gossamer::testing::AllocationCount();
  size_t rounds = 0;
  while (state.KeepRunningBatch(options.concurrency)) {
    rig.RunOnce();
    ++rounds;
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(gossamer::testing::AllocationCount() - allocations),
                         benchmark::Counter::kAvgIterations);
  if (rig.served() - served != rounds * options.concurrency) {
    state.SkipWithError("not every request was served");
  }
}

const http::testing::CallShape kGet = {"", std::string(128, 'x')};
const http::testing::CallShape kGrpcCall = {std::string(1029, 'x'), std::string(1029, 'x'), true};

BENCHMARK_CAPTURE(Forward, Http1ToHttp1, {Protocol::kHttp1, Protocol::kHttp1, 1, kGet});
// The two proxies of a mesh, with HTTP/1 at both ends.
BENCHMARK_CAPTURE(Forward, Http1ToHttp2, {Protocol::kHttp1, Protocol::kHttp2, 32, kGet});
BENCHMARK_CAPTURE(Forward, Http2ToHttp1, {Protocol::kHttp2, Protocol::kHttp1, 32, kGet});
BENCHMARK_CAPTURE(Forward, Http2ToHttp2, {Protocol::kHttp2, Protocol::kHttp2, 16, kGet});
BENCHMARK_CAPTURE(Forward, Grpc1KiB, {Protocol::kHttp2, Protocol::kHttp2, 16, kGrpcCall});

}  // namespace
}  // namespace gossamer::proxy
