#ifndef TESTS_MESH_ECHO_SERVER_H_
#define TESTS_MESH_ECHO_SERVER_H_

#include <atomic>
#include <string>
#include <thread>

#include "httplib.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// An HTTP/1.1 server in a pod's network, run by the test itself:
//   GET  /whoami      the pod's name
//   GET  /slow/MS     the pod's name after MS milliseconds
//   GET  /status/NNN  that status
//   GET  /chunks/N    N chunks of kChunk bytes
//   ANY  /echo        the request's body
class EchoServer {
 public:
  static constexpr int kPort = 8080;
  static constexpr size_t kChunk = 1000;

  explicit EchoServer(harness::Pod* pod);
  ~EchoServer();

  // Requests that arrived.
  int requests() const { return requests_; }
  // Answers what has arrived, then closes. A second call does nothing.
  void Stop();

 private:
  const std::string name_;
  httplib::Server server_;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_ECHO_SERVER_H_
