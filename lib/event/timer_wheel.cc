#include "lib/event/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace gossamer::event {

void TimerWheel::Entry::Unlink() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

void TimerWheel::Head::MakeEmpty() { next_ = previous_ = this; }
bool TimerWheel::Head::empty() const { return next_ == this; }
TimerWheel::Entry* TimerWheel::Head::Front() { return next_; }

void TimerWheel::Head::PushBack(Entry* entry) {
  entry->next_ = this;
  entry->previous_ = previous_;
  previous_->next_ = entry;
  previous_ = entry;
}

void TimerWheel::Head::TakeAll(Head* other) {
  MakeEmpty();
  if (other->empty()) return;
  next_ = other->next_;
  previous_ = other->previous_;
  next_->previous_ = this;
  previous_->next_ = this;
  other->MakeEmpty();
}

TimerWheel::TimerWheel() {
  for (auto& level : slots_) {
    for (Head& slot : level) slot.MakeEmpty();
  }
}

TimerWheel::~TimerWheel() {
  for (auto& level : slots_) {
    for (Head& slot : level) {
      while (!slot.empty()) slot.Front()->Unlink();
    }
  }
}

void TimerWheel::Arm(Entry* entry, int64_t expiry_ms) {
  entry->Unlink();
  constexpr int64_t kSpan = int64_t{1} << kSlotBits * kLevels;
  entry->expiry_tick_ = std::clamp(expiry_ms, tick_ + 1, tick_ + kSpan - 1);
  Insert(entry);
}

void TimerWheel::Insert(Entry* entry) {
  // The level is that of the highest digit (base 64) in which the expiry differs from now: the
  // slot's whole range then lies ahead, and is looked at when that digit comes up.
  const uint64_t differing = static_cast<uint64_t>(entry->expiry_tick_ ^ tick_) | 1;
  const int level = std::min((63 - std::countl_zero(differing)) / kSlotBits, kLevels - 1);
  const int slot = static_cast<int>(entry->expiry_tick_ >> level * kSlotBits) & (kSlots - 1);
  slots_[level][slot].PushBack(entry);
  occupied_[level] |= uint64_t{1} << slot;
}

void TimerWheel::Advance(int64_t now_ms) {
  while (tick_ < now_ms) {
    // Jumps over stretches in which nothing can be due.
    const int64_t next = NextWakeup();
    if (next > now_ms) {
      tick_ = now_ms;
      return;
    }
    tick_ = std::max(next, tick_ + 1);
    for (int level = kLevels - 1; level > 0; --level) {
      const int64_t below = (int64_t{1} << level * kSlotBits) - 1;
      if ((tick_ & below) == 0) Cascade(level);
    }
    const int slot = static_cast<int>(tick_) & (kSlots - 1);
    occupied_[0] &= ~(uint64_t{1} << slot);
    FireSlot(&slots_[0][slot]);
  }
}

// Spreads the slot that has come up over the finer wheels.
void TimerWheel::Cascade(int level) {
  const int slot = static_cast<int>(tick_ >> level * kSlotBits) & (kSlots - 1);
  occupied_[level] &= ~(uint64_t{1} << slot);
  Head due;
  due.TakeAll(&slots_[level][slot]);
  while (!due.empty()) {
    Entry* entry = due.Front();
    entry->Unlink();
    Insert(entry);
  }
  due.Unlink();
}

void TimerWheel::FireSlot(Head* slot) {
  // Taken out first: a callback may arm timers into this very slot, for the next round.
  Head due;
  due.TakeAll(slot);
  while (!due.empty()) {
    Entry* entry = due.Front();
    entry->Unlink();
    entry->OnTimer();
  }
  due.Unlink();
}

int64_t TimerWheel::NextWakeup() const {
  int64_t best = kNever;
  for (int level = 0; level < kLevels; ++level) {
    const int shift = level * kSlotBits;
    const int64_t digit = (tick_ >> shift) & (kSlots - 1);
    // Slots after the current digit, nearest first. Within a level none lies before it, save on the
    // outermost, which wraps.
    uint64_t rotated = std::rotr(occupied_[level], static_cast<int>(digit) + 1);
    while (rotated != 0) {
      const int distance = std::countr_zero(rotated) + 1;
      const int slot = static_cast<int>(digit + distance) & (kSlots - 1);
      if (slots_[level][slot].empty()) {
        occupied_[level] &= ~(uint64_t{1} << slot);
        rotated &= rotated - 1;
        continue;
      }
      best = std::min(best, ((tick_ >> shift) + distance) << shift);
      break;
    }
  }
  return best;
}

}  // namespace gossamer::event
