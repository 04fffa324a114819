#ifndef TESTS_MESH_LISTENER_H_
#define TESTS_MESH_LISTENER_H_

#include <memory>

#include "absl/time/time.h"
#include "tests/mesh/socket.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// Listens in a pod's network, at each family's address that the pod has, for a test to play the
// server on.
class Listener {
 public:
  Listener(harness::Pod* pod, int port);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  // The next connection; one that is not connected where none comes within
  // Socket::kTimeoutSeconds.
  std::unique_ptr<Socket> Accept();
  // Whether a connection waits, or comes within `timeout`.
  bool HasConnection(absl::Duration timeout = absl::ZeroDuration());

 private:
  int fd_ = -1;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_LISTENER_H_
