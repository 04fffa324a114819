#include "lib/http/http2/stream.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "lib/http/http2/connection.h"
#include "lib/http/http2/fields.h"
#include "lib/http/http2/request_fault.h"

namespace gossamer::http2 {

void Stream::Clear() {
  connection_ = nullptr;
  handler_ = nullptr;
  id_ = -1;
  request_.reset();
  response_.reset();
  send_copy_.reset();
  trailers_.Clear();
  trailers_to_send_.Clear();
  queue_.Clear();
  fault_ = absl::string_view();
  header_bytes_ = decoded_bytes_ = 0;
  unconsumed_ = 0;
  held_ = 0;
  section_ = Section::kNone;
  too_large_ = head_sent_ = head_received_ = received_end_ = response_sent_ = false;
  body_submitted_ = reset_sent_ = false;
  deferred_ = ended_ = sent_end_ = was_blocked_ = in_send_ready_ = false;
}

// Receiving.

void Stream::BeginHeaders(Section section) {
  section_ = section;
  header_bytes_ = decoded_bytes_ = 0;
  if (section != Section::kHead) return;
  if (connection_->role_ == Role::kServer) {
    request_ = TakePooled<http::RequestHead>();
    request_->version = http::Version::kHttp2;
  } else {
    response_ = TakePooled<http::ResponseHead>();
    response_->version = http::Version::kHttp2;
  }
}

bool Stream::AddField(absl::string_view name, absl::string_view value) {
  if (section_ == Section::kNone || section_ == Section::kIgnored) return true;
  constexpr size_t kFieldOverhead = 32;  // RFC 9113 section 6.5.2.
  const uint64_t bytes_max = connection_->options_.max_header_list_bytes;
  const uint64_t bytes = name.size() + value.size() + kFieldOverhead;
  decoded_bytes_ += bytes;
  if (too_large_ || header_bytes_ + bytes > bytes_max) {
    // Of trailers, the fields that fit are passed on: a call's status is better than none.
    too_large_ = section_ != Section::kTrailers;
    return decoded_bytes_ <= kHeadFloodFactor * bytes_max;
  }
  header_bytes_ += bytes;
  if (name[0] == ':') {
    AddPseudoField(name, value);
    return true;
  }
  Arena* arena = request_ != nullptr ? &request_->arena : &response_->arena;
  http::Headers* fields = section_ == Section::kTrailers ? &trailers_
                          : request_ != nullptr          ? &request_->headers
                                                         : &response_->headers;
  fields->Add(arena->Copy(name), arena->Copy(value));
  return true;
}

void Stream::AddPseudoField(absl::string_view name, absl::string_view value) {
  if (request_ == nullptr) {
    if (name == ":status") (void)absl::SimpleAtoi(value, &response_->status);
    return;
  }
  absl::string_view copy = request_->arena.Copy(value);
  if (name == ":method") {
    request_->method = copy;
  } else if (name == ":path") {
    request_->path = copy;
  } else if (name == ":authority") {
    request_->authority = copy;
  } else if (name == ":scheme") {
    request_->scheme = copy;
  }
}

void Stream::EndHeaders(bool end_stream) {
  const Section section = std::exchange(section_, Section::kNone);
  if (section == Section::kTrailers) return;  // The end of the stream follows, and tells of them.
  if (section != Section::kHead) return;
  if (connection_->role_ == Role::kServer) {
    EndRequestHead(end_stream);
  } else {
    EndResponseHead(end_stream);
  }
}

void Stream::EndRequestHead(bool end_stream) {
  head_received_ = true;
  if (too_large_) return RefuseRequest(431, "head_too_large");
  http::RequestHead& head = *request_;
  const absl::string_view fault = RequestFault(head);
  if (!fault.empty()) return RefuseRequest(400, fault);
  if (head.authority.empty()) {
    if (const absl::string_view* host = head.headers.Find("host")) head.authority = *host;
  }
  head.headers.Remove("host");  // :authority says it; HTTP/1 is given a Host from it.
  SetBody(end_stream, &head);
  if (const absl::string_view* expect = head.headers.Find("expect")) {
    head.expect_continue = absl::EqualsIgnoreCase(*expect, "100-continue");
  }
  received_end_ = end_stream;
  connection_->OnRequestHead(this);
}

void Stream::RefuseRequest(int status, absl::string_view reason) {
  http::ResponseHead refusal;
  refusal.status = status;
  refusal.headers.Add("content-length", "0");
  SendResponse(refusal, /*close_connection=*/false);
  connection_->OnRequestRefused(refusal.status, reason);
  connection_->CountIdleFrames(Connection::kIdleFramesPerViolation);
}

void Stream::EndResponseHead(bool end_stream) {
  if (too_large_) {
    Terminate({http::ResetCause::kHeadTooLarge, http::kH2Cancel, 0, "head_too_large"});
    if (connection_ != nullptr) ResetStream(http::kH2Cancel);
    return;
  }
  http::ResponseHead& head = *response_;
  if (head.informational()) {
    if (handler_ != nullptr) handler_->OnInformational(&head);
    return;
  }
  head_received_ = true;
  SetBody(end_stream, &head);
  received_end_ = end_stream;
  if (handler_ != nullptr) handler_->OnResponse(&head);
}

void Stream::ReceiveData(absl::string_view data) {
  unconsumed_ += data.size();
  connection_->unconsumed_ += data.size();
  // The stream's own window holds its sender back. The connection's is given back at once, or a few
  // streams that nobody reads would hold up all the others, which may be other people's.
  const bool too_much = connection_->unconsumed_ > connection_->options_.unconsumed_bytes_max;
  if (too_much && connection_->role_ == Role::kServer) {
    held_ += data.size();  // The client has only itself to wait for.
  } else {
    nghttp2_session_consume_connection(connection_->session_, data.size());
  }
  if (too_much && connection_->role_ == Role::kClient) {
    // Readers of many owners share a connection to a server: the one who has left most unread pays,
    // rather than all by waiting for it.
    Stream* fullest = this;
    for (Stream* other = connection_->streams_; other != nullptr; other = other->next_) {
      if (other->unconsumed_ > fullest->unconsumed_) fullest = other;
    }
    fullest->Terminate({http::ResetCause::kLocal, http::kH2EnhanceYourCalm, 0});
    if (fullest->connection_ != nullptr) fullest->ResetStream(http::kH2Cancel);
    if (fullest == this) return;
  }
  if (handler_ == nullptr || too_large_) return Consume(data.size());
  handler_->OnData(data);
}

void Stream::ReceiveEnd() {
  if (received_end_) return;
  received_end_ = true;
  if (handler_ != nullptr) handler_->OnEnd(trailers_.empty() ? nullptr : &trailers_);
}

void Stream::Consume(size_t bytes) {
  bytes = std::min<uint64_t>(bytes, unconsumed_);
  if (bytes == 0) return;
  unconsumed_ -= bytes;
  connection_->unconsumed_ -= bytes;
  nghttp2_session_consume_stream(connection_->session_, id_, bytes);
  ReleaseHeld(bytes);
  connection_->ScheduleFlush();
}

void Stream::ReleaseHeld(uint64_t bytes) {
  bytes = std::min(bytes, held_);
  if (bytes == 0) return;
  held_ -= bytes;
  nghttp2_session_consume_connection(connection_->session_, bytes);
}

void Stream::Closed(uint32_t h2_code) {
  connection_->unconsumed_ -= unconsumed_;
  unconsumed_ = 0;
  ReleaseHeld(held_);
  if (handler_ == nullptr) return;
  // A server that has answered may do without the request's rest (RFC 9113 section 8.1).
  if (received_end_ && (sent_end_ || h2_code == http::kH2NoError)) {
    http::StreamHandler* handler = std::exchange(handler_, nullptr);
    handler->OnDone();
    return;
  }
  const auto cause =
      h2_code == http::kH2RefusedStream ? http::ResetCause::kRefused : http::ResetCause::kPeer;
  // A reset that nobody here asked for is nghttp2's answer to a violation.
  if (reset_sent_) {
    return Terminate({http::ResetCause::kProtocol, h2_code, 0, FaultReason(h2_code)});
  }
  Terminate({cause, h2_code, 0});
}

absl::string_view Stream::FaultReason(uint32_t h2_code) const {
  return fault_.empty() ? ErrorReason(h2_code) : fault_;
}

void Stream::Terminate(http::Reset reset) {
  if (handler_ == nullptr) return;
  const bool never_sent = connection_->role_ == Role::kClient && !head_sent_;
  if (never_sent && reset.cause != http::ResetCause::kLocal) {
    reset.cause = http::ResetCause::kRefused;
  }
  http::StreamHandler* handler = std::exchange(handler_, nullptr);
  handler->OnReset(reset);
}

// Sending.

void Stream::SendInformational(const http::ResponseHead& head) {
  FieldArray fields;
  char status[4];
  fields.AddStatus(head.status, status);
  fields.AddAll(head.headers);
  nghttp2_submit_headers(connection_->session_, NGHTTP2_FLAG_NONE, id_, nullptr, fields.data(),
                         fields.size(), nullptr);
  connection_->ScheduleFlush();
}

void Stream::SendResponse(const http::ResponseHead& head, bool close_connection) {
  FieldArray fields;
  char status[4];
  fields.AddStatus(head.status, status);
  fields.AddAll(head.headers);
  response_sent_ = true;
  nghttp2_data_provider2 provider = Provider();
  const bool has_body = head.body != http::BodyKind::kNone;
  body_submitted_ = has_body;
  ended_ = !has_body;
  nghttp2_submit_response2(connection_->session_, id_, fields.data(), fields.size(),
                           has_body ? &provider : nullptr);
  if (close_connection) connection_->BeginDrain();
  connection_->ScheduleFlush();
}

void Stream::SendData(absl::string_view data) {
  if (data.empty() || ended_) return;
  queue_.Append(data);
  was_blocked_ = was_blocked_ || SendBlocked();
  if (deferred_) {
    deferred_ = false;
    nghttp2_session_resume_data(connection_->session_, id_);
  }
  connection_->ScheduleFlush();
}

void Stream::SendEnd(const http::Headers* trailers) {
  if (ended_) return;
  ended_ = true;
  if (trailers != nullptr && !trailers->empty()) {
    send_copy_ = TakePooled<http::ResponseHead>();
    for (const http::Header& field : *trailers) {
      trailers_to_send_.Add(send_copy_->arena.Copy(field.name),
                            send_copy_->arena.Copy(field.value));
    }
  }
  if (deferred_) {
    deferred_ = false;
    nghttp2_session_resume_data(connection_->session_, id_);
  }
  connection_->ScheduleFlush();
}

// Gives nghttp2 the size of the next DATA frame; the bytes themselves go from queue_ to the
// connection's output when the frame is written.
nghttp2_ssize Stream::ReadQueue(size_t max, uint32_t* flags) {
  const size_t count = std::min(max, queue_.size());
  if (count == 0 && !ended_) {
    deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (ended_ && count == queue_.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!trailers_to_send_.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      SubmitTrailers();
    }
  }
  return static_cast<nghttp2_ssize>(count);
}

nghttp2_data_provider2 Stream::Provider() {
  nghttp2_data_provider2 provider;
  provider.source.ptr = this;
  provider.read_callback = [](nghttp2_session*, int32_t, uint8_t*, size_t length, uint32_t* flags,
                              nghttp2_data_source* source, void*) -> nghttp2_ssize {
    return static_cast<Stream*>(source->ptr)->ReadQueue(length, flags);
  };
  return provider;
}

void Stream::SubmitTrailers() {
  FieldArray fields;
  fields.AddAll(trailers_to_send_);
  nghttp2_submit_trailer(connection_->session_, id_, fields.data(), fields.size());
  trailers_to_send_.Clear();
}

void Stream::MaybeSendReady() {
  if (!was_blocked_ || in_send_ready_ || queue_.size() > kSendQueueLow) return;
  was_blocked_ = false;
  in_send_ready_ = true;
  connection_->send_ready_.push_back(this);
}

bool Stream::TakeUnsent(ByteQueue* body) {
  if (connection_->role_ != Role::kClient || head_sent_) return false;
  body->MoveFrom(&queue_, queue_.size());
  return true;
}

void Stream::ResetStream(uint32_t h2_code) {
  handler_ = nullptr;
  if (unconsumed_ > 0) Consume(unconsumed_);
  queue_.Clear();
  nghttp2_submit_rst_stream(connection_->session_, NGHTTP2_FLAG_NONE, id_, h2_code);
  connection_->ScheduleFlush();
}

}  // namespace gossamer::http2
