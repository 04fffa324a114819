#ifndef LIB_HTTP_HTTP2_CONNECTION_H_
#define LIB_HTTP_HTTP2_CONNECTION_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/http/http2/deadlines.h"
#include "lib/http/http2/reset_budget.h"
#include "lib/http/http2/stream.h"
#include "lib/http/stream.h"
#include "lib/net/byte_stream.h"

namespace gossamer::http2 {

// How one side of a connection behaves. The defaults are the mesh's.
struct Options {
  uint32_t stream_window_bytes = 65'535;
  uint32_t connection_window_bytes = 1 << 20;
  // What readers of all streams may leave unread before the connection's window shrinks as well as
  // the streams' own: two hundred streams that stand still hold up no other.
  uint64_t unconsumed_bytes_max = 16 << 20;
  uint32_t max_concurrent_streams = 0;  // That a server admits; 0 for 2^31 - 1.
  uint32_t max_frame_bytes = 16'384;
  // Of one decoded head or trailer section, each field counted with 32 bytes more (RFC 9113 section
  // 6.5.2). A larger request is answered 431, a larger response resets its stream.
  uint32_t max_header_list_bytes = 64 * 1024;
  // Sends a PING this long after the last bytes came and closes the connection where its answer
  // stays out for the timeout. Infinite: none.
  absl::Duration keepalive_interval = absl::InfiniteDuration();
  absl::Duration keepalive_timeout = absl::Seconds(3);
  bool keepalive_while_idle = true;  // Also without streams.
  // A server's; a client has none. An idle connection drains; one whose head is slow or whose
  // responses stand still ends.
  Deadlines::Limits deadlines;
};

enum class Role { kClient, kServer };

// An HTTP/2 connection (RFC 9113): nghttp2 for the protocol, a ByteStream underneath, streams
// above.
//
// Writes are gathered until the end of the loop's turn. A peer that does not read stops what is
// produced for it: frames stay with nghttp2 and data in the streams' queues, whose size their
// sources heed. Floods (resets, settings, pings, CONTINUATION, empty frames) end the connection by
// nghttp2's limits and this class's.
class Connection : private event::IoHandler {
 public:
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Whether new streams may be started or come.
  bool accepting() const { return !draining_ && !closed_; }
  bool closed() const { return closed_; }
  int active_streams() const { return active_streams_; }
  net::ByteStream* transport() { return transport_.get(); }

 protected:
  Connection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport, Role role,
             const Options& options);
  ~Connection();

  absl::Status Open();
  // Handles bytes that were read already, then reads; from the end of the turn on.
  void Begin(absl::string_view already_read);
  // Lets streams in flight end and closes the connection then. A server says GOAWAY at once, and
  // takes the requests that were on their way meanwhile.
  void BeginDrain();
  // Ends the connection and all streams with it. Tells OnClosed().
  void Fail(http::Reset reset);
  // As http::ServerConnection has them.
  size_t HeldBytes() const;
  size_t ShedFullest();
  // Resets the streams in flight without a word to the derived class, which is being destroyed.
  void Abandon();

  // A request head is complete on a server.
  virtual void OnRequestHead(Stream* stream) = 0;
  // A request was answered by this class, or refused without an answer (`status` 0), or the
  // connection ends because of what the client did (0, once). Also within nghttp2.
  virtual void OnRequestRefused(int status, absl::string_view reason) {}
  // The peer will take no new streams (GOAWAY), or the keep-alive found it dead.
  virtual void OnDraining() {}
  // The connection is over and its streams have been told. The object may be deleted later.
  virtual void OnClosed() = 0;
  // Something of a stream's capacity may have changed: streams ended, or settings came.
  virtual void OnCapacity() {}

  event::Loop* loop() { return loop_; }
  nghttp2_session* session() { return session_; }
  const Options& options() const { return options_; }
  Stream* AddStream(int32_t id);
  void RemoveStream(Stream* stream);
  void ScheduleFlush() { flush_.Schedule(); }

 private:
  friend class Stream;
  class Session;

  // After this much input, others of the loop get their turn.
  static constexpr size_t kMaxBytesPerTurn = 512 * 1024;
  // Frames are serialized while less than this waits for the transport.
  static constexpr size_t kOutputHigh = 128 * 1024;
  // Frames that carry nothing and that a peer may send in a second, beyond those that answer data;
  // a stream that it makes this side reset counts for many.
  static constexpr int kMaxIdleFramesPerSecond = 10'000;
  static constexpr int kIdleFramesPerDataFrame = 4;
  static constexpr size_t kUsefulDataBytes = 256;
  static constexpr int kIdleFramesPerViolation = 100;
  // How long requests that had been sent before the client saw GOAWAY are waited for.
  static constexpr absl::Duration kDrainRoundTrip = absl::Seconds(1);
  // How long a client may take to end a connection that is over.
  static constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

  void OnIo(event::IoEvents events) override;
  void Receive();
  bool Feed(absl::string_view bytes);
  void Flush();
  bool Serialize();
  void DispatchSendReady();
  void CloseIfFinished();
  void Finish(const http::Reset& reset);
  void EndStreams(const http::Reset& reset);
  void RefuseUnsent();
  void CountIdleFrames(int count);
  void CountFault(absl::string_view reason);
  void CountReset();
  void TellEndReason(absl::string_view reason);
  void SendFinalGoaway();
  void ArmKeepalive();
  void OnTimer();
  void OnKeepalive();
  void CheckDeadlines();
  // Says goodbye as far as that goes without waiting, and ends the session.
  void EndSession(uint32_t h2_code, http::ResetCause cause, absl::string_view reason);

