#include "lib/event/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "absl/status/status.h"

namespace gossamer::event {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;

int64_t MonotonicNanos() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

absl::Status IoWatch::Start(Loop* loop, int fd, IoHandler* handler) {
  Stop();
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (epoll_ctl(loop->epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return absl::ErrnoToStatus(errno, "watch a descriptor");
  }
  loop_ = loop;
  handler_ = handler;
  fd_ = fd;
  return absl::OkStatus();
}

void IoWatch::Stop() {
  if (loop_ == nullptr) return;
  (void)epoll_ctl(loop_->epoll_fd_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  loop_->ForgetPending(this);
  loop_ = nullptr;
}

void IoWatch::StopBeforeClose() {
  if (loop_ == nullptr) return;
  loop_->ForgetPending(this);
  loop_ = nullptr;
}

Deferred::Deferred(Loop* loop, absl::AnyInvocable<void()> callback)
    : loop_(loop), callback_(std::move(callback)) {}

void Deferred::Schedule() {
  if (index_ >= 0) return;
  index_ = static_cast<int>(loop_->deferred_.size());
  loop_->deferred_.push_back(this);
}

void Deferred::Cancel() {
  if (index_ < 0) return;
  loop_->deferred_[index_] = nullptr;
  index_ = -1;
}

absl::StatusOr<std::unique_ptr<Loop>> Loop::Create() {
  net::UniqueFd epoll_fd(epoll_create1(EPOLL_CLOEXEC));
  net::UniqueFd wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll_fd.valid() || !wake_fd.valid()) {
    return absl::ErrnoToStatus(errno, "create an event loop");
  }
  epoll_event event = {};
  event.events = EPOLLIN;  // data.ptr stays null: that is how a wake-up is told from a watch.
  if (epoll_ctl(epoll_fd.get(), EPOLL_CTL_ADD, wake_fd.get(), &event) != 0) {
    return absl::ErrnoToStatus(errno, "create an event loop");
  }
  return std::unique_ptr<Loop>(new Loop(std::move(epoll_fd), std::move(wake_fd)));
}

Loop::Loop(net::UniqueFd epoll_fd, net::UniqueFd wake_fd)
    : epoll_fd_(std::move(epoll_fd)), wake_fd_(std::move(wake_fd)) {
  UpdateNow();
  timers_.Start(now_ns_ / kNanosPerMilli);
}

Loop::~Loop() { BuryDead(); }

int64_t Loop::UpdateNow() {
  now_ns_ = MonotonicNanos();
  return now_ns_;
}

void Loop::Run() {
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  while (!stopping_.load(std::memory_order_acquire)) {
    Turn(WaitMilliseconds(absl::InfiniteDuration()));
  }
  stopping_.store(false, std::memory_order_relaxed);
}

void Loop::RunOnce(absl::Duration max_wait) {
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  Turn(WaitMilliseconds(max_wait));
}

void Loop::Stop() {
  Post([this] { stopping_.store(true, std::memory_order_release); });
}

void Loop::Post(absl::AnyInvocable<void()> callback) {
  bool first;
  {
    absl::MutexLock lock(&post_mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(callback));
  }
  if (!first) return;  // The wake-up of the first is still to be taken.
  const uint64_t one = 1;
  (void)!write(wake_fd_.get(), &one, sizeof(one));
}

int Loop::WaitMilliseconds(absl::Duration max_wait) const {
  if (!deferred_.empty() || !graveyard_.empty()) return 0;
  int64_t wait_ms = -1;
  if (max_wait != absl::InfiniteDuration()) wait_ms = absl::ToInt64Milliseconds(max_wait);
  const int64_t wakeup_ms = timers_.NextWakeup();
  if (wakeup_ms != TimerWheel::kNever) {
    // Rounded up, so that the loop does not spin through the last part of a millisecond.
    const int64_t left_ns = std::max<int64_t>(0, wakeup_ms * kNanosPerMilli - now_ns_);
    const int64_t left_ms = (left_ns + kNanosPerMilli - 1) / kNanosPerMilli;
    wait_ms = wait_ms < 0 ? left_ms : std::min(wait_ms, left_ms);
  }
  constexpr int64_t kMaxWaitMs = 3'600'000;
  return static_cast<int>(std::min(wait_ms, kMaxWaitMs));
}

void Loop::Turn(int timeout_ms) {
  const int count = epoll_wait(epoll_fd_.get(), events_, kEventsPerTurn, timeout_ms);
  UpdateNow();
  Dispatch(std::max(count, 0));
  if (count > 0) TellActivity();
  timers_.Advance(now_ns_ / kNanosPerMilli);
  RunDeferred();
  BuryDead();
}

void Loop::TellActivity() {
  for (ActivityObserver* each = activity_observers_; each != nullptr; each = each->next_) {
    each->OnActivity();
  }
}

void Loop::AddActivityObserver(ActivityObserver* observer) {
  observer->next_ = activity_observers_;
  activity_observers_ = observer;
}

void Loop::RemoveActivityObserver(ActivityObserver* observer) {
  ActivityObserver** link = &activity_observers_;
  while (*link != observer) link = &(*link)->next_;
  *link = observer->next_;
}

void Loop::Dispatch(int count) {
  event_count_ = count;
  for (next_event_ = 0; next_event_ < event_count_;) {
    const epoll_event& event = events_[next_event_++];
    if (event.data.ptr == nullptr) {
      RunPosted();
      continue;
    }
    auto* watch = static_cast<IoWatch*>(event.data.ptr);
    if (watch->loop_ == nullptr) continue;
    IoEvents io;
    io.error = (event.events & EPOLLERR) != 0;
    // A hang-up also follows two ends in order, with data yet to be read.
    const bool over = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    io.ended = over || (event.events & EPOLLRDHUP) != 0;
    io.readable = io.ended || (event.events & EPOLLIN) != 0;
    io.writable = over || (event.events & EPOLLOUT) != 0;
    watch->handler_->OnIo(io);
  }
  event_count_ = 0;
}

// A watch that ends within a batch must not be reached by the events that are left of it.
void Loop::ForgetPending(IoWatch* watch) {
  static IoWatch nobody;
  for (int i = next_event_; i < event_count_; ++i) {
    if (events_[i].data.ptr == watch) events_[i].data.ptr = &nobody;
  }
}

void Loop::RunPosted() {
  uint64_t count;
  (void)!read(wake_fd_.get(), &count, sizeof(count));
  {
    absl::MutexLock lock(&post_mutex_);
    running_.swap(posted_);
  }
  for (auto& callback : running_) callback();
  running_.clear();
}

void Loop::RunDeferred() {
  // Only what is scheduled so far: what these callbacks schedule waits for the next turn's end, so
  // that two that schedule each other cannot starve the descriptors.
  const size_t count = deferred_.size();
  for (size_t i = 0; i < count; ++i) {
    Deferred* deferred = deferred_[i];
    if (deferred == nullptr) continue;
    deferred_[i] = nullptr;
    deferred->index_ = -1;
    deferred->callback_();
  }
  deferred_.erase(deferred_.begin(), deferred_.begin() + count);
  for (size_t i = 0; i < deferred_.size(); ++i) {
    if (deferred_[i] != nullptr) deferred_[i]->index_ = static_cast<int>(i);
  }
}

void Loop::BuryDead() {
  // A destructor may bury more.
  for (size_t i = 0; i < graveyard_.size(); ++i) {
    const Grave grave = graveyard_[i];
    grave.destroy(grave.object);
  }
  graveyard_.clear();
}

void Timer::Arm(absl::Duration delay) {
  if (delay == absl::InfiniteDuration()) return Cancel();
  const int64_t expiry_ns = loop_->now_ns() + absl::ToInt64Nanoseconds(delay);
  loop_->timers()->Arm(this, (expiry_ns + kNanosPerMilli - 1) / kNanosPerMilli);
}

}  // namespace gossamer::event
