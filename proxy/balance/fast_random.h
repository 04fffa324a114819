#ifndef PROXY_BALANCE_FAST_RANDOM_H_
#define PROXY_BALANCE_FAST_RANDOM_H_

#include <cstdint>
#include <limits>

namespace gossamer::proxy {

// A stream of random numbers that costs a nanosecond each (xoroshiro128++, seeded by splitmix64):
// good enough to spread load, no good for secrets. The same seed gives the same stream. A standard
// UniformRandomBitGenerator, so absl's distributions take it too. One a worker; not thread-safe.
class FastRandom {
 public:
  using result_type = uint64_t;

  explicit FastRandom(uint64_t seed) {
    for (uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    const uint64_t first = state_[0];
    uint64_t second = state_[1];
    const uint64_t result = RotateLeft(first + second, 17) + first;
    second ^= first;
    state_[0] = RotateLeft(first, 49) ^ second ^ (second << 21);
    state_[1] = RotateLeft(second, 28);
    return result;
  }

  // Uniform in [0, bound); bound > 0. The bias, bound / 2^32, does not matter to a balancer.
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((operator()() >> 32) * bound) >> 32);
  }

 private:
  static uint64_t RotateLeft(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

  uint64_t state_[2];
};

}  // namespace gossamer::proxy

#endif  // PROXY_BALANCE_FAST_RANDOM_H_
