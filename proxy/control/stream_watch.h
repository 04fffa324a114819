#ifndef PROXY_CONTROL_STREAM_WATCH_H_
#define PROXY_CONTROL_STREAM_WATCH_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/time/backoff.h"
#include "proxy/config/config.h"

namespace gossamer::proxy {

// Keeps a server-streaming call of the control plane going: whenever the stream ends, for whatever
// reason but a final status, it is opened again, after a backoff where it had failed. What was
// learned stays in force meanwhile; that is the observer's part.
class StreamWatch final : private rpc::Call::Observer {
 public:
  class Observer {
   public:
    // A new stream has begun: its first message is a whole state.
    virtual void OnStreamStart() {}
    // False where the message makes no sense; it is logged and does not count as the first.
    virtual bool OnWatchMessage(absl::string_view message) = 0;
    // The stream has failed; it is opened again after a while.
    virtual void OnStreamFailed(const absl::Status& status) {}
    // The service says that asking again is of no use. The watch is over.
    virtual void OnWatchFinal(const absl::Status& status) = 0;

   protected:
    ~Observer() = default;
  };

  struct Options {
    std::string path;     // "/package.Service/Method".
    std::string request;  // Serialized.
    std::string name;     // For the log: what is watched.
    ControlStreamLimits limits;
    Backoff::Options backoff;
    std::function<bool(const absl::Status&)> is_final;
    // The first attempt after a stream that had delivered something follows at once.
    bool reconnects_at_once = true;
  };

  // `channel`, `random` and `observer` are borrowed and outlive the watch.
  StreamWatch(event::Loop* loop, rpc::Channel* channel, Options options, absl::BitGenRef random,
              Observer* observer);

 private:
  void Open();
  void OnMessage(absl::string_view message) override;
  void OnClosed(const absl::Status& status) override;
  void OnLimit(absl::string_view which);
  void Reopen(const absl::Status& status);

  event::Loop* const loop_;
  rpc::Channel* const channel_;
  const Options options_;
  Observer* const observer_;
  Backoff backoff_;
  std::unique_ptr<rpc::Call> call_;
  bool delivered_ = false;  // This stream has brought a message.
  event::Timer retry_;
  event::Timer idle_;  // Until the first message: the initial limit.
  event::Timer lifetime_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_CONTROL_STREAM_WATCH_H_
