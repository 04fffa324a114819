#include "lib/http/http2/connection.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/buffer/block_pool.h"
#include "lib/http/http2/fields.h"
#include "lib/http/http2/request_fault.h"
#include "lib/net/read_buffer.h"
#include "lib/status/status_macros.h"

namespace gossamer::http2 {
namespace {

// Limits on peers that misuse the protocol; beyond them nghttp2 ends the connection.
constexpr uint64_t kResetBurst = 1000;   // Streams that a client may reset at once,
constexpr uint64_t kResetRate = 100;     // and in every second after.
constexpr size_t kMaxQueuedAcks = 1000;  // SETTINGS and PING answers that wait to be sent.
constexpr size_t kMaxSettings = 32;
constexpr size_t kMaxContinuations = 16;
constexpr size_t kMaxSendHeaderBlockBytes = 1 << 20;

// Tells the PING whose answer ends the first part of a drain from those that keep alive.
constexpr uint8_t kDrainPing[8] = {'d', 'r', 'a', 'i', 'n'};

absl::string_view View(const uint8_t* data, size_t size) {
  return absl::string_view(reinterpret_cast<const char*>(data), size);
}

}  // namespace

// What nghttp2 calls: thin, each hands on to the stream or the connection.
struct Connection::Callbacks {
  static Connection* Self(void* user_data) { return static_cast<Connection*>(user_data); }
  static Stream* Find(nghttp2_session* session, int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int OnBeginFrame(nghttp2_session* session, const nghttp2_frame_hd* header,
                          void* user_data) {
    const bool end_stream = (header->flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool data = header->type == NGHTTP2_DATA && (header->length > 0 || end_stream);
    // CONTINUATION has limits of its own, and HEADERS is a request's.
    const bool head = header->type == NGHTTP2_HEADERS || header->type == NGHTTP2_CONTINUATION;
    if (!data && !head) Self(user_data)->CountIdleFrames(1);
    // A head before it has ended, however that was.
    if (header->type != NGHTTP2_CONTINUATION) Self(user_data)->deadlines_.OnHeadEnded();
    if (header->type == NGHTTP2_PUSH_PROMISE) {
      // Never allowed; by itself nghttp2 would take pushes from a server that acknowledges nothing.
      nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
    }
    return 0;
  }

  // RFC 9113 section 8.2.1: a request with such a field is malformed; by itself nghttp2 would drop
  // some of these fields in silence.
  static int OnInvalidHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                             const uint8_t*, size_t, uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  // A head that breaks the rules of messages: nghttp2 resets its stream. What else is called
  // invalid ends the connection, whose GOAWAY tells.
  static int OnInvalidFrame(nghttp2_session* session, const nghttp2_frame* frame, int error,
                            void* user_data) {
    if (error != NGHTTP2_ERR_HTTP_HEADER && error != NGHTTP2_ERR_HTTP_MESSAGING) return 0;
    Self(user_data)->deadlines_.OnHeadEnded();
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr || !stream->fault_.empty()) return 0;
    stream->fault_ = error == NGHTTP2_ERR_HTTP_HEADER ? "malformed_field" : "malformed_message";
    Self(user_data)->CountFault(stream->fault_);
    return 0;
  }

  static int OnBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Connection* self = Self(user_data);
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr) {
      if (self->role_ == Role::kClient) return 0;
      stream = self->AddStream(frame->hd.stream_id);
      nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    }
    self->receiving_ = stream;
    self->deadlines_.OnHeadBegun(self->loop_->now_ns());
    stream->BeginHeaders(stream->head_received_ ? Stream::Section::kTrailers
                                                : Stream::Section::kHead);
    return 0;
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_length, const uint8_t* value, size_t value_length, uint8_t,
                      void* user_data) {
    Stream* stream = Self(user_data)->receiving_;
    if (stream == nullptr || stream->id_ != frame->hd.stream_id) {
      stream = Find(session, frame->hd.stream_id);
    }
    if (stream == nullptr || name_length == 0) return 0;
    const bool go_on = stream->AddField(View(name, name_length), View(value, value_length));
    return go_on ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int OnFrameReceived(nghttp2_session* session, const nghttp2_frame* frame,
                             void* user_data) {
    Connection* self = Self(user_data);
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA: {
        const bool end_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        Stream* stream = Find(session, frame->hd.stream_id);
        if (frame->hd.type == NGHTTP2_HEADERS) self->deadlines_.OnHeadEnded();
        if (stream == nullptr) break;
        if (frame->hd.type == NGHTTP2_HEADERS) {
          stream->EndHeaders(end_stream);
          stream = Find(session, frame->hd.stream_id);
        }
        if (end_stream && stream != nullptr) stream->ReceiveEnd();
        break;
      }
      case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) break;
        if (std::equal(std::begin(kDrainPing), std::end(kDrainPing), frame->ping.opaque_data)) {
          self->SendFinalGoaway();
        } else {
          self->ping_outstanding_ = false;
        }
        break;
      case NGHTTP2_GOAWAY:
        if (!std::exchange(self->draining_, true)) self->OnDraining();
        self->RefuseUnsent();
        break;
      case NGHTTP2_SETTINGS:
        self->OnCapacity();
        break;
      default:
        break;
    }
    return 0;
  }

  static int OnDataChunk(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data,
                         size_t length, void*) {
    Stream* stream = Find(session, id);
    if (stream != nullptr) {
      stream->ReceiveData(View(data, length));
    } else {
      nghttp2_session_consume_connection(session, length);
    }
    return 0;
  }

  static int OnStreamClose(nghttp2_session* session, int32_t id, uint32_t error_code,
                           void* user_data) {
    Stream* stream = Find(session, id);
    if (stream == nullptr) return 0;
    nghttp2_session_set_stream_user_data(session, id, nullptr);
    stream->Closed(error_code);
    Self(user_data)->RemoveStream(stream);
    return 0;
  }

  static int OnFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
      const uint32_t code = frame->goaway.error_code;
      Self(user_data)->goaway_code_ = code;
      // nghttp2 has this code for a client that resets too many streams.
      Self(user_data)->TellEndReason(code == NGHTTP2_INTERNAL_ERROR ? "reset_flood"
                                                                    : ErrorReason(code));
    }
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      stream->reset_sent_ = true;
      const uint32_t code = frame->rst_stream.error_code;
      if (stream->handler_ != nullptr && code != NGHTTP2_NO_ERROR && stream->fault_.empty()) {
        Self(user_data)->CountFault(ErrorReason(code));
      }
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    stream->head_sent_ = true;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    stream->sent_end_ = true;
    // A server that has answered needs no more of the request (RFC 9113 section 8.1).
    if (Self(user_data)->role_ == Role::kServer && !stream->received_end_) {
      stream->received_end_ = true;
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, http::kH2NoError);
    }
    return 0;
  }

  // A head that cannot be sent (it is too large, say) must not leave its stream waiting for ever.
  static int OnFrameNotSent(nghttp2_session* session, const nghttp2_frame* frame, int, void*) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    // A request's stream nghttp2 closes by itself, and the peer must not hear of it.
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) return 0;
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                              http::kH2InternalError);
    return 0;
  }

  static int SendData(nghttp2_session*, nghttp2_frame*, const uint8_t* frame_header, size_t length,
                      nghttp2_data_source* source, void* user_data) {
    Connection* self = Self(user_data);
    auto* stream = static_cast<Stream*>(source->ptr);
    constexpr size_t kFrameHeaderBytes = 9;
    self->output_.Append(View(frame_header, kFrameHeaderBytes));
    self->output_.MoveFrom(&stream->queue_, length);
    stream->MaybeSendReady();
    self->deadlines_.OnDataSent(self->loop_->now_ns());
    // What is small because its window is does not count: a peer that opens it a byte at a time has
    // a frame made for each of its own.
    if (length >= kUsefulDataBytes || stream->queue_.empty()) {
      self->idle_frames_ = std::max(0, self->idle_frames_ - kIdleFramesPerDataFrame);
    }
    return 0;
  }

  static nghttp2_session_callbacks* Make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, &OnBeginFrame);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, &OnInvalidHeader);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, &OnInvalidFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrameReceived);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &OnDataChunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnStreamClose);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &OnFrameSent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, &OnFrameNotSent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, &SendData);
    return callbacks;
  }

  static nghttp2_option* MakeOptions() {
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_stream_reset_rate_limit(option, kResetBurst, kResetRate);
    nghttp2_option_set_max_outbound_ack(option, kMaxQueuedAcks);
    nghttp2_option_set_max_settings(option, kMaxSettings);
    nghttp2_option_set_max_continuations(option, kMaxContinuations);
    nghttp2_option_set_max_send_header_block_length(option, kMaxSendHeaderBlockBytes);
    return option;
  }
};

