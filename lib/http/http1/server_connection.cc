#include "lib/http/http1/server_connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lib/http/http1/date.h"
#include "lib/http/http1/write.h"

namespace gossamer::http1 {

ServerConnection::ServerConnection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport,
                                   const ServerOptions& options, http::ServerHandler* handler)
    : options_(options),
      server_handler_(handler),
      wire_(loop, std::move(transport), this),
      timer_(loop, [this] { OnTimer(); }) {}

ServerConnection::~ServerConnection() {
  if (handler_ != nullptr) {
    std::exchange(handler_, nullptr)->OnReset({http::ResetCause::kLocal, http::kH2Cancel, 0});
  }
  if (in_flight_) ResetIfUnfinished();
}

void ServerConnection::Start(absl::string_view already_read) {
  started_ = true;
  timer_.Arm(IdleTime());
  wire_.Start(already_read);
}

absl::Duration ServerConnection::IdleTime() const {
  return draining_ ? std::min(options_.idle_timeout, kDrainPatience) : options_.idle_timeout;
}

void ServerConnection::Drain() {
  draining_ = true;
  // A request that has begun to come is still answered. A response that is under way cannot say
  // Connection: close any more; the close itself does.
  const bool idle = state_ == State::kHead && !scanner_.in_progress() && !wire_.has_kept_input();
  if (started_ && idle) timer_.Arm(IdleTime());
}

// Input.

size_t ServerConnection::OnInput(absl::string_view input) {
  size_t used = 0;
  while (used < input.size() && !wire_.paused()) {
    const absl::string_view rest = input.substr(used);
    size_t step = 0;
    switch (state_) {
      case State::kHead:
        step = TakeHead(rest);
        break;
      case State::kBody:
        step = TakeBody(rest);
        break;
      case State::kWaiting:
        wire_.Pause();
        break;
      case State::kTunnel:
        step = TakeTunnel(rest);
        break;
      case State::kLinger:
        step = rest.size();
        break;
      case State::kClosed:
        return input.size();
    }
    if (step == 0) break;
    used += step;
  }
  return used;
}

size_t ServerConnection::TakeHead(absl::string_view input) {
  if (request_ == nullptr) request_ = TakePooled<http::RequestHead>();
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  const bool fresh = !scanner_.in_progress();
  switch (ParseRequestHead(input, request_.get(), &consumed, &error, &scanner_, options_.limits)) {
    case ParseResult::kIncomplete:
      if (fresh) timer_.Arm(options_.head_timeout);
      return 0;
    case ParseResult::kError:
      Refuse(SuggestedStatus(error), HeadErrorName(error), http::ResetCause::kProtocol);
      return input.size();
    case ParseResult::kComplete:
      break;
  }
  timer_.Cancel();
  in_flight_ = true;
  peer_version_ = request_->version;
  head_request_ = request_->method == "HEAD";
  expect_continue_ = request_->expect_continue;
  keep_alive_ = request_->keep_alive;
  client_ends_ = !keep_alive_ && request_->body == http::BodyKind::kNone && !request_->upgrade;
  if (request_->body == http::BodyKind::kNone) {
    request_complete_ = true;
    state_ = State::kWaiting;
  } else {
    body_.Start(request_->body, request_->content_length);
    state_ = State::kBody;
  }
  server_handler_->OnRequest(this);
  return consumed;
}

size_t ServerConnection::TakeBody(absl::string_view input) {
  size_t consumed = 0;
  absl::string_view data;
  switch (body_.Decode(input, &consumed, &data)) {
    case BodyResult::kData:
      Deliver(data);
      // The last byte of a body of known length ends it: nothing need come behind.
      if (state_ == State::kBody && body_.done()) RequestComplete();
      break;
    case BodyResult::kNeedMore:
      break;
    case BodyResult::kDone:
      RequestComplete();
      break;
    case BodyResult::kError: {
      const absl::string_view reason = BodyErrorName(body_.error());
      if (response_started_) {
        server_handler_->OnBadRequest(400, reason);
        Fail(http::ResetCause::kProtocol, 0);
      } else {
        Refuse(400, reason, http::ResetCause::kProtocol);
      }
      return input.size();
    }
  }
  return consumed;
}

size_t ServerConnection::TakeTunnel(absl::string_view input) {
  Deliver(input);
  return input.size();
}

void ServerConnection::Deliver(absl::string_view data) {
  unconsumed_ += data.size();
  if (unconsumed_ >= kReceiveWindow) wire_.Pause();
  if (handler_ != nullptr) {
    handler_->OnData(data);
  } else {
    Consume(data.size());
  }
}

void ServerConnection::Consume(size_t bytes) {
  unconsumed_ -= std::min(bytes, unconsumed_);
  if (unconsumed_ < kReceiveWindow / 2 && state_ != State::kWaiting) wire_.Resume();
}

