#ifndef PROXY_HTTP_IDLE_LIMIT_H_
#define PROXY_HTTP_IDLE_LIMIT_H_

#include "absl/time/time.h"

namespace gossamer::proxy {

// How long a connection to one server may lie idle and still be used again.
//
// A server that ends connections for being idle may do so while a request is on its way, and a
// request that must not be sent twice has then failed (RFC 9112 section 9.3.1). So we stay clear of
// the moment: it is known from what the server says (the header Keep-Alive) and from what it does.
// What has been learned is kept for as long as there are connections to that server: where it was
// too careful, all that it costs is a connection.
class IdleLimit {
 public:
  // A connection that ends sooner does not end for being idle: its server is restarted, or counts
  // requests.
  static constexpr absl::Duration kShortestTimeout = absl::Milliseconds(200);

  // `max` applies as long as nothing is known of the server.
  explicit IdleLimit(absl::Duration max) : value_(max) {}

  // The server ends, or has ended, a connection that was idle for `timeout`. True where the limit
  // is lower for it.
  bool Learn(absl::Duration timeout) {
    if (timeout < kShortestTimeout || SafePartOf(timeout) >= value_) return false;
    value_ = SafePartOf(timeout);
    return true;
  }

  absl::Duration value() const { return value_; }

 private:
  // Leaves room for a request's way to the server, and for a server that looks at its clock seldom.
  static absl::Duration SafePartOf(absl::Duration timeout) { return timeout * 0.75; }

  absl::Duration value_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_IDLE_LIMIT_H_
