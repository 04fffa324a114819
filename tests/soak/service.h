#ifndef TESTS_SOAK_SERVICE_H_
#define TESTS_SOAK_SERVICE_H_

#include "tests/fault/tcp.h"
#include "tests/support/pod.h"

namespace gossamer::soak {

inline constexpr int kHttpPort = 8080;    // HTTP/1, HTTP/2 and upgrades, left to detection.
inline constexpr int kOpaquePort = 7070;  // Declared opaque.

// The program of a pod, played by the test: answers what Traffic asks.
//
//   HTTP/1  /ID/SIZE  a body of SIZE bytes that belongs to ID; with Upgrade, an echo
//   HTTP/2  the same, with a trailer
//   opaque  what was sent, once the client has ended its side
class Service {
 public:
  explicit Service(harness::Pod* pod);

 private:
  fault_test::TcpServer http_;
  fault_test::TcpServer opaque_;
};

// The body of so many bytes that belongs to an id.
std::string SizedBody(const std::string& id, size_t size);

}  // namespace gossamer::soak

#endif  // TESTS_SOAK_SERVICE_H_
