#include "lib/http/http2/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/http/http2/fields.h"
#include "lib/http/http2/request_fault.h"
#include "lib/http/http2/session.h"
#include "lib/net/read_buffer.h"
#include "lib/status/status_macros.h"

namespace gossamer::http2 {

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
  const int error = Session::Create(this, &session_);
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
  // A stream without a handler has been reset. What is left of it goes when the client hears of it,
  // or with the connection.
  size_t most = 0;
  for (const Stream* stream = streams_; stream != nullptr; stream = stream->next_) {
    if (stream->handler_ != nullptr) most = std::max(most, stream->held_bytes());
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
    if (stream->handler_ == nullptr || stream->held_bytes() < most / 2) continue;
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

// In nghttp2's callbacks: a stream that the peer has reset.
void Connection::CountReset() {
  if (role_ == Role::kClient || resets_.OnReset(loop_->now_ns())) return;
  TellEndReason("reset_flood");
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
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
    output_.Append(
        absl::string_view(reinterpret_cast<const char*>(data), static_cast<size_t>(count)));
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
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, Session::kDrainPing);
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