void ServerConnection::RequestComplete() {
  request_complete_ = true;
  state_ = State::kWaiting;
  const Trailers* trailers = body_.trailers();
  http::Headers* fields =
      trailers == nullptr ? nullptr : const_cast<http::Headers*>(&trailers->headers);
  if (handler_ != nullptr) handler_->OnEnd(fields);
  FinishIfComplete();
}

void ServerConnection::OnInputEnd(int error) {
  switch (state_) {
    case State::kHead:
      return Close();
    case State::kBody:
      return Fail(http::ResetCause::kConnectionLost, error);
    case State::kWaiting:
      // A client may end its side after its last request and still wait for the response.
      keep_alive_ = false;
      if (error != 0) return Fail(http::ResetCause::kConnectionLost, error);
      sent_while_half_closed_ = false;
      return timer_.Arm(options_.half_closed_timeout);
    case State::kTunnel:
      if (error != 0) return Fail(http::ResetCause::kConnectionLost, error);
      request_complete_ = true;
      if (handler_ != nullptr) handler_->OnEnd(nullptr);
      return FinishIfComplete();
    case State::kLinger:
      // A client that has ended its side may still be reading.
      if (error != 0 || wire_.shut_down()) Close();
      return;
    case State::kClosed:
      return;
  }
}

// Nobody is left to read a response: what makes it can stop.
void ServerConnection::OnBrokenWhilePaused() {
  Fail(http::ResetCause::kConnectionLost, ECONNRESET);
}

// Answers for a message that cannot be understood or passed on, and ends the connection.
void ServerConnection::Refuse(int status, absl::string_view reason, http::ResetCause cause) {
  server_handler_->OnBadRequest(status, reason);
  if (in_flight_ && handler_ != nullptr) {
    std::exchange(handler_, nullptr)->OnReset({cause, http::kH2ProtocolError, 0});
  }
  in_flight_ = false;
  http::ResponseHead refusal;
  refusal.status = status;
  BodyFraming framing;
  peer_version_ = http::Version::kHttp11;
  head_request_ = false;
  WriteHead(refusal, ConnectionOption::kClose, &framing);
  BeginLinger();
}

// Output.

bool ServerConnection::WriteHead(const http::ResponseHead& head, ConnectionOption connection,
                                 BodyFraming* framing) {
  sent_while_half_closed_ = true;
  ResponseContext context;
  context.peer_version = peer_version_;
  context.head_request = head_request_;
  context.tunnel = head.upgrade;
  context.connection = connection;
  if (!head.informational()) context.date = CurrentDate();
  const bool written =
      WriteInto(wire_.output(), ResponseHeadBytesMax(head, context),
                [&](char* out) { return WriteResponseHead(head, context, out, framing); });
  wire_.ScheduleFlush();
  return written;
}

void ServerConnection::SendInformational(const http::ResponseHead& head) {
  if (peer_version_ == http::Version::kHttp10) return;  // RFC 9110 section 15.2.
  if (head.status == 100) continue_sent_ = true;
  BodyFraming framing;
  WriteHead(head, ConnectionOption::kNone, &framing);
}

void ServerConnection::SendResponse(const http::ResponseHead& head, bool close_connection) {
  no_body_ = head_request_ || head.status == 204 || head.status == 304;
  if (close_connection || draining_) keep_alive_ = false;
  if (!request_complete_) {
    // RFC 9110 section 10.1.1: whether the body comes is the client's to decide now. And where the
    // response ends at once, the rest of the body would be read only to be thrown away.
    if (expect_continue_ && !continue_sent_) keep_alive_ = false;
    if (head.body == http::BodyKind::kNone && !head.upgrade) keep_alive_ = false;
  }
  ConnectionOption connection = ConnectionOption::kNone;
  if (!head.upgrade) {
    if (!keep_alive_) {
      connection = ConnectionOption::kClose;
    } else if (peer_version_ == http::Version::kHttp10) {
      connection = ConnectionOption::kKeepAlive;
    }
  }
  if (!WriteHead(head, connection, &framing_)) {
    return Refuse(502, "bad_response", http::ResetCause::kLocal);
  }
  response_started_ = true;
  if (head.upgrade) {
    request_complete_ = false;
    no_body_ = false;
    keep_alive_ = false;
    framing_ = BodyFraming::kIdentity;
    state_ = State::kTunnel;
    timer_.Cancel();
    wire_.Resume();
    if (wire_.input_ended()) wire_.RepeatInputEnd();
    return;
  }
  if (framing_ == BodyFraming::kUntilClose) keep_alive_ = false;
  if (head.body != http::BodyKind::kNone) return;
  response_complete_ = true;
  FinishIfComplete();
}

