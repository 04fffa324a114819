#ifndef LIB_EVENT_LOOP_H_
#define LIB_EVENT_LOOP_H_

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/event/timer_wheel.h"
#include "lib/net/socket.h"

namespace gossamer::event {

class Loop;

// What happened on a descriptor since its handler last ran.
struct IoEvents {
  bool readable = false;  // Data, end of stream or an error waits to be read.
  bool writable = false;
  bool error = false;  // The connection is broken: the next read or write tells how.
  bool ended = false;  // The peer has ended its side, or the connection is broken.
};

// Receives a descriptor's events on the loop's thread. The handler may destroy itself, its watch
// and others' watches.
class IoHandler {
 public:
  virtual void OnIo(IoEvents events) = 0;

 protected:
  ~IoHandler() = default;
};

// Registers a descriptor with a loop while it lives. Edge-triggered: the handler hears of a state
// once, and must read or write until it would block (or remember that it did not). One epoll_ctl at
// the start is the only system call that it ever costs.
class IoWatch {
 public:
  IoWatch() = default;
  IoWatch(const IoWatch&) = delete;
  IoWatch& operator=(const IoWatch&) = delete;
  ~IoWatch() { Stop(); }

  // `loop` and `handler` are borrowed and outlive the watch; `fd` stays open until Stop().
  absl::Status Start(Loop* loop, int fd, IoHandler* handler);
  // No event is delivered after it. Idempotent.
  void Stop();
  // The same where the descriptor is closed next, which ends its registration without a call.
  void StopBeforeClose();
  bool active() const { return loop_ != nullptr; }

 private:
  friend class Loop;

  Loop* loop_ = nullptr;
  IoHandler* handler_ = nullptr;
  int fd_ = -1;
};

// Runs a callback once at the end of the loop's current turn, however often it was scheduled:
// what batches writes of many small events into one system call.
class Deferred {
 public:
  // `callback` runs on the loop's thread. It may destroy this object.
  Deferred(Loop* loop, absl::AnyInvocable<void()> callback);
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;
  ~Deferred() { Cancel(); }

  void Schedule();
  void Cancel();
  bool scheduled() const { return index_ >= 0; }

 private:
  friend class Loop;

  Loop* const loop_;
  absl::AnyInvocable<void()> callback_;
  int index_ = -1;  // In the loop's list of this turn.
};

// Hears of each turn of a loop that has handled descriptors.
class ActivityObserver {
 public:
  // Within a turn: quick, and without any other call to the loop but arming a timer.
  virtual void OnActivity() = 0;

 protected:
  ~ActivityObserver() = default;

 private:
  friend class Loop;

  ActivityObserver* next_ = nullptr;  // In the loop's list.
};

// One thread's event loop: descriptors (epoll), timers and callbacks. All calls belong to the
// thread that runs it, except Post() and Stop(), which any thread may call. Destroy it after
// everything that was registered with it.
class Loop {
 public:
  // Fails where the kernel has no descriptors left.
  static absl::StatusOr<std::unique_ptr<Loop>> Create();
  ~Loop();

  // Handles events until Stop(). The calling thread becomes the loop's.
  void Run();
  // One turn that waits at most `max_wait`; for tests and for embedding.
  void RunOnce(absl::Duration max_wait);
  // Ends Run() after its current turn. Any thread.
  void Stop();

  // Runs `callback` in one of the next turns. Any thread; callbacks posted by one thread keep their
  // order. What is posted after the last turn is destroyed unrun.
  void Post(absl::AnyInvocable<void()> callback) ABSL_LOCKS_EXCLUDED(post_mutex_);

  // Destroys the object at the end of this turn: for objects that end inside their own callback.
  template <typename T>
  void DeleteLater(std::unique_ptr<T> object) {
    if (object != nullptr) DeleteLater(object.release());
  }
  // The same for an object that owns itself; it may make the loop a friend to its destructor.
  template <typename T>
  void DeleteLater(T* object) {
    graveyard_.push_back({object, [](void* p) { delete static_cast<T*>(p); }});
  }

  // Monotonic nanoseconds as of this turn's start; costs no system call.
  int64_t now_ns() const { return now_ns_; }
  // Reads the clock again: for measurements inside a long turn.
  int64_t UpdateNow();

  // True on the thread that runs the loop, and everywhere before the first turn.
  bool IsCurrent() const {
    const std::thread::id owner = owner_.load(std::memory_order_relaxed);
    return owner == std::thread::id() || owner == std::this_thread::get_id();
  }

  TimerWheel* timers() { return &timers_; }

  // Borrowed until it is removed. Not within OnActivity().
  void AddActivityObserver(ActivityObserver* observer);
  void RemoveActivityObserver(ActivityObserver* observer);

 private:
  friend class Deferred;
  friend class IoWatch;

  // More would delay timers, fewer would cost system calls under load.
  static constexpr int kEventsPerTurn = 128;

  struct Grave {
    void* object;
    void (*destroy)(void*);
  };

  Loop(net::UniqueFd epoll_fd, net::UniqueFd wake_fd);
  void Turn(int timeout_ms);
  int WaitMilliseconds(absl::Duration max_wait) const;
  void TellActivity();
  void Dispatch(int count);
  void RunPosted();
  void RunDeferred();
  void BuryDead();
  void ForgetPending(IoWatch* watch);

  const net::UniqueFd epoll_fd_;
  const net::UniqueFd wake_fd_;
  std::atomic<std::thread::id> owner_{};
  std::atomic<bool> stopping_{false};
  int64_t now_ns_ = 0;
  TimerWheel timers_;
  epoll_event events_[kEventsPerTurn];
  int next_event_ = 0;  // Of this turn's batch, whose later entries a handler may void.
  int event_count_ = 0;
  ActivityObserver* activity_observers_ = nullptr;
  std::vector<Deferred*> deferred_;
  std::vector<Grave> graveyard_;

  absl::Mutex post_mutex_;
  std::vector<absl::AnyInvocable<void()>> posted_ ABSL_GUARDED_BY(post_mutex_);
  std::vector<absl::AnyInvocable<void()>>
      running_;  // Swapped with posted_, so that both keep room.
};

// A one-shot timer of a loop, armed again as often as wanted without allocation.
class Timer final : private TimerWheel::Entry {
 public:
  // `callback` runs on the loop's thread. It may arm the timer again or destroy it.
  Timer(Loop* loop, absl::AnyInvocable<void()> callback)
      : loop_(loop), callback_(std::move(callback)) {}
  ~Timer() { Cancel(); }

  // Fires once after `delay`, rounded up to whole milliseconds; replaces an earlier arming.
  // An infinite delay cancels.
  void Arm(absl::Duration delay);
  void Cancel() { loop_->timers()->Cancel(this); }
  using TimerWheel::Entry::armed;

 private:
  void OnTimer() override { callback_(); }

  Loop* const loop_;
  absl::AnyInvocable<void()> callback_;
};

}  // namespace gossamer::event

#endif  // LIB_EVENT_LOOP_H_
