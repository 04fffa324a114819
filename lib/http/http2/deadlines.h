#ifndef LIB_HTTP_HTTP2_DEADLINES_H_
#define LIB_HTTP_HTTP2_DEADLINES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace gossamer::http2 {

// How long the client of a connection may leave its server waiting. Pure: times come in, in
// nanoseconds of the loop's clock, and a verdict comes out; O(1) for each event.
class Deadlines {
 public:
  // Infinite ones are none.
  struct Limits {
    // From the first frame of a request's head to its last.
    absl::Duration head = absl::InfiniteDuration();
    // Without a stream.
    absl::Duration idle = absl::InfiniteDuration();
    // With kStallBytes waiting for the client's windows, and none of them sent.
    absl::Duration stall = absl::InfiniteDuration();
  };
  // Less than this may wait as long as the client likes: it is a few streams whose readers rest.
  static constexpr size_t kStallBytes = 1 << 20;

  enum class Verdict { kFine, kSlowHead, kStalled, kIdle };

  explicit Deadlines(const Limits& limits) : limits_(limits) {}

  // How often to Check(), which is how late a verdict may come: a quarter of the shortest limit.
  // Infinite where there is none.
  absl::Duration check_interval() const {
    return std::min({limits_.head, limits_.idle, limits_.stall}) / 4;
  }

  void OnHeadBegun(int64_t now_ns) { head_since_ns_ = now_ns; }
  void OnHeadEnded() { head_since_ns_ = kNever; }
  void OnDataSent(int64_t now_ns) { sent_ns_ = now_ns; }
  // The connection has begun, or its last stream has ended.
  void OnIdle(int64_t now_ns) { idle_since_ns_ = now_ns; }

  // `waiting_bytes` are those that all streams have to send.
  Verdict Check(int64_t now_ns, int active_streams, size_t waiting_bytes) {
    if (head_since_ns_ != kNever && Passed(limits_.head, head_since_ns_, now_ns)) {
      return Verdict::kSlowHead;
    }
    // A stall begins when it is first seen, or with what was sent last.
    if (waiting_bytes < kStallBytes) sent_ns_ = now_ns;
    if (Passed(limits_.stall, sent_ns_, now_ns)) return Verdict::kStalled;
    if (active_streams > 0) return Verdict::kFine;
    return Passed(limits_.idle, idle_since_ns_, now_ns) ? Verdict::kIdle : Verdict::kFine;
  }

 private:
  static constexpr int64_t kNever = -1;

  static bool Passed(absl::Duration limit, int64_t since_ns, int64_t now_ns) {
    return absl::Nanoseconds(now_ns - since_ns) > limit;
  }

  const Limits limits_;
  int64_t head_since_ns_ = kNever;
  int64_t idle_since_ns_ = 0;
  int64_t sent_ns_ = 0;
};

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_DEADLINES_H_
