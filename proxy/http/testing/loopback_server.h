#ifndef PROXY_HTTP_TESTING_LOOPBACK_SERVER_H_
#define PROXY_HTTP_TESTING_LOOPBACK_SERVER_H_

#include <functional>
#include <memory>
#include <vector>

#include "lib/event/loop.h"
#include "lib/http/stream.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/ip.h"
#include "lib/net/socket.h"
#include "lib/tls/context.h"
#include "proxy/transport/acceptor.h"

namespace gossamer::proxy::testing {

// An HTTP server on a free port of loopback, on the test's own loop: real sockets, and the
// project's own connections on the answering side.
class LoopbackServer {
 public:
  struct Options {
    bool http2 = false;
    std::shared_ptr<const tls::Context> tls;  // Null: plaintext.
  };

  // `loop` outlives the server.
  LoopbackServer(event::Loop* loop, Options options);
  ~LoopbackServer();

  const net::SocketAddress& address() const { return address_; }
  // Connections since the start, and those that are open.
  int accepted() const { return static_cast<int>(connections_.size()); }
  int open() const;
  // All requests since the start, in the order of their arrival. They live as long as the server.
  const std::vector<http::testing::RequestRecorder*>& requests() const { return requests_; }
  // Which connection a request came over, in the order in which they were accepted.
  int ConnectionOf(int request) const { return connection_of_[request]; }

  // What is done with a request when it comes; at first it is answered 200 "ok".
  void OnRequest(std::function<void(http::testing::RequestRecorder*)> on_request) {
    on_request_ = std::move(on_request);
  }
  // Requests from now on stay unanswered.
  void Hold() {
    OnRequest([](http::testing::RequestRecorder*) {});
  }

  // GOAWAY or Connection: close on all connections.
  void Drain();
  // Closes all connections at once.
  void Cut();
  // New connections are refused, and taken again at the same address.
  void StopListening();
  void ListenAgain();

 private:
  class Connection;

  void Listen(const net::SocketAddress& address);
  void OnConnection(net::UniqueFd fd);

  event::Loop* const loop_;
  const Options options_;
  net::SocketAddress address_;
  std::unique_ptr<Acceptor> acceptor_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<http::testing::RequestRecorder*> requests_;
  std::vector<int> connection_of_;
  std::function<void(http::testing::RequestRecorder*)> on_request_;
};

}  // namespace gossamer::proxy::testing

#endif  // PROXY_HTTP_TESTING_LOOPBACK_SERVER_H_
