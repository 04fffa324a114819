#ifndef PROXY_APP_QUIET_PERIOD_H_
#define PROXY_APP_QUIET_PERIOD_H_

#include <optional>

#include "absl/time/time.h"
#include "proxy/worker/connection_counts.h"

namespace gossamer::proxy {

// Tells when a process that is to end may go: once there has been no connection for a while, and
// none has come. No connection at one instant is not enough: a workload that shuts down ends one
// call and begins the next, and clients that have been told to go (GOAWAY, Connection: close) come
// back until they have heard that this endpoint is withdrawn.
//
// Pure: the caller looks at the counts and says what time it is.
class QuietPeriod {
 public:
  // As long as the pause between two calls of a workload that ends, usual retries included, and no
  // longer: every pod's end waits for it.
  static constexpr absl::Duration kLength = absl::Seconds(1);

  // True once it has been quiet for kLength. `now` is monotonic.
  bool Observe(absl::Duration now, const ConnectionCounts& counts) {
    const bool came = accepted_.has_value() && counts.accepted != *accepted_;
    accepted_ = counts.accepted;
    if (counts.open > 0 || came || !quiet_since_.has_value()) quiet_since_ = now;
    return counts.open == 0 && now - *quiet_since_ >= kLength;
  }

 private:
  std::optional<uint64_t> accepted_;
  std::optional<absl::Duration> quiet_since_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_QUIET_PERIOD_H_
