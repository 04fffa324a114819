#ifndef TESTS_MESH_HTTP2_SERVER_H_
#define TESTS_MESH_HTTP2_SERVER_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "lib/event/loop.h"
#include "lib/net/socket.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// An HTTP/2 server (by prior knowledge) in a pod's network, run by the test itself:
//   /whoami   the pod's name
//   /slow/MS  the pod's name after MS milliseconds
//   /ticks    "tick-N;" every kTick, for ever
class Http2Server final : private event::IoHandler {
 public:
  static constexpr int kPort = 8090;
  static constexpr absl::Duration kTick = absl::Milliseconds(50);

  explicit Http2Server(harness::Pod* pod);
  ~Http2Server();

  // Requests that arrived.
  int requests() const { return requests_; }

 private:
  class Connection;
  class Exchange;

  void OnIo(event::IoEvents events) override;

  const std::string name_;
  const std::unique_ptr<event::Loop> loop_;
  net::UniqueFd listener_;
  event::IoWatch watch_;
  absl::flat_hash_set<Connection*> connections_;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_HTTP2_SERVER_H_
