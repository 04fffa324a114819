#ifndef PROXY_BALANCE_PEAK_EWMA_H_
#define PROXY_BALANCE_PEAK_EWMA_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gossamer::proxy {

// Estimates the round-trip time of one endpoint. Pessimistic: a sample above the estimate replaces
// it at once, one below pulls it down by how long ago the last sample was; while none come it
// decays towards zero, so that an endpoint that was slow is tried again.
//
// Times are nanoseconds of a monotonic clock, passed in. Not thread-safe.
class PeakEwma {
 public:
  static constexpr int64_t kDefaultRttFloorNs = 1'000'000;

  struct Options {
    int64_t default_rtt_ns = 30'000'000;  // Before the first sample; at least the floor.
    int64_t decay_ns = 10'000'000'000;    // In which a sample's weight falls to 1/e; > 0.
  };

  PeakEwma(const Options& options, int64_t now_ns)
      : estimate_ns_(static_cast<double>(std::max(options.default_rtt_ns, kDefaultRttFloorNs))),
        decay_per_ns_(1.0 / static_cast<double>(std::max<int64_t>(options.decay_ns, 1))),
        updated_ns_(now_ns) {}

  void AddSample(int64_t rtt_ns, int64_t now_ns) {
    const double rtt = static_cast<double>(std::max<int64_t>(rtt_ns, 0));
    const double weight = Weight(now_ns);
    // Against the undecayed estimate, so that a higher sample never gives a lower one.
    estimate_ns_ = rtt > estimate_ns_ ? rtt : estimate_ns_ * weight + rtt * (1.0 - weight);
    updated_ns_ = std::max(updated_ns_, now_ns);
  }

  // For a response that says "not me, for so long": never makes the endpoint look better.
  void AddPenalty(int64_t penalty_ns, int64_t now_ns) {
    estimate_ns_ = std::max(EstimateNs(now_ns), static_cast<double>(penalty_ns));
    updated_ns_ = std::max(updated_ns_, now_ns);
  }

  double EstimateNs(int64_t now_ns) const { return estimate_ns_ * Weight(now_ns); }

 private:
  // What is left at `now_ns` of the last update's weight.
  double Weight(int64_t now_ns) const {
    // A busy endpoint was updated just now: the start of the series is then exact enough, and a
    // pick needs two of these.
    constexpr double kSmall = 1.0 / 256;
    const double age =
        static_cast<double>(std::max<int64_t>(now_ns - updated_ns_, 0)) * decay_per_ns_;
    return age < kSmall ? 1.0 - age + age * age / 2 : std::exp(-age);
  }

  double estimate_ns_;
  double decay_per_ns_;
  int64_t updated_ns_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_BALANCE_PEAK_EWMA_H_