namespace {

// nghttp2 allocates several times for each stream.
nghttp2_mem* PooledMemory() {
  static nghttp2_mem memory = {
      nullptr,
      [](size_t size, void*) { return BlockPool::Allocate(size); },
      [](void* block, void*) { BlockPool::Free(block); },
      [](size_t count, size_t size, void*) { return BlockPool::AllocateZeroed(count, size); },
      [](void* block, size_t size, void*) { return BlockPool::Reallocate(block, size); },
  };
  return &memory;
}

}  // namespace

Connection::Connection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport, Role role,
                       const Options& options)
    : loop_(loop),
      transport_(std::move(transport)),
      role_(role),
      options_(options),
      flush_(loop, [this] { Flush(); }),
      resume_reading_(loop, [this] { Receive(); }),
      timer_(loop, [this] { OnTimer(); }),
      deadline_check_(loop, [this] { CheckDeadlines(); }),
      deadlines_(options.deadlines) {}

Connection::~Connection() { nghttp2_session_del(session_); }

absl::Status Connection::Open() {
  static const nghttp2_session_callbacks* const kCallbacks = Callbacks::Make();
  static const nghttp2_option* const kOptions = Callbacks::MakeOptions();
  const int error =
      role_ == Role::kServer
          ? nghttp2_session_server_new3(&session_, kCallbacks, this, kOptions, PooledMemory())
          : nghttp2_session_client_new3(&session_, kCallbacks, this, kOptions, PooledMemory());
  if (error != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("HTTP/2: ", nghttp2_strerror(error)));
  }
  absl::InlinedVector<nghttp2_settings_entry, 5> settings = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, options_.max_frame_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options_.max_header_list_bytes},
  };
  if (role_ == Role::kClient) {
    settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  } else if (options_.max_concurrent_streams > 0) {
    settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.max_concurrent_streams});
  }
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<int32_t>(options_.connection_window_bytes));
  return absl::OkStatus();
}

