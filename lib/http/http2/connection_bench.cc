// Requests and their responses through two HTTP/2 connections, with no kernel between them: frames,
// header compression, flow control, streams.

#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "lib/buffer/testing/allocation_count.h"
#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "lib/http/testing/fixed_calls.h"
#include "lib/net/testing/memory_stream.h"

namespace gossamer::http2 {
namespace {

using http::testing::FixedClient;

class Observer final : public ClientConnection::Observer {
 public:
  void OnClientDraining(ClientConnection*) override {}
  void OnClientClosed(ClientConnection*) override {}
};

// `streams` at once; times and allocations are of one request.
void Exchanges(benchmark::State& state, const http::testing::CallShape& shape, int streams) {
  const std::unique_ptr<event::Loop> loop = *event::Loop::Create();
  Observer observer;
  http::testing::FixedServer answers(shape);
  std::vector<std::unique_ptr<FixedClient>> calls;
  calls.reserve(static_cast<size_t>(streams));
  for (int i = 0; i < streams; ++i) calls.push_back(std::make_unique<FixedClient>(shape));
  net::testing::MemoryStream::Pair pair = net::testing::MemoryStream::Connect(loop.get());
  const auto server = *ServerConnection::Create(loop.get(), std::move(pair.server), {}, &answers);
  const auto client = *ClientConnection::Create(loop.get(), std::move(pair.client), {}, &observer);
  server->Start("");
  const auto exchange = [&] {
    for (auto& call : calls) call->Begin(client->StartRequest(call->request(), call.get()));
    while (client->active_streams() > 0) loop->RunOnce(absl::ZeroDuration());
  };
  for (int warm_up = 0; warm_up < 10; ++warm_up) exchange();
  const uint64_t allocations = testing::AllocationCount();
  const size_t served = calls[0]->served();
  size_t rounds = 0;
  while (state.KeepRunningBatch(streams)) {
    exchange();
    ++rounds;
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(testing::AllocationCount() - allocations),
                         benchmark::Counter::kAvgIterations);
  if (calls[0]->served() - served != rounds) state.SkipWithError("not every call was served");
}
BENCHMARK_CAPTURE(Exchanges, Http2Get128, {"", std::string(128, 'x')}, 1);
BENCHMARK_CAPTURE(Exchanges, Http2Get128By16, {"", std::string(128, 'x')}, 16);
BENCHMARK_CAPTURE(Exchanges, GrpcUnary1KiBBy16,
                  {std::string(1029, 'x'), std::string(1029, 'x'), true}, 16);

}  // namespace
}  // namespace gossamer::http2
