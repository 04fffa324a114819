#ifndef PROXY_HTTP_UPSTREAM_H_
#define PROXY_HTTP_UPSTREAM_H_

#include "absl/status/status.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"
#include "proxy/http/wait_queue.h"

namespace gossamer::proxy {

// A request that waits for a connection to go out on.
class PendingRequest : public WaitQueue<PendingRequest>::Entry {
 public:
  virtual const http::RequestHead& head() const = 0;
  virtual http::StreamHandler* stream_handler() = 0;
  // The head has been sent on this stream, whose handler is stream_handler().
  virtual void OnStream(http::Stream* stream) = 0;
  // There will be no connection.
  virtual void OnConnectFailure(const absl::Status& status) = 0;

 protected:
  ~PendingRequest() = default;
};

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_UPSTREAM_H_
