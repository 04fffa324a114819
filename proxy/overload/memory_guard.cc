#include "proxy/overload/memory_guard.h"

#include <algorithm>
#include <utility>

namespace gossamer::proxy {

MemoryGuard::MemoryGuard(event::Loop* loop, uint64_t limit_bytes, Owner* owner)
    : loop_(loop), limit_bytes_(limit_bytes), owner_(owner), timer_(loop, [this] { Look(); }) {
  loop_->AddActivityObserver(this);
}

MemoryGuard::~MemoryGuard() { loop_->RemoveActivityObserver(this); }

void MemoryGuard::Look() {
  uint64_t used = owner_->BytesInUse();
  if (used > limit_bytes_) {
    owner_->TidyUp();
    used = owner_->BytesInUse();
  }
  const bool is_short = used > limit_bytes_;
  if (std::exchange(short_, is_short) != is_short) owner_->OnShortOfMemory(is_short);
  if (is_short) {
    owner_->Relieve(used - limit_bytes_ + limit_bytes_ / kRoomShare);
    return timer_.Arm(kShortInterval);
  }
  interval_ =
      std::min(absl::Milliseconds((limit_bytes_ - used) / kFillPerMillisecond), kMaxInterval);
}

}  // namespace gossamer::proxy
