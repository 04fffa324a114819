#ifndef PROXY_HTTP_TESTING_EXCHANGE_RIG_H_
#define PROXY_HTTP_TESTING_EXCHANGE_RIG_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "lib/event/loop.h"
#include "lib/http/stream.h"
#include "lib/http/testing/fixed_calls.h"

namespace gossamer::proxy::testing {

enum class Protocol { kHttp1, kHttp2 };

// A client, the proxy's Exchange and a server with real HTTP connections between them and no
// kernel: what a request costs between two sockets, without routing and metrics. For benchmarks and
// for counting allocations.
class ExchangeRig {
 public:
  struct Options {
    Protocol client = Protocol::kHttp1;  // Between client and proxy.
    Protocol server = Protocol::kHttp1;  // Between proxy and server.
    int concurrency = 1;                 // Requests in flight: connections, or streams of one.
    http::testing::CallShape shape;
  };

  explicit ExchangeRig(Options options);
  ~ExchangeRig();

  // `concurrency` requests to their end.
  void RunOnce();
  // Requests that were served as they should be.
  size_t served() const;

 private:
  class Link;
  class RigExchange;
  class Proxy;

  const Options options_;
  const std::unique_ptr<event::Loop> loop_;
  http::testing::FixedServer answers_;
  std::vector<std::unique_ptr<http::testing::FixedClient>> calls_;
  std::vector<std::unique_ptr<Link>> upstreams_;  // From proxy to server.
  std::unique_ptr<Proxy> proxy_;
  std::vector<std::unique_ptr<Link>> downstreams_;  // From client to proxy.
};

}  // namespace gossamer::proxy::testing

#endif  // PROXY_HTTP_TESTING_EXCHANGE_RIG_H_
