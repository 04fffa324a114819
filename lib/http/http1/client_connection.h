#ifndef LIB_HTTP_HTTP1_CLIENT_CONNECTION_H_
#define LIB_HTTP_HTTP1_CLIENT_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/buffer/object_pool.h"
#include "lib/event/loop.h"
#include "lib/http/http1/body_decoder.h"
#include "lib/http/http1/head_parser.h"
#include "lib/http/http1/serializer.h"
#include "lib/http/http1/wire.h"
#include "lib/http/stream.h"
#include "lib/net/byte_stream.h"

namespace gossamer::http1 {

// An HTTP/1 connection for sending requests, one after the other.
class ClientConnection final : private http::Stream, private Wire::Owner {
 public:
  class Observer {
   public:
    // The exchange is over and the connection may take another request.
    virtual void OnClientIdle(ClientConnection* connection) = 0;
    // The connection is over, and so is its stream. Delete it later, not within.
    virtual void OnClientClosed(ClientConnection* connection) = 0;

   protected:
    ~Observer() = default;
  };

  // `transport` is connected. `observer` outlives the connection.
  ClientConnection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport,
                   const HeadLimits& limits, Observer* observer);
  // Resets the stream in flight; the observer is not told.
  ~ClientConnection();

  // Begins to watch the connection: without a request, an end or a byte from the server closes it.
  void Start() { wire_.Start(""); }
  // Sends a request's head. `head` is read during the call only. Null where the connection is not
  // idle, or the head cannot be written as HTTP/1; the connection then stays as it is.
  http::Stream* StartRequest(const http::RequestHead& head, http::StreamHandler* handler);
  bool idle() const { return state_ == State::kIdle; }
  // How long the server said that it keeps an idle connection (Keep-Alive: timeout=5), in its first
  // response; infinite where it did not say.
  absl::Duration announced_idle_timeout() const { return announced_idle_timeout_; }
  // Whether an earlier exchange went over this connection.
  bool reused() const { return exchanges_ > 1; }
  // Ends the connection without telling the observer. A stream in flight is reset and told.
  void Abort();

  net::ByteStream* transport() { return wire_.transport(); }

 private:
  //   kIdle -> kHead -> kBody -> kSettling -> kIdle ...   and from kHead -> kTunnel -> kClosed
  enum class State : uint8_t {
    kIdle,
    kHead,  // Of a response that is awaited or has begun.
    kBody,
    kSettling,  // The exchange is over; is there really nothing behind the response?
    kTunnel,
    kClosed,
  };

  void SendData(absl::string_view data) override;
  void SendEnd(const http::Headers* trailers) override;
  void Consume(size_t bytes) override;
  bool SendBlocked() const override {
    return const_cast<Wire&>(wire_).output()->size() > kSendQueueHigh;
  }
  void ResetStream(uint32_t h2_code) override;

  size_t OnInput(absl::string_view input) override;
  void OnInputEnd(int error) override;
  void OnOutputLow() override;
  void OnShutDown() override { FinishIfComplete(); }
  void OnOutputError(int error) override;

  static constexpr size_t kReceiveWindow = 64 * 1024;

  size_t TakeHead(absl::string_view input);
  size_t TakeBody(absl::string_view input);
  void HandleHead();
  void Deliver(absl::string_view data);
  void ResponseComplete(http::Headers* trailers);
  void FinishIfComplete();
  void Settle();
  void Fail(http::ResetCause cause, int error, absl::string_view reason = {});
  void Close();

  Observer* observer_;
  const HeadLimits limits_;
  Wire wire_;
  event::Deferred settle_;
  State state_ = State::kIdle;
  Pooled<http::ResponseHead> response_;
  HeadScanner scanner_;
  BodyDecoder body_;
  std::string method_;
  size_t unconsumed_ = 0;
  int exchanges_ = 0;
  absl::Duration announced_idle_timeout_ = absl::InfiniteDuration();
  bool upgrade_asked_ = false;
  bool chunked_ = false;
  bool request_complete_ = false;
  bool response_complete_ = false;
  bool done_ = true;             // No exchange is under way.
  bool response_bytes_ = false;  // Any byte of this response came.
  bool keep_alive_ = true;
};

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_CLIENT_CONNECTION_H_