void Connection::Begin(absl::string_view already_read) {
  transport_->SetHandler(this);
  ArmKeepalive();
  deadlines_.OnIdle(loop_->now_ns());
  if (role_ == Role::kServer) deadline_check_.Arm(deadlines_.check_interval());
  unfed_.assign(already_read.data(), already_read.size());
  flush_.Schedule();
  resume_reading_.Schedule();
}

void Connection::OnIo(event::IoEvents events) {
  if (events.writable && (std::exchange(blocked_, false) || !output_.empty())) flush_.Schedule();
  if (events.readable) Receive();
}

void Connection::Receive() {
  // Requests of this turn are on their way before anything is heard: a GOAWAY that is there already
  // lets them by, and would refuse what has not been written.
  if (role_ == Role::kClient && flush_.scheduled() && !closed_) {
    if (!Serialize()) return Fail({http::ResetCause::kLocal, http::kH2InternalError, ENOMEM});
    if (std::exchange(fail_pending_, false)) return Fail(pending_failure_);
  }
  if (!unfed_.empty()) {
    const std::string bytes = std::exchange(unfed_, std::string());
    if (!Feed(bytes)) return;
  }
  size_t total = 0;
  while (!closed_) {
    if (total > kMaxBytesPerTurn) return resume_reading_.Schedule();
    char* buffer = net::ReadBuffer();
    const net::IoResult result = transport_->Read(buffer, net::kUsualReadBytes);
    if (result.status == net::IoStatus::kBlocked) return;
    if (result.status != net::IoStatus::kOk) {
      return Fail({http::ResetCause::kConnectionLost, http::kH2Cancel, result.error});
    }
    total += result.bytes;
    received_since_ping_ = true;
    if (lingering_) continue;
    if (!Feed(absl::string_view(buffer, result.bytes))) return;
  }
}

