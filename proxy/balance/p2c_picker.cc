#include "proxy/balance/p2c_picker.h"

namespace gossamer::proxy {

P2cPicker::Slot* P2cPicker::Find(Handle handle) {
  return const_cast<Slot*>(static_cast<const P2cPicker*>(this)->Find(handle));
}

const P2cPicker::Slot* P2cPicker::Find(Handle handle) const {
  if (handle.index >= slots_.size() || handle.generation % 2 == 0) return nullptr;
  const Slot& slot = slots_[handle.index];
  return slot.generation == handle.generation ? &slot : nullptr;
}

P2cPicker::Handle P2cPicker::Add(bool ready, int64_t now_ns) {
  uint32_t index = static_cast<uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.push_back({PeakEwma(options_, now_ns), /*generation=*/1, /*in_flight=*/0, kNotReady});
  } else {
    index = free_.back();
    free_.pop_back();
    const uint32_t generation = slots_[index].generation + 1;
    slots_[index] = {PeakEwma(options_, now_ns), generation, /*in_flight=*/0, kNotReady};
  }
  const Handle handle = HandleOf(index);
  SetReady(handle, ready);
  return handle;
}

void P2cPicker::Remove(Handle handle) {
  Slot* const slot = Find(handle);
  if (slot == nullptr) return;
  RemoveFromReady(slot);
  ++slot->generation;
  free_.push_back(handle.index);
}

void P2cPicker::SetReady(Handle handle, bool ready) {
  Slot* const slot = Find(handle);
  if (slot == nullptr) return;
  if (!ready) return RemoveFromReady(slot);
  if (slot->ready_at != kNotReady) return;
  slot->ready_at = static_cast<uint32_t>(ready_.size());
  ready_.push_back(handle.index);
}

void P2cPicker::RemoveFromReady(Slot* slot) {
  if (slot->ready_at == kNotReady) return;
  const uint32_t last = ready_.back();
  ready_[slot->ready_at] = last;
  slots_[last].ready_at = slot->ready_at;
  ready_.pop_back();
  slot->ready_at = kNotReady;
}

absl::optional<P2cPicker::Handle> P2cPicker::Pick(int64_t now_ns) {
  const uint32_t count = static_cast<uint32_t>(ready_.size());
  if (count == 0) return absl::nullopt;
  if (count == 1) return HandleOf(ready_[0]);
  // Two that differ: the second is drawn from the others, which stand at all places but the first.
  const uint32_t first_at = random_->Below(count);
  uint32_t second_at = random_->Below(count - 1);
  if (second_at >= first_at) ++second_at;
  const uint32_t first = ready_[first_at];
  const uint32_t second = ready_[second_at];
  const bool second_is_better = slots_[second].Load(now_ns) < slots_[first].Load(now_ns);
  return HandleOf(second_is_better ? second : first);
}

void P2cPicker::OnStart(Handle handle) {
  Slot* const slot = Find(handle);
  if (slot != nullptr) ++slot->in_flight;
}

void P2cPicker::OnEnd(Handle handle) {
  Slot* const slot = Find(handle);
  if (slot != nullptr && slot->in_flight > 0) --slot->in_flight;
}

void P2cPicker::OnSample(Handle handle, int64_t rtt_ns, int64_t now_ns) {
  Slot* const slot = Find(handle);
  if (slot != nullptr) slot->rtt.AddSample(rtt_ns, now_ns);
}

void P2cPicker::OnPenalty(Handle handle, int64_t penalty_ns, int64_t now_ns) {
  Slot* const slot = Find(handle);
  if (slot != nullptr) slot->rtt.AddPenalty(penalty_ns, now_ns);
}

bool P2cPicker::is_ready(Handle handle) const {
  const Slot* const slot = Find(handle);
  return slot != nullptr && slot->ready_at != kNotReady;
}

double P2cPicker::Load(Handle handle, int64_t now_ns) const {
  const Slot* const slot = Find(handle);
  return slot == nullptr ? 0 : slot->Load(now_ns);
}

uint32_t P2cPicker::in_flight(Handle handle) const {
  const Slot* const slot = Find(handle);
  return slot == nullptr ? 0 : slot->in_flight;
}

}  // namespace gossamer::proxy
