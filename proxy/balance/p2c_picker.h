#ifndef PROXY_BALANCE_P2C_PICKER_H_
#define PROXY_BALANCE_P2C_PICKER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "proxy/balance/fast_random.h"
#include "proxy/balance/peak_ewma.h"

namespace gossamer::proxy {

// Chooses an endpoint by the power of two choices: of two random ready ones, that with the smaller
// load, which is its RTT estimate times the requests that it would then have in flight.
//
// Belongs to one balancer and stays on its worker: not thread-safe. Every call is O(1), however
// many endpoints there are and however few of them are ready. Memory is 48 bytes an endpoint, at
// the most there ever were. Times are nanoseconds of a monotonic clock.
class P2cPicker {
 public:
  // Names an endpoint. `index` is small and dense (a removed endpoint's is used again), so that
  // owners keep what belongs to an endpoint in a vector. A handle of an endpoint that was removed
  // is harmless: calls with it do nothing.
  struct Handle {
    uint32_t index = 0;
    uint32_t generation = 0;

    friend bool operator==(Handle a, Handle b) {
      return a.index == b.index && a.generation == b.generation;
    }
  };

  // `random` is borrowed and outlives the picker.
  P2cPicker(const PeakEwma::Options& options, FastRandom* random)
      : options_(options), random_(random) {}
  P2cPicker(const P2cPicker&) = delete;
  P2cPicker& operator=(const P2cPicker&) = delete;

  Handle Add(bool ready, int64_t now_ns);
  void Remove(Handle handle);
  // Only ready endpoints are chosen. What is in flight, and the estimate, stay.
  void SetReady(Handle handle, bool ready);

  // The endpoint for the next request; nothing if none is ready. Does not count it as started.
  absl::optional<Handle> Pick(int64_t now_ns);

  // A request was given to the endpoint; exactly one OnEnd follows.
  void OnStart(Handle handle);
  void OnEnd(Handle handle);
  // The endpoint has answered a request, so long after its start.
  void OnSample(Handle handle, int64_t rtt_ns, int64_t now_ns);
  // The endpoint has answered in a way that is to keep requests away for so long.
  void OnPenalty(Handle handle, int64_t penalty_ns, int64_t now_ns);

  size_t size() const { return slots_.size() - free_.size(); }
  size_t ready_count() const { return ready_.size(); }
  bool is_ready(Handle handle) const;
  // 0 for an endpoint that was removed.
  double Load(Handle handle, int64_t now_ns) const;
  uint32_t in_flight(Handle handle) const;

 private:
  static constexpr uint32_t kNotReady = ~0u;

  struct Slot {
    PeakEwma rtt;
    uint32_t generation;  // Odd while there is an endpoint here.
    uint32_t in_flight;
    uint32_t ready_at;  // Where it stands in ready_, or kNotReady.

    double Load(int64_t now_ns) const {
      return rtt.EstimateNs(now_ns) * (static_cast<double>(in_flight) + 1.0);
    }
  };

  Slot* Find(Handle handle);
  const Slot* Find(Handle handle) const;
  Handle HandleOf(uint32_t index) const { return {index, slots_[index].generation}; }
  void RemoveFromReady(Slot* slot);

  const PeakEwma::Options options_;
  FastRandom* const random_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> ready_;  // Indexes of ready slots, in no order.
};

}  // namespace gossamer::proxy

#endif  // PROXY_BALANCE_P2C_PICKER_H_
