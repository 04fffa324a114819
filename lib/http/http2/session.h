#ifndef LIB_HTTP_HTTP2_SESSION_H_
#define LIB_HTTP_HTTP2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>

#include "lib/http/http2/connection.h"

namespace gossamer::http2 {

// What joins nghttp2's session to its connection: what it calls, what it bounds, where it has its
// memory from.
class Connection::Session {
 public:
  // Tells the PING whose answer ends the first part of a drain from those that keep alive.
  static constexpr uint8_t kDrainPing[8] = {'d', 'r', 'a', 'i', 'n'};

  // Makes the session of `connection`, which outlives it. Returns 0 or nghttp2's error code.
  static int Create(Connection* connection, nghttp2_session** session);

 private:
  struct Callbacks;
};

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_SESSION_H_