  event::Loop* const loop_;
  const std::unique_ptr<net::ByteStream> transport_;
  const Role role_;
  const Options options_;
  nghttp2_session* session_ = nullptr;
  ByteQueue output_;
  event::Deferred flush_;
  event::Deferred resume_reading_;
  event::Timer timer_;           // Keep-alive; later the steps of the end.
  event::Timer deadline_check_;  // A server's, where it has deadlines.
  Deadlines deadlines_;
  Stream* streams_ = nullptr;        // All that nghttp2 knows, linked.
  Stream* receiving_ = nullptr;      // Whose head is being received; saves looking it up by id.
  std::vector<Stream*> send_ready_;  // Whose queues have drained; told after the flush.
  std::string unfed_;  // What was read before the connection was made, until the turn's end.
  int active_streams_ = 0;
  uint64_t unconsumed_ = 0;  // Of all streams.
  ResetBudget resets_;       // A server's.
  int idle_frames_ = 0;      // In the second since idle_since_ns_.
  int64_t idle_since_ns_ = 0;
  uint32_t goaway_code_ = http::kH2NoError;  // Why this side ended the session.
  bool in_session_ = false;                  // Inside nghttp2: what would end the session waits.
  bool blocked_ = false;                     // The transport takes no more for now.
  bool draining_ = false;
  bool drain_announced_ = false;  // The final GOAWAY is yet to follow.
  bool lingering_ = false;        // Over; waits for the peer to end it, too.
  bool closed_ = false;
  bool end_reason_told_ = false;
  bool ping_outstanding_ = false;
  bool received_since_ping_ = false;
  bool fail_pending_ = false;
  http::Reset pending_failure_;
};

// The answering side.
class ServerConnection final : public http::ServerConnection, private Connection {
 public:
  // `handler` outlives the connection. Error: out of memory.
  static absl::StatusOr<std::unique_ptr<ServerConnection>> Create(
      event::Loop* loop, std::unique_ptr<net::ByteStream> transport, const Options& options,
      http::ServerHandler* handler);

  // Resets the streams in flight; the handler is not told of the connection's end.
  ~ServerConnection() override { Abandon(); }

  void Start(absl::string_view already_read) override { Begin(already_read); }
  void Drain() override { BeginDrain(); }
  int active_streams() const override { return Connection::active_streams(); }
  size_t held_bytes() const override { return HeldBytes(); }
  size_t Shed() override { return ShedFullest(); }

 private:
  ServerConnection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport,
                   const Options& options, http::ServerHandler* handler)
      : Connection(loop, std::move(transport), Role::kServer, options), handler_(handler) {}

  void OnRequestHead(Stream* stream) override { handler_->OnRequest(stream); }
  void OnRequestRefused(int status, absl::string_view reason) override {
    handler_->OnBadRequest(status, reason);
  }
  void OnClosed() override { handler_->OnConnectionClosed(); }

  http::ServerHandler* const handler_;
};

// The asking side.
class ClientConnection final : public Connection {
 public:
  class Observer {
   public:
    // No new requests may be started: a GOAWAY came. Those in flight go on.
    virtual void OnClientDraining(ClientConnection* connection) = 0;
    // The connection is over. Delete it later, not within.
    virtual void OnClientClosed(ClientConnection* connection) = 0;
    // A request has ended.
    virtual void OnClientCapacity(ClientConnection* connection) {}

   protected:
    ~Observer() = default;
  };

  // `transport` is connected, its handshake done. `observer` outlives the connection. The preface
  // goes out with the first turn.
  static absl::StatusOr<std::unique_ptr<ClientConnection>> Create(
      event::Loop* loop, std::unique_ptr<net::ByteStream> transport, const Options& options,
      Observer* observer);
  // Resets the streams in flight; the observer is not told.
  ~ClientConnection() { Abandon(); }

  // Sends a request's head. `head` is read during the call only; with BodyKind::kNone the request
  // is complete. Connection-specific fields (RFC 9113 section 8.2.2) are left out.
  // Null where the connection takes no requests.
  http::Stream* StartRequest(const http::RequestHead& head, http::StreamHandler* handler);
  // Replaces who is told; null for nobody.
  void SetObserver(Observer* observer) { observer_ = observer; }
  // Requests that may be started before the peer's limit is met.
  int capacity() const;
  void Drain() { BeginDrain(); }
  // Ends the connection at once; streams are reset. The observer is not told.
  void Abort();

 private:
  ClientConnection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport,
                   const Options& options, Observer* observer)
      : Connection(loop, std::move(transport), Role::kClient, options), observer_(observer) {}

  void OnRequestHead(Stream*) override {}
  void OnDraining() override {
    if (observer_ != nullptr) observer_->OnClientDraining(this);
  }
  void OnClosed() override {
    if (observer_ != nullptr) observer_->OnClientClosed(this);
  }
  void OnCapacity() override {
    if (observer_ != nullptr) observer_->OnClientCapacity(this);
  }

  Observer* observer_;
};

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_CONNECTION_H_
