// TLS between two streams over a socket pair of the kernel: TCP on loopback.

#include <memory>
#include <string>
#include <utility>

#include "benchmark/benchmark.h"
#include "lib/buffer/testing/allocation_count.h"
#include "lib/event/loop.h"
#include "lib/net/testing/loopback.h"
#include "lib/tls/context.h"
#include "lib/tls/tls_stream.h"
#include "lib/x509/testing/test_pki.h"

namespace gossamer::tls {
namespace {

// Contexts of two parties that trust each other, as in the mesh.
class Parties {
 public:
  Parties()
      : server_leaf_(ca_.Issue("server.test")),
        client_leaf_(ca_.Issue("client.test")),
        server(*Context::Create(Options(Role::kServer, server_leaf_, x509::PeerRole::kClient))),
        client(*Context::Create(Options(Role::kClient, client_leaf_, x509::PeerRole::kServer))) {}

 private:
  ContextOptions Options(Role role, const x509::testing::TestLeaf& own, x509::PeerRole peer) {
    ContextOptions options;
    options.role = role;
    options.chain = {std::string(own.certificate.der())};
    options.key = own.key.get();
    options.verify = [anchors = std::make_shared<x509::TrustAnchors>(ca_.Anchors()), peer](
                         absl::Span<const absl::string_view> chain,
                         absl::string_view) -> absl::StatusOr<std::string> {
      auto verified = anchors->VerifyChain(chain, peer, x509::testing::TestNow());
      if (!verified.ok()) return verified.status();
      return std::string(verified->leaf.FirstId()->value());
    };
    return options;
  }

  x509::testing::TestCa ca_;
  const x509::testing::TestLeaf server_leaf_;
  const x509::testing::TestLeaf client_leaf_;

 public:
  const std::shared_ptr<const Context> server;
  const std::shared_ptr<const Context> client;
};

struct Connection {
  std::unique_ptr<TlsStream> client;
  std::unique_ptr<TlsStream> server;
};

// Null streams where the handshake failed.
Connection Connect(event::Loop* loop, const Parties& parties) {
  int done = 0;
  bool ok = true;
  const auto on_done = [&](absl::Status status) {
    ok = ok && status.ok();
    ++done;
  };
  net::testing::StreamPair pair = net::testing::TcpStreamPair(loop);
  Connection connection;
  connection.client = *TlsStream::Create(loop, std::move(pair.client), parties.client,
                                         {"server.test", "server.test"}, on_done);
  connection.server = *TlsStream::Create(loop, std::move(pair.server), parties.server, {}, on_done);
  while (done < 2) loop->RunOnce(absl::Seconds(1));
  if (!ok) return {};
  return connection;
}

// Until `size` bytes are read. False where the stream has failed.
bool ReadAll(event::Loop* loop, TlsStream* stream, size_t size, std::string* buffer) {
  while (size > 0) {
    const net::IoResult result = stream->Read(buffer->data(), std::min(size, buffer->size()));
    if (result.status == net::IoStatus::kBlocked) {
      loop->RunOnce(absl::ZeroDuration());
    } else if (result.status != net::IoStatus::kOk) {
      return false;
    }
    size -= result.bytes;
  }
  return true;
}

void CountAllocations(benchmark::State& state, uint64_t before) {
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(testing::AllocationCount() - before), benchmark::Counter::kAvgIterations);
}

// Encrypts, sends, receives and decrypts one message in one direction.
void TlsBulk(benchmark::State& state) {
  const std::unique_ptr<event::Loop> loop = *event::Loop::Create();
  const Parties parties;
  const Connection connection = Connect(loop.get(), parties);
  const std::string message(static_cast<size_t>(state.range(0)), 'x');
  std::string buffer(64 * 1024, '\0');
  if (connection.client == nullptr) return state.SkipWithError("handshake");
  const auto pass = [&] {
    return connection.client->Write(message).status == net::IoStatus::kOk &&
           ReadAll(loop.get(), connection.server.get(), message.size(), &buffer);
  };
  bool ok = pass();
  const uint64_t allocations = testing::AllocationCount();
  for (auto _ : state) ok = ok && pass();
  CountAllocations(state, allocations);
  state.SetBytesProcessed(state.iterations() * state.range(0));
  if (!ok) state.SkipWithError("the stream failed");
}
BENCHMARK(TlsBulk)->Arg(1024)->Arg(16 * 1024)->Arg(64 * 1024);

// There and back again: two messages of this size.
void TlsPingPong(benchmark::State& state) {
  const std::unique_ptr<event::Loop> loop = *event::Loop::Create();
  const Parties parties;
  const Connection connection = Connect(loop.get(), parties);
  const std::string message(static_cast<size_t>(state.range(0)), 'x');
  std::string buffer(64 * 1024, '\0');
  if (connection.client == nullptr) return state.SkipWithError("handshake");
  const auto pass = [&] {
    for (auto [from, to] : {std::pair(connection.client.get(), connection.server.get()),
                            std::pair(connection.server.get(), connection.client.get())}) {
      if (from->Write(message).status != net::IoStatus::kOk) return false;
      if (!ReadAll(loop.get(), to, message.size(), &buffer)) return false;
    }
    return true;
  };
  bool ok = pass();
  const uint64_t allocations = testing::AllocationCount();
  for (auto _ : state) ok = ok && pass();
  CountAllocations(state, allocations);
  if (!ok) state.SkipWithError("the stream failed");
}
BENCHMARK(TlsPingPong)->Arg(128);

// Both sides of a handshake with certificates both ways, TCP connection included.
void TlsHandshake(benchmark::State& state) {
  const std::unique_ptr<event::Loop> loop = *event::Loop::Create();
  const Parties parties;
  bool ok = true;
  const uint64_t allocations = testing::AllocationCount();
  for (auto _ : state) ok = Connect(loop.get(), parties).client != nullptr && ok;
  CountAllocations(state, allocations);
  if (!ok) state.SkipWithError("handshake");
}
BENCHMARK(TlsHandshake);

}  // namespace
}  // namespace gossamer::tls
