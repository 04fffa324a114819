// A request and its response through two HTTP/1 connections, with no kernel between them.

#include <memory>
#include <string>

#include "benchmark/benchmark.h"
#include "lib/buffer/testing/allocation_count.h"
#include "lib/event/loop.h"
#include "lib/http/http1/client_connection.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/testing/fixed_calls.h"
#include "lib/net/testing/memory_stream.h"

namespace gossamer::http1 {
namespace {

class Observer final : public ClientConnection::Observer {
 public:
  void OnClientIdle(ClientConnection*) override {}
  void OnClientClosed(ClientConnection*) override {}
};

void Exchanges(benchmark::State& state, const http::testing::CallShape& shape) {
  const std::unique_ptr<event::Loop> loop = *event::Loop::Create();
  Observer observer;
  http::testing::FixedServer answers(shape);
  http::testing::FixedClient call(shape);
  net::testing::MemoryStream::Pair pair = net::testing::MemoryStream::Connect(loop.get());
  ServerConnection server(loop.get(), std::move(pair.server), {}, &answers);
  ClientConnection client(loop.get(), std::move(pair.client), {}, &observer);
  server.Start("");
  client.Start();
  const auto exchange = [&] {
    call.Begin(client.StartRequest(call.request(), &call));
    while (!call.done() || !client.idle()) loop->RunOnce(absl::ZeroDuration());
  };
  for (int warm_up = 0; warm_up < 10; ++warm_up) exchange();
  const uint64_t allocations = testing::AllocationCount();
  const size_t served = call.served();
  for (auto _ : state) exchange();
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(testing::AllocationCount() - allocations),
                         benchmark::Counter::kAvgIterations);
  if (call.served() - served != static_cast<size_t>(state.iterations())) {
    state.SkipWithError("not every call was served");
  }
}
BENCHMARK_CAPTURE(Exchanges, Http1Get128, {"", std::string(128, 'x')});
BENCHMARK_CAPTURE(Exchanges, Http1Post1KiB, {std::string(1024, 'x'), std::string(1024, 'x')});

}  // namespace
}  // namespace gossamer::http1