void ServerConnection::SendData(absl::string_view data) {
  sent_while_half_closed_ = true;
  if (data.empty() || response_complete_ || no_body_) return;
  if (framing_ == BodyFraming::kChunked) {
    AppendChunk(data, wire_.output());
  } else {
    wire_.output()->Append(data);
  }
  wire_.ScheduleFlush();
}

void ServerConnection::SendEnd(const http::Headers* trailers) {
  if (response_complete_) return;
  if (framing_ == BodyFraming::kChunked && !AppendLastChunk(trailers, wire_.output())) {
    return Fail(http::ResetCause::kLocal, EPROTO);
  }
  response_complete_ = true;
  if (state_ == State::kTunnel) wire_.ShutdownAfterFlush();
  wire_.ScheduleFlush();
  FinishIfComplete();
}

void ServerConnection::FinishIfComplete() {
  if (!response_complete_ || state_ == State::kClosed) return;
  if (!request_complete_) {
    if (state_ == State::kTunnel) return;
    // The rest of the body would have to be read only to be thrown away.
    keep_alive_ = false;
  }
  in_flight_ = false;
  if (handler_ != nullptr) std::exchange(handler_, nullptr)->OnDone();
  if (keep_alive_ && !draining_) return NextRequest();
  BeginLinger();
}

void ServerConnection::NextRequest() {
  request_.reset();
  scanner_.Reset();
  request_complete_ = response_started_ = response_complete_ = continue_sent_ = false;
  framing_ = BodyFraming::kIdentity;
  unconsumed_ = 0;
  state_ = State::kHead;
  timer_.Arm(options_.idle_timeout);
  wire_.Resume();
}

void ServerConnection::OnOutputLow() {
  if (handler_ != nullptr && in_flight_) handler_->OnSendReady();
}

void ServerConnection::ResetStream(uint32_t) {
  handler_ = nullptr;
  CutOff();
}

// The end.

// Lets the output go out, then waits for the client's end: closing with input unread would make a
// reset that may destroy what the client has not read yet.
void ServerConnection::BeginLinger() {
  state_ = State::kLinger;
  request_.reset();
  unsent_before_ = output().size();
  timer_.Arm(kFlushTimeout);
  wire_.ShutdownAfterFlush();
  wire_.Resume();
  if (wire_.shut_down()) OnShutDown();  // Long ago: the end of a tunnel.
}

void ServerConnection::OnShutDown() {
  if (state_ != State::kLinger) return;
  // A client that has asked for the end sends nothing more (RFC 9112 section 9.6).
  const bool nothing_follows = client_ends_ && !wire_.has_kept_input();
  if (wire_.input_ended() || nothing_follows) return Close();
  timer_.Arm(kLingerTimeout);
}

void ServerConnection::Fail(http::ResetCause cause, int error) {
  if (handler_ != nullptr) {
    std::exchange(handler_, nullptr)->OnReset({cause, http::kH2Cancel, error});
  }
  CutOff();
}

size_t ServerConnection::held_bytes() const {
  const size_t head = request_ == nullptr ? 0 : request_->arena.extra_bytes();
  return wire_.held_bytes() + unconsumed_ + head;
}

size_t ServerConnection::Shed() {
  const size_t bytes = held_bytes();
  server_handler_->OnBadRequest(0, "memory_short");
  wire_.transport()->ResetOnClose();
  Fail(http::ResetCause::kLocal, ENOMEM);
  return bytes;
}

void ServerConnection::ResetIfUnfinished() {
  const bool whole = !response_started_ || response_complete_;
  if (!whole || state_ == State::kTunnel) wire_.transport()->ResetOnClose();
}

// Closes so that the client cannot take what it has for the whole.
void ServerConnection::CutOff() {
  ResetIfUnfinished();
  Close();
}

void ServerConnection::Close() {
  if (std::exchange(state_, State::kClosed) == State::kClosed) return;
  in_flight_ = false;
  timer_.Cancel();
  wire_.Close();
  server_handler_->OnConnectionClosed();
}

void ServerConnection::OnTimer() {
  if (state_ == State::kWaiting) {
    if (!std::exchange(sent_while_half_closed_, false)) {
      return Fail(http::ResetCause::kConnectionLost, ETIMEDOUT);
    }
    return timer_.Arm(options_.half_closed_timeout);
  }
  if (state_ == State::kHead && scanner_.in_progress()) {
    return Refuse(408, "head_timeout", http::ResetCause::kLocal);
  }
  if (state_ == State::kHead && draining_) return BeginLinger();
  if (state_ == State::kLinger && !wire_.shut_down()) {
    if (output().size() < unsent_before_) return BeginLinger();  // Slow, but reading.
    wire_.transport()->ResetOnClose();
  }
  Close();
}

}  // namespace gossamer::http1
