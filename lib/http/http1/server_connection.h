#ifndef LIB_HTTP_HTTP1_SERVER_CONNECTION_H_
#define LIB_HTTP_HTTP1_SERVER_CONNECTION_H_

#include <memory>

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

struct ServerOptions {
  HeadLimits limits;
  // A head that has begun must be complete within this; answered 408 otherwise.
  absl::Duration head_timeout = absl::Seconds(60);
  // A connection without a request in flight is closed after this.
  absl::Duration idle_timeout = absl::InfiniteDuration();
  // A client that has ended its side may still be waiting for its response, or be gone: once it has
  // been sent nothing for this long, it is gone.
  absl::Duration half_closed_timeout = absl::Seconds(60);
};

// An HTTP/1 connection on which requests arrive, one stream after the other (RFC 9112). Pipelined
// requests wait unread until the response before them is complete.
//
// A request that breaks the rules is answered with its status and the connection closed, lingering
// a moment so that the client can read the answer.
class ServerConnection final : public http::ServerConnection,
                               private http::ServerStream,
                               private Wire::Owner {
 public:
  // `handler` outlives the connection.
  ServerConnection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport,
                   const ServerOptions& options, http::ServerHandler* handler);

  // Resets the stream in flight, and the connection where a client could take the part of a
  // response that it has for the whole.
  ~ServerConnection() override;

  void Start(absl::string_view already_read) override;
  void Drain() override;
  int active_streams() const override { return in_flight_ ? 1 : 0; }
  size_t held_bytes() const override;
  size_t Shed() override;

 private:
  // What the input is, in the order in which a connection goes through it:
  //
  //   kHead -> kBody -> kWaiting -> kHead ...   and from kBody or kWaiting -> kTunnel
  //   any -> kLinger -> kClosed
  enum class State : uint8_t {
    kHead,     // A request's head, or nothing yet.
    kBody,     // The request's body.
    kWaiting,  // The request is complete; its response is not. Input is not read.
    kTunnel,   // Bytes of whatever the connection was upgraded to.
    kLinger,   // Output ended; input is thrown away until the client ends it, too.
    kClosed,
  };

  // The stream in flight.
  http::RequestHead* request() override { return request_.get(); }
  void SendInformational(const http::ResponseHead& head) override;
  void SendResponse(const http::ResponseHead& head, bool close_connection) override;
  void SendData(absl::string_view data) override;
  void SendEnd(const http::Headers* trailers) override;
  void Consume(size_t bytes) override;
  bool SendBlocked() const override { return output().size() > kSendQueueHigh; }
  void ResetStream(uint32_t h2_code) override;

  // The wire.
  size_t OnInput(absl::string_view input) override;
  void OnInputEnd(int error) override;
  void OnBrokenWhilePaused() override;
  void OnOutputLow() override;
  void OnShutDown() override;
  void OnOutputError(int error) override { Fail(http::ResetCause::kConnectionLost, error); }

  static constexpr size_t kReceiveWindow = 64 * 1024;
  // At the end, how long a client that does not read holds its connection, and how long one that
  // has read everything may take to end it.
  static constexpr absl::Duration kFlushTimeout = absl::Seconds(60);
  static constexpr absl::Duration kLingerTimeout = absl::Seconds(2);
  // While draining, how long an idle client's next request is waited for: it may be on its way, and
  // to be told by its response is better than to find the connection ended.
  static constexpr absl::Duration kDrainPatience = absl::Seconds(1);

  absl::Duration IdleTime() const;
  const ByteQueue& output() const { return *const_cast<Wire&>(wire_).output(); }
  size_t TakeHead(absl::string_view input);
  size_t TakeBody(absl::string_view input);
  size_t TakeTunnel(absl::string_view input);
  void Deliver(absl::string_view data);
  void Refuse(int status, absl::string_view reason, http::ResetCause cause);
  bool WriteHead(const http::ResponseHead& head, ConnectionOption connection, BodyFraming* framing);
  void RequestComplete();
  void FinishIfComplete();
  void NextRequest();
  void BeginLinger();
  void Fail(http::ResetCause cause, int error);
  void ResetIfUnfinished();
  void CutOff();
  void Close();
  void OnTimer();

  const ServerOptions options_;
  http::ServerHandler* const server_handler_;
  Wire wire_;
  event::Timer timer_;
  State state_ = State::kHead;
  Pooled<http::RequestHead> request_;
  // Of the request as it came: its handler may change the head.
  http::Version peer_version_ = http::Version::kHttp11;
  bool head_request_ = false;
  bool expect_continue_ = false;
  HeadScanner scanner_;
  BodyDecoder body_;
  BodyFraming framing_ = BodyFraming::kIdentity;
  size_t unconsumed_ = 0;
  size_t unsent_before_ = 0;  // While lingering: what was left to send when the timer was armed.
  bool started_ = false;
  bool in_flight_ = false;  // A stream exists.
  bool request_complete_ = false;
  bool response_started_ = false;
  bool response_complete_ = false;
  bool no_body_ = false;  // HEAD, 204, 304: whatever the handler sends.
  bool continue_sent_ = false;
  bool keep_alive_ = true;
  bool client_ends_ = false;  // The request that is in flight, and whole, is the client's last.
  bool draining_ = false;
  bool sent_while_half_closed_ = false;  // Since the timer was armed.
};

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_SERVER_CONNECTION_H_
