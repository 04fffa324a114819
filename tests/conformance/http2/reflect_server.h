#ifndef TESTS_CONFORMANCE_HTTP2_REFLECT_SERVER_H_
#define TESTS_CONFORMANCE_HTTP2_REFLECT_SERVER_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>

#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "lib/net/socket.h"

namespace gossamer::conformance {

// A server made of the library's connections that answers each whole request with what it has seen
// of it: 200, and as the body "GET /path authority", the fields in the order of their names, an
// empty line, the number of the body's bytes, and the trailers. A request for /big/N is answered by
// N bytes instead, one for /stall not at all. Back-pressure is heeded both ways.
//
// Runs a thread of its own between construction and destruction.
class ReflectServer final : private event::IoHandler {
 public:
  enum class Protocol { kHttp1, kHttp2 };

  // Takes a listening socket. `options` are for HTTP/2.
  ReflectServer(int listener, Protocol protocol, const http2::Options& options = {});
  ~ReflectServer();

  uint16_t port() const { return port_; }
  // Whole requests so far, stalled ones apart.
  int requests() const { return requests_; }
  // Messages refused so far (http::ServerHandler::OnBadRequest).
  int refused() const { return refused_; }

 private:
  class Client;
  class Exchange;

  void OnIo(event::IoEvents events) override;

  const Protocol protocol_;
  const http2::Options options_;
  uint16_t port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<int> refused_ = 0;
  std::unique_ptr<event::Loop> loop_;
  net::UniqueFd listener_;
  event::IoWatch watch_;
  std::list<std::unique_ptr<Client>> clients_;  // All there were, the thread's.
  std::thread thread_;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_REFLECT_SERVER_H_
