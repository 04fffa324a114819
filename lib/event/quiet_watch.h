#ifndef LIB_EVENT_QUIET_WATCH_H_
#define LIB_EVENT_QUIET_WATCH_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"

namespace gossamer::event {

// Tells when a loop's descriptors have become quiet: the time to tidy up after a burst. Costs a
// loop that stays busy one timer every `time`, and one that stays quiet nothing.
class QuietWatch final : private ActivityObserver {
 public:
  // `on_quiet` runs on the loop's thread, once after each period of activity, when nothing has
  // happened for `time` to twice that. The loop outlives the watch.
  QuietWatch(Loop* loop, absl::Duration time, absl::AnyInvocable<void()> on_quiet)
      : loop_(loop), time_(time), on_quiet_(std::move(on_quiet)), timer_(loop, [this] { Look(); }) {
    loop_->AddActivityObserver(this);
  }
  ~QuietWatch() { loop_->RemoveActivityObserver(this); }

 private:
  void OnActivity() override {
    active_ = true;
    if (!timer_.armed()) timer_.Arm(time_);
  }
  void Look() {
    if (std::exchange(active_, false)) return timer_.Arm(time_);
    on_quiet_();
  }

  Loop* const loop_;
  const absl::Duration time_;
  absl::AnyInvocable<void()> on_quiet_;
  Timer timer_;
  bool active_ = false;
};

}  // namespace gossamer::event

#endif  // LIB_EVENT_QUIET_WATCH_H_
