#ifndef LIB_METRICS_CELLS_H_
#define LIB_METRICS_CELLS_H_

// What a hot path writes: plain cells, one thread writing, any thread reading. A write is a load
// and a store without a lock prefix, hence about the cost of a plain increment. Workers have cells
// of their own, which exposition adds up.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gossamer::metrics {

// A total that only grows.
class Counter {
 public:
  void Add(uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  void MergeFrom(const Counter& other) { Add(other.value()); }

 private:
  std::atomic<uint64_t> value_{0};
};

// A number that goes up and down, such as connections that are open.
class Gauge {
 public:
  void Add(int64_t n = 1) { Set(value() + n); }
  void Sub(int64_t n = 1) { Set(value() - n); }
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }
  void MergeFrom(const Gauge& other) { Add(other.value()); }

 private:
  std::atomic<int64_t> value_{0};
};

// A gauge with a fraction, such as a moment in seconds. Merging keeps the larger.
class FloatGauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }
  void MergeFrom(const FloatGauge& other) {
    if (other.value() > value()) Set(other.value());
  }

 private:
  std::atomic<double> value_{0};
};

// Counts observations in fixed buckets. `Buckets::kBounds` is a static constexpr array of the
// buckets' inclusive upper bounds, ascending; a last bucket takes the rest.
template <typename Buckets>
class Histogram {
 public:
  static constexpr size_t kSize = Buckets::kBounds.size() + 1;

  void Observe(double value) {
    // Linear: most observations fall into the first few buckets.
    size_t i = 0;
    while (i < kSize - 1 && value > Buckets::kBounds[i]) ++i;
    Bump(i, 1);
    sum_.store(sum_.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }
  // Observations in bucket `i` alone, not in those before it.
  uint64_t bucket(size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  uint64_t count() const {
    uint64_t total = 0;
    for (size_t i = 0; i < kSize; ++i) total += bucket(i);
    return total;
  }
  void MergeFrom(const Histogram& other) {
    for (size_t i = 0; i < kSize; ++i) Bump(i, other.bucket(i));
    sum_.store(sum() + other.sum(), std::memory_order_relaxed);
  }

 private:
  void Bump(size_t i, uint64_t n) {
    buckets_[i].store(buckets_[i].load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  std::array<std::atomic<uint64_t>, kSize> buckets_ = {};
  std::atomic<double> sum_{0};
};

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_CELLS_H_
