#include "tests/bench/latency_samples.h"

#include <algorithm>

namespace gossamer::bench {
namespace {

double Percentile(std::vector<double> samples, double share) {
  const auto at =
      samples.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(samples.size()));
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

}  // namespace

size_t LatencySamples::size() const {
  size_t size = 0;
  for (const std::vector<double>& round : rounds_) size += round.size();
  return size;
}

std::vector<double> LatencySamples::Percentiles(double share) const {
  std::vector<double> all;
  std::vector<double> by_round;
  for (const std::vector<double>& round : rounds_) {
    all.insert(all.end(), round.begin(), round.end());
    if (round.size() >= Needed(share)) by_round.push_back(Percentile(round, share));
  }
  if (by_round.size() == rounds_.size()) return by_round;
  if (all.size() < Needed(share)) return {};
  return {Percentile(all, share)};
}

std::vector<double> AddedLatency(const LatencySamples& way, const LatencySamples& direct,
                                 double share) {
  std::vector<double> added = way.Percentiles(share);
  const std::vector<double> base = direct.Percentiles(share);
  // They were sampled alike, but a slow way can have missed what the other just had.
  if (added.size() != base.size()) return {};
  for (size_t i = 0; i < added.size(); ++i) added[i] -= base[i];
  return added;
}

}  // namespace gossamer::bench