// False where the connection has ended.
bool Connection::Feed(absl::string_view bytes) {
  in_session_ = true;
  const nghttp2_ssize used = nghttp2_session_mem_recv2(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  in_session_ = false;
  flush_.Schedule();
  if (std::exchange(fail_pending_, false)) {
    Fail(pending_failure_);
    return false;
  }
  if (used < 0) {
    // A bad preface or a flood: nghttp2 has queued no GOAWAY. Say goodbye as far as it goes.
    const bool bad_preface = used == NGHTTP2_ERR_BAD_CLIENT_MAGIC;
    const absl::string_view reason = bad_preface                            ? "bad_preface"
                                     : used == NGHTTP2_ERR_CALLBACK_FAILURE ? "head_flood"
                                                                            : "flood";
    const uint32_t code = bad_preface ? http::kH2ProtocolError : http::kH2EnhanceYourCalm;
    EndSession(code, http::ResetCause::kProtocol, reason);
    return false;
  }
  return true;
}

void Connection::EndSession(uint32_t h2_code, http::ResetCause cause, absl::string_view reason) {
  TellEndReason(reason);
  nghttp2_session_terminate_session(session_, h2_code);
  (void)Serialize();
  blocked_ = transport_->Write(&output_).status != net::IoStatus::kOk;
  Finish({cause, h2_code, 0, reason});
}

void Connection::CheckDeadlines() {
  if (lingering_) return;
  size_t waiting_bytes = 0;
  for (const Stream* stream = streams_; stream != nullptr; stream = stream->next_) {
    waiting_bytes += stream->queue_.size();
  }
  switch (deadlines_.Check(loop_->now_ns(), active_streams_, waiting_bytes)) {
    case Deadlines::Verdict::kFine:
      break;
    case Deadlines::Verdict::kSlowHead:
      return EndSession(http::kH2EnhanceYourCalm, http::ResetCause::kLocal, "head_timeout");
    case Deadlines::Verdict::kStalled:
      return EndSession(http::kH2EnhanceYourCalm, http::ResetCause::kLocal, "stall_timeout");
    case Deadlines::Verdict::kIdle:
      BeginDrain();
      break;
  }
  deadline_check_.Arm(deadlines_.check_interval());
}

size_t Connection::HeldBytes() const {
  size_t bytes = output_.size();
  for (const Stream* stream = streams_; stream != nullptr; stream = stream->next_) {
    bytes += stream->held_bytes();
  }
  return bytes;
}

// Many share a connection between proxies: streams that hold little are not to pay for the others.
size_t Connection::ShedFullest() {
  size_t most = 0;
  for (const Stream* stream = streams_; stream != nullptr; stream = stream->next_) {
    most = std::max(most, stream->held_bytes());
  }
  if (most < ByteQueue::kBlockBytes) {
    const size_t bytes = HeldBytes();
    OnRequestRefused(0, "memory_short");
    Fail({http::ResetCause::kLocal, http::kH2EnhanceYourCalm, ENOMEM});
    return bytes;
  }
  size_t given_back = 0;
  for (Stream *stream = streams_, *next; stream != nullptr; stream = next) {
    next = stream->next_;
    if (stream->held_bytes() < most / 2) continue;
    given_back += stream->held_bytes();
    OnRequestRefused(0, "memory_short");
    stream->Terminate({http::ResetCause::kLocal, http::kH2EnhanceYourCalm, ENOMEM});
    stream->ResetStream(http::kH2EnhanceYourCalm);
  }
  return given_back;
}

// In nghttp2's callbacks.
void Connection::CountIdleFrames(int count) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  if (loop_->now_ns() - idle_since_ns_ > kSecondNs) {
    idle_since_ns_ = loop_->now_ns();
    idle_frames_ = 0;
  }
  const bool over_before = idle_frames_ > kMaxIdleFramesPerSecond;
  idle_frames_ += count;
  if (over_before || idle_frames_ <= kMaxIdleFramesPerSecond) return;
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

// In nghttp2's callbacks: a stream that the peer makes this side reset. A server's are few, each
// for a request of this side.
void Connection::CountFault(absl::string_view reason) {
  if (role_ == Role::kClient) return;
  CountIdleFrames(kIdleFramesPerViolation);
  OnRequestRefused(0, reason);
}

void Connection::TellEndReason(absl::string_view reason) {
  if (!std::exchange(end_reason_told_, true)) OnRequestRefused(0, reason);
}

// Serializes frames up to the output's bound. False on a fatal error.
bool Connection::Serialize() {
  in_session_ = true;
  while (output_.size() < kOutputHigh) {
    const uint8_t* data = nullptr;
    const nghttp2_ssize count = nghttp2_session_mem_send2(session_, &data);
    if (count < 0) {
      in_session_ = false;
      return false;
    }
    if (count == 0) break;
    output_.Append(View(data, static_cast<size_t>(count)));
  }
  in_session_ = false;
  return true;
}

void Connection::Flush() {
  if (closed_ || lingering_) return;
  bool flushed = false;
  while (!blocked_) {
    if (!Serialize()) return Fail({http::ResetCause::kLocal, http::kH2InternalError, ENOMEM});
    if (std::exchange(fail_pending_, false)) return Fail(pending_failure_);
    // Once also without output: the transport may hold some.
    if (output_.empty() && std::exchange(flushed, true)) break;
    const net::IoResult result = transport_->Write(&output_);
    if (result.status == net::IoStatus::kError) {
      return Fail({http::ResetCause::kConnectionLost, http::kH2Cancel, result.error});
    }
    blocked_ = result.status == net::IoStatus::kBlocked;
  }
  DispatchSendReady();
  CloseIfFinished();
}

void Connection::DispatchSendReady() {
  // A handler may send more, which may fill a queue again: it then waits for the next flush.
  const size_t count = send_ready_.size();
  for (size_t i = 0; i < count && !closed_; ++i) {
    Stream* stream = std::exchange(send_ready_[i], nullptr);
    if (stream == nullptr) continue;
    stream->in_send_ready_ = false;
    if (stream->handler_ != nullptr) stream->handler_->OnSendReady();
  }
  send_ready_.erase(send_ready_.begin(), send_ready_.begin() + static_cast<ptrdiff_t>(std::min(
                                                                   count, send_ready_.size())));
}

void Connection::CloseIfFinished() {
  if (closed_ || blocked_ || !output_.empty()) return;
  if (nghttp2_session_want_read(session_) || nghttp2_session_want_write(session_)) {
    if (!draining_ || active_streams_ > 0 || role_ == Role::kServer) return;
  }
  if (goaway_code_ == http::kH2NoError) return Finish({http::ResetCause::kLocal, 0, 0});
  Finish({http::ResetCause::kProtocol, goaway_code_, 0, ErrorReason(goaway_code_)});
}

// Ends the session. A server closes only once the client has: closing with input unread would make
// a reset that may destroy what the client has not read yet.
void Connection::Finish(const http::Reset& reset) {
  if (role_ == Role::kClient || blocked_) return Fail(reset);
  lingering_ = draining_ = true;
  EndStreams(reset);
  transport_->ShutdownWrite();
  timer_.Arm(kLingerTimeout);
}

void Connection::BeginDrain() {
  if (closed_ || std::exchange(draining_, true)) return;
  if (role_ == Role::kServer) {
    // RFC 9113 section 6.8: the announcement, a round trip for what the client had sent before it
    // saw it, and the end.
    drain_announced_ = true;
    nghttp2_submit_shutdown_notice(session_);
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kDrainPing);
    timer_.Arm(kDrainRoundTrip);
  }
  flush_.Schedule();
}

