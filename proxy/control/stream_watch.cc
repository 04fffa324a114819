#include "proxy/control/stream_watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/log/log.h"

namespace gossamer::proxy {

StreamWatch::StreamWatch(event::Loop* loop, rpc::Channel* channel, Options options,
                         absl::BitGenRef random, Observer* observer)
    : loop_(loop),
      channel_(channel),
      options_(std::move(options)),
      observer_(observer),
      backoff_(options_.backoff, random),
      retry_(loop, [this] { Open(); }),
      idle_(loop, [this] { OnLimit(delivered_ ? "idle" : "initial"); }),
      lifetime_(loop, [this] { OnLimit("lifetime"); }) {
  Open();
}

void StreamWatch::Open() {
  delivered_ = false;
  observer_->OnStreamStart();
  idle_.Arm(options_.limits.initial_timeout.value_or(absl::InfiniteDuration()));
  lifetime_.Arm(options_.limits.lifetime.value_or(absl::InfiniteDuration()));
  call_ = channel_->Start(options_.path, options_.request, this);
}

void StreamWatch::OnMessage(absl::string_view message) {
  if (!observer_->OnWatchMessage(message)) {
    GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy::discovery",
                       "the control plane sent a message that makes no sense",
                       {"watch", options_.name});
    return;
  }
  delivered_ = true;
  backoff_.Reset();
  idle_.Arm(options_.limits.idle_timeout.value_or(absl::InfiniteDuration()));
}

void StreamWatch::OnClosed(const absl::Status& status) {
  if (!status.ok() && options_.is_final(status)) {
    idle_.Cancel();
    lifetime_.Cancel();
    loop_->DeleteLater(std::move(call_));
    return observer_->OnWatchFinal(status);
  }
  Reopen(status);
}

void StreamWatch::OnLimit(absl::string_view which) {
  // At once, and not with the turn: nothing more may be heard of it.
  call_.reset();
  Reopen(delivered_ ? absl::OkStatus()
                    : absl::DeadlineExceededError(absl::StrCat(which, " timeout")));
}

void StreamWatch::Reopen(const absl::Status& status) {
  idle_.Cancel();
  lifetime_.Cancel();
  loop_->DeleteLater(std::move(call_));
  if (!status.ok()) {
    GOSSAMER_LOG_EVERY(absl::Seconds(5), kInfo, "proxy::discovery",
                       "a watch ended and is opened again", {"watch", options_.name},
                       {"error", status.message()});
    observer_->OnStreamFailed(status);
  }
  const bool at_once = delivered_ && options_.reconnects_at_once;
  retry_.Arm(at_once ? absl::ZeroDuration() : backoff_.Next());
}

}  // namespace gossamer::proxy
