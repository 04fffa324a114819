#ifndef LIB_HTTP_HTTP2_STREAM_H_
#define LIB_HTTP_HTTP2_STREAM_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/buffer/object_pool.h"
#include "lib/http/stream.h"

namespace gossamer::http2 {

class Connection;

// One stream of either role. Lives from its first frame until nghttp2 closes it, which may be after
// the handler has let go of it.
class Stream final : public http::ServerStream {
 public:
  Stream() = default;

  void SendData(absl::string_view data) override;
  void SendEnd(const http::Headers* trailers) override;
  void Consume(size_t bytes) override;
  bool SendBlocked() const override { return queue_.size() > kSendQueueHigh; }
  void ResetStream(uint32_t h2_code) override;
  bool TakeUnsent(ByteQueue* body) override;
  http::RequestHead* request() override { return request_.get(); }
  void SendInformational(const http::ResponseHead& head) override;
  void SendResponse(const http::ResponseHead& head, bool close_connection) override;

  // Of a server: queued, unread, and the request's head where it is no ordinary one.
  size_t held_bytes() const {
    const size_t head = request_ == nullptr ? 0 : request_->arena.extra_bytes();
    return queue_.size() + unconsumed_ + head;
  }

  // For the pool.
  void Clear();

 private:
  friend class ClientConnection;
  friend class Connection;

  // What a head may decode to, as a multiple of max_header_list_bytes, before the connection ends.
  static constexpr uint64_t kHeadFloodFactor = 8;
  // Below this the source is asked to go on.
  static constexpr size_t kSendQueueLow = kSendQueueHigh / 2;

  // What the field lines that come now belong to.
  enum class Section : uint8_t { kNone, kHead, kInformational, kTrailers, kIgnored };

  void BeginHeaders(Section section);
  // Drops what exceeds the limit. False where that is many times over: each field of a block costs
  // its whole length to check, though the peer may have named it by a byte (RFC 7541 section 7.3).
  bool AddField(absl::string_view name, absl::string_view value);
  void AddPseudoField(absl::string_view name, absl::string_view value);
  void EndHeaders(bool end_stream);
  void EndRequestHead(bool end_stream);
  void EndResponseHead(bool end_stream);
  // Answers a request that its handler is not to see.
  void RefuseRequest(int status, absl::string_view reason);
  void ReceiveData(absl::string_view data);
  void ReceiveEnd();
  // Gives the connection's window up to `bytes` of what is held back.
  void ReleaseHeld(uint64_t bytes);
  // nghttp2 has closed the stream.
  void Closed(uint32_t h2_code);
  void Terminate(http::Reset reset);
  // What the peer did wrong, where nghttp2 reset the stream with this code.
  absl::string_view FaultReason(uint32_t h2_code) const;
  void MaybeSendReady();

  // Lets nghttp2 take the body from queue_.
  nghttp2_data_provider2 Provider();
  nghttp2_ssize ReadQueue(size_t max, uint32_t* flags);
  void SubmitTrailers();

  Connection* connection_ = nullptr;
  int32_t id_ = -1;
  Stream* next_ = nullptr;  // In the connection's list.
  Stream** link_ = nullptr;

  Pooled<http::RequestHead> request_;     // Server.
  Pooled<http::ResponseHead> response_;   // Client: the interim or final response.
  http::Headers trailers_;                // Received; their text is in the head's arena.
  http::Headers trailers_to_send_;        // Their text is in send_copy_.
  Pooled<http::ResponseHead> send_copy_;  // Lends its arena to trailers_to_send_.
  ByteQueue queue_;                       // Body yet to be sent.
  absl::string_view fault_;     // What nghttp2 found wrong with a head, if it did; static.
  uint64_t header_bytes_ = 0;   // Of the fields that are kept.
  uint64_t decoded_bytes_ = 0;  // Of all fields of the section.
  uint64_t unconsumed_ = 0;     // Received and not given back to the stream's window.
  uint64_t held_ = 0;           // Of it, what is not given back to the connection's window either.
  Section section_ = Section::kNone;
  bool too_large_ = false;
  bool head_sent_ = false;      // Client: the request has left nghttp2's queue.
  bool head_received_ = false;  // The final head.
  bool received_end_ = false;
  bool response_sent_ = false;
  bool body_submitted_ = false;  // A data provider reads queue_.
  bool deferred_ = false;        // nghttp2 waits for ResumeData.
  bool ended_ = false;           // SendEnd() was called.
  bool sent_end_ = false;        // END_STREAM went out.
  bool reset_sent_ = false;      // RST_STREAM went out.
  bool was_blocked_ = false;
  bool in_send_ready_ = false;  // Stands in the connection's list.
};

}  // namespace gossamer::http2

#endif  // LIB_HTTP_HTTP2_STREAM_H_
