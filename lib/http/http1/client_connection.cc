#include "lib/http/http1/client_connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "lib/http/http1/write.h"

namespace gossamer::http1 {
namespace {

// The `timeout` of a Keep-Alive field, which is a list of parameters; infinite where it has none.
absl::Duration TimeoutOf(absl::string_view keep_alive) {
  constexpr absl::string_view kParameter = "timeout=";
  for (absl::string_view parameter : absl::StrSplit(keep_alive, ',')) {
    parameter = absl::StripAsciiWhitespace(parameter);
    uint32_t seconds = 0;
    if (absl::StartsWithIgnoreCase(parameter, kParameter) &&
        absl::SimpleAtoi(parameter.substr(kParameter.size()), &seconds)) {
      return absl::Seconds(seconds);
    }
  }
  return absl::InfiniteDuration();
}

}  // namespace

ClientConnection::ClientConnection(event::Loop* loop, std::unique_ptr<net::ByteStream> transport,
                                   const HeadLimits& limits, Observer* observer)
    : observer_(observer),
      limits_(limits),
      wire_(loop, std::move(transport), this),
      settle_(loop, [this] { Settle(); }) {}

ClientConnection::~ClientConnection() {
  if (handler_ != nullptr) {
    std::exchange(handler_, nullptr)->OnReset({http::ResetCause::kLocal, http::kH2Cancel, 0});
  }
}

// Sending.

http::Stream* ClientConnection::StartRequest(const http::RequestHead& head,
                                             http::StreamHandler* handler) {
  if (state_ != State::kIdle) return nullptr;
  const bool written = WriteInto(wire_.output(), RequestHeadBytesMax(head), [&](char* out) {
    return WriteRequestHead(head, ConnectionOption::kNone, out);
  });
  if (!written) return nullptr;
  state_ = State::kHead;
  ++exchanges_;
  handler_ = handler;
  method_.assign(head.method.data(), head.method.size());
  upgrade_asked_ = head.upgrade || head.is_connect();
  chunked_ = head.body == http::BodyKind::kChunked;
  request_complete_ = head.body == http::BodyKind::kNone;
  response_complete_ = response_bytes_ = done_ = false;
  // Without a Connection field, which belongs to the client's connection and is not passed on, an
  // HTTP/1.0 request is its connection's last (RFC 9112 section 9.3), whatever version answers.
  keep_alive_ = head.version != http::Version::kHttp10;
  unconsumed_ = 0;
  scanner_.Reset();
  wire_.ScheduleFlush();
  return this;
}

void ClientConnection::SendData(absl::string_view data) {
  if (data.empty() || request_complete_) return;
  if (chunked_) {
    AppendChunk(data, wire_.output());
  } else {
    wire_.output()->Append(data);
  }
  wire_.ScheduleFlush();
}

void ClientConnection::SendEnd(const http::Headers* trailers) {
  if (request_complete_) return;
  if (state_ == State::kTunnel) {
    wire_.ShutdownAfterFlush();
  } else if (chunked_ && !AppendLastChunk(trailers, wire_.output())) {
    return Fail(http::ResetCause::kLocal, EPROTO);
  }
  request_complete_ = true;
  wire_.ScheduleFlush();
  FinishIfComplete();
}

void ClientConnection::OnOutputLow() {
  if (handler_ != nullptr) handler_->OnSendReady();
}

// A server that answers without reading the whole request often closes at once: what it said is
// still to be read before the broken pipe counts.
void ClientConnection::OnOutputError(int error) {
  if (state_ == State::kHead || state_ == State::kBody) {
    wire_.output()->Clear();
    keep_alive_ = false;
    request_complete_ = true;
    return;
  }
  Fail(http::ResetCause::kConnectionLost, error);
}

// Receiving.

size_t ClientConnection::OnInput(absl::string_view input) {
  size_t used = 0;
  while (used < input.size() && !wire_.paused()) {
    const absl::string_view rest = input.substr(used);
    size_t step = 0;
    switch (state_) {
      case State::kHead:
        response_bytes_ = true;
        step = TakeHead(rest);
        break;
      case State::kBody:
        step = TakeBody(rest);
        break;
      case State::kTunnel:
        Deliver(rest);
        step = rest.size();
        break;
      case State::kIdle:
      case State::kSettling:
        // Nothing was asked: whatever this is, it must not be taken for a response to come.
        Fail(http::ResetCause::kProtocol, 0);
        return input.size();
      case State::kClosed:
        return input.size();
    }
    if (step == 0) break;
    used += step;
  }
  return used;
}

size_t ClientConnection::TakeHead(absl::string_view input) {
  if (response_ == nullptr) response_ = TakePooled<http::ResponseHead>();
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  switch (
      ParseResponseHead(input, method_, response_.get(), &consumed, &error, &scanner_, limits_)) {
    case ParseResult::kIncomplete:
      return 0;
    case ParseResult::kError:
      Fail(SuggestedStatus(error) == 431 ? http::ResetCause::kHeadTooLarge
                                         : http::ResetCause::kProtocol,
           0, HeadErrorName(error));
      return input.size();
    case ParseResult::kComplete:
      break;
  }
  scanner_.Reset();
  HandleHead();
  return consumed;
}

void ClientConnection::HandleHead() {
  http::ResponseHead& head = *response_;
  if (head.informational()) {
    if (handler_ != nullptr) handler_->OnInformational(&head);
    return;
  }
  if (head.upgrade) {
    if (!upgrade_asked_) return Fail(http::ResetCause::kProtocol, 0, "upgrade_unasked");
    state_ = State::kTunnel;
    keep_alive_ = false;
    chunked_ = false;
    request_complete_ = false;  // The tunnel's way to the server is open.
    if (handler_ != nullptr) handler_->OnResponse(&head);
    return;
  }
  keep_alive_ = keep_alive_ && head.keep_alive;
  if (exchanges_ == 1) {
    const absl::string_view* field = head.headers.Find("keep-alive");
    if (field != nullptr) announced_idle_timeout_ = TimeoutOf(*field);
  }
  const bool has_body = head.body != http::BodyKind::kNone;
  if (has_body) {
    state_ = State::kBody;
    body_.Start(head.body, head.content_length);
  } else {
    state_ = State::kSettling;
    response_complete_ = true;
  }
  if (handler_ != nullptr) handler_->OnResponse(&head);
  if (!has_body) FinishIfComplete();
}

size_t ClientConnection::TakeBody(absl::string_view input) {
  size_t consumed = 0;
  absl::string_view data;
  switch (body_.Decode(input, &consumed, &data)) {
    case BodyResult::kData:
      Deliver(data);
      // The last byte of a body of known length ends it: nothing need come behind.
      if (state_ == State::kBody && body_.done()) ResponseComplete(nullptr);
      break;
    case BodyResult::kNeedMore:
      break;
    case BodyResult::kDone:
      ResponseComplete(body_.trailers() == nullptr
                           ? nullptr
                           : const_cast<http::Headers*>(&body_.trailers()->headers));
      break;
    case BodyResult::kError:
      Fail(http::ResetCause::kProtocol, 0, BodyErrorName(body_.error()));
      return input.size();
  }
  return consumed;
}

void ClientConnection::Deliver(absl::string_view data) {
  unconsumed_ += data.size();
  if (unconsumed_ >= kReceiveWindow) wire_.Pause();
  if (handler_ != nullptr) {
    handler_->OnData(data);
  } else {
    Consume(data.size());
  }
}

void ClientConnection::Consume(size_t bytes) {
  unconsumed_ -= std::min(bytes, unconsumed_);
  if (unconsumed_ < kReceiveWindow / 2) wire_.Resume();
}

void ClientConnection::ResponseComplete(http::Headers* trailers) {
  state_ = State::kSettling;
  response_complete_ = true;
  if (handler_ != nullptr) handler_->OnEnd(trailers);
  FinishIfComplete();
}

void ClientConnection::FinishIfComplete() {
  if (!response_complete_ || done_ || state_ == State::kClosed) return;
  if (state_ == State::kTunnel) {
    if (!request_complete_ || !wire_.shut_down()) return;
  } else if (!request_complete_) {
    keep_alive_ = false;  // The server wants no more of the request.
  }
  done_ = true;
  if (handler_ != nullptr) std::exchange(handler_, nullptr)->OnDone();
  if (state_ == State::kClosed) return;
  if (!keep_alive_ || wire_.input_ended()) return Close();
  settle_.Schedule();
}

// At the end of the turn, when all that had come behind the response has been read: only a
// connection on which there was nothing can carry another request, whose response it would seem.
void ClientConnection::Settle() {
  if (state_ != State::kSettling) return;
  if (wire_.paused()) {
    wire_.Resume();
    return settle_.Schedule();
  }
  if (!keep_alive_ || wire_.input_ended() || wire_.has_kept_input()) return Close();
  state_ = State::kIdle;
  response_.reset();
  if (observer_ != nullptr) observer_->OnClientIdle(this);
}

void ClientConnection::OnInputEnd(int error) {
  switch (state_) {
    case State::kBody:
      if (error == 0 && body_.OnEof() == BodyResult::kDone) {
        keep_alive_ = false;
        return ResponseComplete(nullptr);
      }
      break;
    case State::kHead:
      if (!response_bytes_ && reused()) return Fail(http::ResetCause::kStale, error);
      break;
    case State::kTunnel:
      if (error != 0) break;
      response_complete_ = true;
      if (handler_ != nullptr) handler_->OnEnd(nullptr);
      return FinishIfComplete();
    case State::kSettling:
      if (done_) return Close();
      keep_alive_ = false;
      if (error == 0) return;
      break;
    case State::kIdle:
    case State::kClosed:
      return Close();
  }
  Fail(http::ResetCause::kConnectionLost, error);
}

// The end.

void ClientConnection::ResetStream(uint32_t) {
  handler_ = nullptr;
  wire_.transport()->ResetOnClose();
  Close();
}

void ClientConnection::Fail(http::ResetCause cause, int error, absl::string_view reason) {
  if (handler_ != nullptr) {
    std::exchange(handler_, nullptr)->OnReset({cause, http::kH2Cancel, error, reason});
  }
  Close();
}

void ClientConnection::Close() {
  if (std::exchange(state_, State::kClosed) == State::kClosed) return;
  settle_.Cancel();
  wire_.Close();
  if (observer_ != nullptr) observer_->OnClientClosed(this);
}

void ClientConnection::Abort() {
  observer_ = nullptr;
  // A mere end in order would leave the server at work on a response that nobody waits for.
  if (!done_) wire_.transport()->ResetOnClose();
  Fail(http::ResetCause::kLocal, 0);
}

}  // namespace gossamer::http1
