#ifndef TESTS_CONFORMANCE_HTTP1_REFERENCE_RELAY_H_
#define TESTS_CONFORMANCE_HTTP1_REFERENCE_RELAY_H_

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace gossamer::conformance {

// The smallest proxy that lib/http/http1 makes: it shows that the cases can be met, and that the
// library alone meets them. Blocking, whole messages in memory, a thread and a server connection
// a client: no example for a real one.
class ReferenceRelay {
 public:
  // To the server at 127.0.0.1:`server_port`.
  explicit ReferenceRelay(uint16_t server_port);
  // Waits for its clients to be gone.
  ~ReferenceRelay();

  uint16_t port() const { return port_; }

 private:
  void Run();

  const uint16_t server_port_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  int listener_;
  std::vector<std::thread> clients_;  // The thread's.
  std::thread thread_;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_REFERENCE_RELAY_H_
