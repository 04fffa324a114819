#ifndef PROXY_CONTROL_TESTING_FAKE_CONTROL_PLANE_H_
#define PROXY_CONTROL_TESTING_FAKE_CONTROL_PLANE_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/grpc/server.h"

namespace gossamer::proxy::testing {

// A control plane whose answers are the test's: calls arrive in a queue, and the test sends
// messages and statuses on them. Speaks gRPC over socket pairs on the test's own loop.
class FakeControlPlane {
 public:
  struct Received {
    std::string path;
    std::string request;
    std::shared_ptr<rpc::ServerCall> call;
  };

  // `methods` are the paths that it knows: "/package.Service/Method".
  FakeControlPlane(event::Loop* loop, const std::vector<std::string>& methods);

  // A client of its own connection. The control plane outlives it.
  std::unique_ptr<rpc::Channel> MakeChannel();

  // The next call to `path`, waited for at most ten seconds; without a call after that.
  Received Next(absl::string_view path);
  // Runs the loop until `done`, ten seconds at most; what `done` says then.
  bool RunUntil(const std::function<bool()>& done);
  // Runs the loop for so long; returns how many calls are waiting then.
  size_t CallsAfter(absl::Duration duration);

  // Connections fail while it is true.
  void set_unreachable(bool unreachable) { unreachable_ = unreachable; }

 private:
  class Connector;

  event::Loop* const loop_;
  bool unreachable_ = false;
  std::deque<Received> calls_;
  rpc::Server server_;
};

}  // namespace gossamer::proxy::testing

#endif  // PROXY_CONTROL_TESTING_FAKE_CONTROL_PLANE_H_
