#ifndef PROXY_TRANSPORT_FORWARD_DEADLINE_H_
#define PROXY_TRANSPORT_FORWARD_DEADLINE_H_

#include <cstdint>

#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "proxy/transport/tcp_forward.h"

namespace gossamer::proxy {

// How long a forwarded connection may go without a byte. Infinite for no limit.
struct ForwardLimits {
  absl::Duration idle;         // While both directions are open.
  absl::Duration half_closed;  // When one of them has ended.
};

// Decides when a connection has been quiet for too long. Pure: looked at from time to time.
class QuietMeter {
 public:
  explicit QuietMeter(const ForwardLimits& limits) : limits_(limits) {}

  // How often to look: the limits are kept to a quarter of the shorter one.
  absl::Duration interval() const;
  // Looks, an interval after the last time or the start. True where the limit is reached.
  bool Look(uint64_t bytes_read, bool half_closed);

 private:
  const ForwardLimits limits_;
  uint64_t bytes_read_ = 0;
  bool half_closed_ = false;
  absl::Duration quiet_;
};

// Resets a forwarded connection that has been quiet for too long, so that each ends some day, also
// where a peer neither speaks nor goes away. Costs nothing but a timer that hardly ever fires.
class ForwardDeadline {
 public:
  // `forward` is borrowed; it is aborted with ETIMEDOUT, and told nothing after its end.
  ForwardDeadline(event::Loop* loop, const ForwardLimits& limits, TcpForward* forward);

 private:
  void Look();

  TcpForward* const forward_;
  QuietMeter meter_;
  event::Timer timer_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_FORWARD_DEADLINE_H_
