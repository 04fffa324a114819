#ifndef TESTS_BENCH_LATENCY_SAMPLES_H_
#define TESTS_BENCH_LATENCY_SAMPLES_H_

#include <stddef.h>

#include <cmath>
#include <vector>

namespace gossamer::bench {

// Latencies of one way at one rate, round by round, in microseconds.
class LatencySamples {
 public:
  // A percentile is taken where at least so many samples lie beyond it.
  static constexpr double kBeyondMin = 5;

  // How many samples a percentile takes: 5000 for p99.9. `share` is above 0 and below 1.
  static size_t Needed(double share) {
    return static_cast<size_t>(std::ceil(kBeyondMin / (1 - share) - 1e-6));
  }

  void AddRound(std::vector<double> microseconds) { rounds_.push_back(std::move(microseconds)); }
  // Of all rounds together.
  size_t size() const;

  // The percentile of each round. Where a round has too few samples for it, of all rounds together;
  // none where those are too few.
  std::vector<double> Percentiles(double share) const;

 private:
  std::vector<std::vector<double>> rounds_;
};

// What one way adds to another at a percentile: by rounds where both have it so. Empty where either
// has too few samples.
std::vector<double> AddedLatency(const LatencySamples& way, const LatencySamples& direct,
                                 double share);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_LATENCY_SAMPLES_H_