void Connection::SendFinalGoaway() {
  if (closed_ || lingering_ || !std::exchange(drain_announced_, false)) return;
  // Ends the session once the streams that the peer knows of are done.
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  ArmKeepalive();
  flush_.Schedule();
}

// After a GOAWAY: requests that wait for the peer's concurrency limit will never be sent.
void Connection::RefuseUnsent() {
  if (role_ == Role::kServer) return;
  for (Stream *stream = streams_, *next; stream != nullptr; stream = next) {
    next = stream->next_;
    if (stream->head_sent_) continue;
    stream->Terminate({http::ResetCause::kRefused, http::kH2RefusedStream, 0});
    stream->ResetStream(http::kH2RefusedStream);
  }
}

void Connection::Fail(http::Reset reset) {
  if (closed_) return;
  if (in_session_) {
    fail_pending_ = true;
    pending_failure_ = reset;
    return;
  }
  closed_ = draining_ = true;
  transport_->SetHandler(nullptr);
  timer_.Cancel();
  deadline_check_.Cancel();
  flush_.Cancel();
  resume_reading_.Cancel();
  EndStreams(reset);
  OnClosed();
}

void Connection::Abandon() {
  closed_ = draining_ = true;
  EndStreams({http::ResetCause::kLocal, http::kH2Cancel, 0});
}

void Connection::EndStreams(const http::Reset& reset) {
  while (streams_ != nullptr) {
    Stream* stream = streams_;
    nghttp2_session_set_stream_user_data(session_, stream->id_, nullptr);
    stream->Terminate(reset);
    RemoveStream(stream);
  }
}

