#ifndef PROXY_OVERLOAD_MEMORY_GUARD_H_
#define PROXY_OVERLOAD_MEMORY_GUARD_H_

#include <cstdint>

#include "absl/time/time.h"
#include "lib/event/loop.h"

namespace gossamer::proxy {

// Watches a limit of memory on a worker's loop, so that the worker refuses new work and ends what
// holds most before the kernel ends the process.
//
// While the loop does something, it looks as often as memory could be full at the rate at which
// connections can fill it. A loop that is quiet it lets sleep, except while the limit is exceeded.
class MemoryGuard final : private event::ActivityObserver {
 public:
  // Called on the loop's thread, with none of its buffers in use.
  class Owner {
   public:
    virtual uint64_t BytesInUse() = 0;
    // Gives back what is only kept at hand.
    virtual void TidyUp() = 0;
    // The limit is exceeded though all is tidy, or no longer is.
    virtual void OnShortOfMemory(bool is_short) = 0;
    // So many bytes should be given back, by ending what holds them: again and again while the
    // limit is exceeded.
    virtual void Relieve(uint64_t bytes) = 0;

   protected:
    ~Owner() = default;
  };

  // `limit_bytes` is at least 1. `owner` and `loop` outlive the guard.
  MemoryGuard(event::Loop* loop, uint64_t limit_bytes, Owner* owner);
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;
  ~MemoryGuard();

 private:
  // A GiB a second, in bytes a millisecond: faster than a core moves bytes in and out.
  static constexpr uint64_t kFillPerMillisecond = (1 << 30) / 1000;
  static constexpr absl::Duration kMaxInterval = absl::Milliseconds(100);
  static constexpr absl::Duration kShortInterval = absl::Milliseconds(10);
  // Beyond what is too much, this share of the limit is freed, so that new work has some room.
  static constexpr uint64_t kRoomShare = 16;

  void OnActivity() override {
    if (!timer_.armed()) timer_.Arm(interval_);
  }
  void Look();

  event::Loop* const loop_;
  const uint64_t limit_bytes_;
  Owner* const owner_;
  event::Timer timer_;
  absl::Duration interval_ = absl::Milliseconds(1);
  bool short_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OVERLOAD_MEMORY_GUARD_H_
