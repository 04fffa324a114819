#include "proxy/transport/forward_deadline.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gossamer::proxy {

absl::Duration QuietMeter::interval() const {
  constexpr int kLooksPerLimit = 4;
  return std::min(limits_.idle, limits_.half_closed) / kLooksPerLimit;
}

bool QuietMeter::Look(uint64_t bytes_read, bool half_closed) {
  const bool moved = std::exchange(bytes_read_, bytes_read) != bytes_read;
  const bool changed = std::exchange(half_closed_, half_closed) != half_closed;
  if (moved || changed) {
    quiet_ = absl::ZeroDuration();
    return false;
  }
  quiet_ += interval();
  return quiet_ >= (half_closed ? limits_.half_closed : limits_.idle);
}

ForwardDeadline::ForwardDeadline(event::Loop* loop, const ForwardLimits& limits,
                                 TcpForward* forward)
    : forward_(forward), meter_(limits), timer_(loop, [this] { Look(); }) {
  timer_.Arm(meter_.interval());
}

void ForwardDeadline::Look() {
  if (meter_.Look(forward_->bytes_read(), forward_->half_closed())) {
    return forward_->Abort(ETIMEDOUT);
  }
  timer_.Arm(meter_.interval());
}

}  // namespace gossamer::proxy