Stream* Connection::AddStream(int32_t id) {
  Stream* stream = ObjectPool<Stream>::Take();
  stream->connection_ = this;
  stream->id_ = id;
  stream->next_ = streams_;
  stream->link_ = &streams_;
  if (streams_ != nullptr) streams_->link_ = &stream->next_;
  streams_ = stream;
  ++active_streams_;
  return stream;
}

void Connection::RemoveStream(Stream* stream) {
  if (stream->in_send_ready_) {
    std::replace(send_ready_.begin(), send_ready_.end(), stream, static_cast<Stream*>(nullptr));
  }
  if (receiving_ == stream) receiving_ = nullptr;
  *stream->link_ = stream->next_;
  if (stream->next_ != nullptr) stream->next_->link_ = stream->link_;
  stream->next_ = nullptr;
  stream->link_ = nullptr;
  --active_streams_;
  ObjectPool<Stream>::Give(stream);
  if (closed_ || lingering_) return;
  OnCapacity();
  if (active_streams_ > 0) return;
  deadlines_.OnIdle(loop_->now_ns());
  if (draining_) flush_.Schedule();
}

void Connection::ArmKeepalive() { timer_.Arm(options_.keepalive_interval); }

void Connection::OnTimer() {
  if (lingering_) return Fail({http::ResetCause::kLocal, http::kH2NoError, 0});
  if (drain_announced_) return SendFinalGoaway();
  OnKeepalive();
}

void Connection::OnKeepalive() {
  if (ping_outstanding_ && !received_since_ping_) {
    return Fail({http::ResetCause::kConnectionLost, http::kH2Cancel, ETIMEDOUT});
  }
  const bool idle = active_streams_ == 0 && !options_.keepalive_while_idle;
  const bool heard = std::exchange(received_since_ping_, false);
  if (heard || idle) return ArmKeepalive();
  ping_outstanding_ = true;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  flush_.Schedule();
  timer_.Arm(options_.keepalive_timeout);
}

absl::StatusOr<std::unique_ptr<ServerConnection>> ServerConnection::Create(
    event::Loop* loop, std::unique_ptr<net::ByteStream> transport, const Options& options,
    http::ServerHandler* handler) {
  std::unique_ptr<ServerConnection> connection(
      new ServerConnection(loop, std::move(transport), options, handler));
  GOSSAMER_RETURN_IF_ERROR(connection->Open());
  return connection;
}

absl::StatusOr<std::unique_ptr<ClientConnection>> ClientConnection::Create(
    event::Loop* loop, std::unique_ptr<net::ByteStream> transport, const Options& options,
    Observer* observer) {
  std::unique_ptr<ClientConnection> connection(
      new ClientConnection(loop, std::move(transport), options, observer));
  GOSSAMER_RETURN_IF_ERROR(connection->Open());
  connection->Begin("");
  return connection;
}

http::Stream* ClientConnection::StartRequest(const http::RequestHead& head,
                                             http::StreamHandler* handler) {
  if (!accepting()) return nullptr;
  FieldArray fields;
  fields.Add(":method", head.method);
  if (!head.authority.empty()) fields.Add(":authority", head.authority);
  if (!head.is_connect()) {
    fields.Add(":scheme", head.scheme.empty() ? "http" : head.scheme);
    fields.Add(":path", head.path.empty() ? "/" : head.path);
  }
  fields.AddAll(head.headers);
  Stream* stream = AddStream(-1);
  const bool has_body = head.body != http::BodyKind::kNone;
  nghttp2_data_provider2 provider = stream->Provider();
  stream->body_submitted_ = has_body;
  stream->ended_ = !has_body;
  stream->set_handler(handler);
  const int32_t id = nghttp2_submit_request2(session(), nullptr, fields.data(), fields.size(),
                                             has_body ? &provider : nullptr, stream);
  if (id < 0) {  // Stream ids are used up: time for a new connection.
    RemoveStream(stream);
    BeginDrain();
    OnDraining();
    return nullptr;
  }
  stream->id_ = id;
  ScheduleFlush();
  return stream;
}

int ClientConnection::capacity() const {
  if (!accepting()) return 0;
  const uint32_t limit = nghttp2_session_get_remote_settings(
      const_cast<ClientConnection*>(this)->session(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  constexpr uint32_t kPlenty = 1 << 30;
  return std::max(0, static_cast<int>(std::min(limit, kPlenty)) - active_streams());
}

void ClientConnection::Abort() {
  observer_ = nullptr;
  Fail({http::ResetCause::kLocal, http::kH2Cancel, 0});
}

}  // namespace gossamer::http2
