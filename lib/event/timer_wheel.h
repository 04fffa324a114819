#ifndef LIB_EVENT_TIMER_WHEEL_H_
#define LIB_EVENT_TIMER_WHEEL_H_

#include <array>
#include <cstdint>
#include <limits>

namespace gossamer::event {

// Timers in a hierarchy of wheels: arming and cancelling cost O(1) and no allocation, whatever the
// number of timers, which suits a proxy that re-arms an idle timer with every request and lets
// hardly any fire. Millisecond ticks; delays beyond the outermost wheel (194 days) are cut to it.
//
// Pure: time comes in through Advance(). Not thread-safe.
class TimerWheel {
 public:
  // Embedded in what is to be woken. Leaves the wheel by itself when destroyed.
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    bool armed() const { return next_ != nullptr; }

   protected:
    ~Entry() { Unlink(); }

   private:
    friend class TimerWheel;

    // The timer is disarmed when it is called. It may arm or destroy any timer.
    virtual void OnTimer() = 0;
    void Unlink();

    Entry* next_ = nullptr;  // Circular with the slot's head; null when not armed.
    Entry* previous_ = nullptr;
    int64_t expiry_tick_ = 0;
  };

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel();

  // Sets the current time without firing anything: before the first timer is armed.
  void Start(int64_t now_ms) { tick_ = now_ms; }
  // Fires when Advance() reaches `expiry_ms`, or in the next tick where that has passed.
  void Arm(Entry* entry, int64_t expiry_ms);
  void Cancel(Entry* entry) { entry->Unlink(); }
  // Fires everything due up to `now_ms`, in order of ticks.
  void Advance(int64_t now_ms);
  // A time not later than the next expiry: when to call Advance() again; kNever without timers.
  int64_t NextWakeup() const;

 private:
  static constexpr int kLevels = 6;
  static constexpr int kSlotBits = 6;
  static constexpr int kSlots = 1 << kSlotBits;

  class Head final : public Entry {
   public:
    void OnTimer() override {}
    void MakeEmpty();
    bool empty() const;
    void PushBack(Entry* entry);
    Entry* Front();
    void TakeAll(Head* other);
  };

  void Insert(Entry* entry);
  void Cascade(int level);
  void FireSlot(Head* slot);

  int64_t tick_ = 0;  // All ticks up to this one have fired.
  std::array<std::array<Head, kSlots>, kLevels> slots_;
  // A set bit: the slot may hold timers (a cancelled one leaves its bit until it is looked at).
  mutable std::array<uint64_t, kLevels> occupied_ = {};
};

}  // namespace gossamer::event

#endif  // LIB_EVENT_TIMER_WHEEL_H_
