#ifndef TESTS_CONFORMANCE_HTTP1_CONNECTION_RELAY_H_
#define TESTS_CONFORMANCE_HTTP1_CONNECTION_RELAY_H_

#include <cstdint>
#include <list>
#include <memory>
#include <thread>

#include "lib/event/loop.h"
#include "lib/net/socket.h"

namespace gossamer::conformance {

// A proxy made of the connections of lib/http/http1 on the event loop: it shows that they meet the
// cases. A server connection a request, without back-pressure.
class ConnectionRelay final : private event::IoHandler {
 public:
  // To the server at 127.0.0.1:`server_port`.
  explicit ConnectionRelay(uint16_t server_port);
  ~ConnectionRelay();

  uint16_t port() const { return port_; }

 private:
  class Client;

  void OnIo(event::IoEvents events) override;

  const uint16_t server_port_;
  uint16_t port_ = 0;
  std::unique_ptr<event::Loop> loop_;
  net::UniqueFd listener_;
  event::IoWatch watch_;
  std::list<std::unique_ptr<Client>> clients_;  // All there were, the thread's.
  std::thread thread_;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_CONNECTION_RELAY_H_
