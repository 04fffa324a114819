#ifndef LIB_HTTP_STREAM_H_
#define LIB_HTTP_STREAM_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/http/message.h"

// One request and its response on one connection, whatever the protocol version: what HTTP/1 and
// HTTP/2 connections offer to those who answer, ask, or forward.
namespace gossamer::http {

// Why a stream ended early.
enum class ResetCause : uint8_t {
  kPeer,            // The peer reset the stream; `h2_code` is its code.
  kRefused,         // The peer has certainly not acted on it: it may be sent again elsewhere.
  kConnectionLost,  // The connection broke; `error` is the errno, 0 for an orderly end.
  kStale,           // A reused connection ended before the first byte of this response: the server
                    // most likely closed it as idle, but may have acted on the request.
  kProtocol,        // The peer broke the protocol's rules.
  kHeadTooLarge,    // The peer's head or trailers exceed the limits.
  kLocal,           // This side gave up: shutdown, a deadline.
};

struct Reset {
  ResetCause cause = ResetCause::kLocal;
  uint32_t h2_code = 0;  // RFC 9113 section 7; what an HTTP/2 peer sent, or would be sent.
  int error = 0;
  // With kProtocol and kHeadTooLarge: what is wrong with what the peer sent. One of a bounded set
  // of static lower_snake_case names, for metric labels and logs.
  absl::string_view reason = {};
};

// Error codes of RFC 9113 section 7 that this project sends.
inline constexpr uint32_t kH2NoError = 0x0;
inline constexpr uint32_t kH2ProtocolError = 0x1;
inline constexpr uint32_t kH2InternalError = 0x2;
inline constexpr uint32_t kH2RefusedStream = 0x7;
inline constexpr uint32_t kH2Cancel = 0x8;
inline constexpr uint32_t kH2EnhanceYourCalm = 0xb;

// Hears what arrives on a stream. Exactly one of OnReset() and OnDone() ends the calls, unless the
// handler resets the stream itself, which ends them at once.
//
// A request's head is given where the stream is (ServerHandler); a message whose head says
// BodyKind::kNone has ended with it, else OnEnd() says where it ends.
class StreamHandler {
 public:
  // Asking streams: an interim response (100, 103), then the response itself. The head is the
  // stream's and may be changed; it lives as long as the stream.
  virtual void OnInformational(ResponseHead* head) {}
  // The response may come before the request is complete.
  virtual void OnResponse(ResponseHead* head) {}
  // Bytes of the body (or of the tunnel after an upgrade), valid during the call. They count
  // against the sender's window until Consume() gives them back.
  virtual void OnData(absl::string_view data) = 0;
  // The message is complete. `trailers` may be null; it lives as long as the stream.
  virtual void OnEnd(Headers* trailers) = 0;
  // What was queued has shrunk, and SendBlocked() is false again.
  virtual void OnSendReady() = 0;
  // The stream is over, unfinished or in order; it is gone when the call returns.
  virtual void OnReset(const Reset& reset) = 0;
  virtual void OnDone() = 0;

 protected:
  ~StreamHandler() = default;
};

// Owned by its connection. Bound to the loop's thread. As it stands, the asking side: a client
// connection makes one for each request that it sends.
class Stream {
 public:
  // Bytes that may wait to be sent before SendBlocked() asks the source to pause.
  static constexpr size_t kSendQueueHigh = 64 * 1024;

  void set_handler(StreamHandler* handler) { handler_ = handler; }

  // Queues bytes of the body (or tunnel). The head must have been sent.
  virtual void SendData(absl::string_view data) = 0;
  // Ends this side's message. `trailers` may be null; HTTP/1 drops them where the body is not
  // chunked.
  virtual void SendEnd(const Headers* trailers) = 0;
  // Gives `bytes` of received data back to the sender's window.
  virtual void Consume(size_t bytes) = 0;
  // True while more than kSendQueueHigh bytes wait; OnSendReady() follows.
  virtual bool SendBlocked() const = 0;
  // Abandons the stream: RST_STREAM with this code, or the end of an HTTP/1 connection. The handler
  // hears nothing more, and the stream is gone.
  virtual void ResetStream(uint32_t h2_code) = 0;
  // For the handler's OnReset(): where nothing at all of the request has left this side, moves what
  // SendData() was given to the end of `body`, for another attempt. False where some of it may
  // have.
  virtual bool TakeUnsent(ByteQueue* body) { return false; }

 protected:
  virtual ~Stream() = default;

  StreamHandler* handler_ = nullptr;
};

// The answering side of a stream.
class ServerStream : public Stream {
 public:
  // The request, changeable, as long as the stream lives.
  virtual RequestHead* request() = 0;
  virtual void SendInformational(const ResponseHead& head) = 0;
  // Sends the head; with BodyKind::kNone this ends the message. A head with `upgrade` turns an
  // HTTP/1 connection into a tunnel: OnData(), OnEnd() and SendEnd() then are bytes and FINs.
  // `close_connection` makes this the connection's last response (Connection: close, GOAWAY).
  virtual void SendResponse(const ResponseHead& head, bool close_connection) = 0;
};

// Receives a server connection's requests.
class ServerHandler {
 public:
  // A request has come. The handler calls stream->set_handler() before it returns, and answers then
  // or later.
  virtual void OnRequest(ServerStream* stream) = 0;
  // A message was refused and answered with `status`; an HTTP/1 connection ends. 502 says that it
  // is the handler's own response, any other that it is the client's request. 0 where there is no
  // answer: the stream was reset, or the connection ends. `reason` is one of a bounded set of
  // static lower_snake_case names. For counting: the handler must not touch the connection within.
  virtual void OnBadRequest(int status, absl::string_view reason) {}
  // The connection has ended and all its streams have been told: delete it later, not within.
  virtual void OnConnectionClosed() = 0;

 protected:
  ~ServerHandler() = default;
};

// A connection on which requests arrive.
class ServerConnection {
 public:
  virtual ~ServerConnection() = default;
  // Goes on with bytes that were read while the protocol was found out, then with what comes.
  virtual void Start(absl::string_view already_read) = 0;
  // Lets what is in flight finish, takes no new requests, then closes: GOAWAY, Connection: close.
  virtual void Drain() = 0;
  // Streams in flight.
  virtual int active_streams() const = 0;
  // Bytes that are held because somebody does not take them, or does not send the rest: what waits
  // to be sent to the client, what the client has sent and the handlers have not consumed, and
  // heads of more than the ordinary size.
  virtual size_t held_bytes() const = 0;
  // For want of memory, ends the streams that hold most, or the connection: nobody need answer any
  // more. Returns how many bytes that gives back. Not within a callback.
  virtual size_t Shed() = 0;
};

}  // namespace gossamer::http

#endif  // LIB_HTTP_STREAM_H_
