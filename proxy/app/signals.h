#ifndef PROXY_APP_SIGNALS_H_
#define PROXY_APP_SIGNALS_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "lib/event/loop.h"
#include "lib/net/socket.h"

namespace gossamer::proxy {

// Turns SIGTERM and SIGINT into a callback on the loop.
class Signals final : private event::IoHandler {
 public:
  // Before any thread is started, so that none of them gets the signals.
  static void Block();
  static absl::StatusOr<std::unique_ptr<Signals>> Create(event::Loop* loop,
                                                         absl::AnyInvocable<void(int)> on_signal);

 private:
  Signals(net::UniqueFd fd, absl::AnyInvocable<void(int)> on_signal)
      : fd_(std::move(fd)), on_signal_(std::move(on_signal)) {}
  void OnIo(event::IoEvents events) override;

  const net::UniqueFd fd_;
  event::IoWatch watch_;
  absl::AnyInvocable<void(int)> on_signal_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_SIGNALS_H_
