#include "lib/grpc/channel.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace gossamer::rpc {
namespace {

absl::Status StatusFromHeaders(const http::Headers& headers) {
  const absl::string_view* code_text = headers.Find("grpc-status");
  int code = 0;
  if (code_text == nullptr) return absl::UnknownError("the server sent no grpc-status");
  if (!absl::SimpleAtoi(*code_text, &code) || code < 0 || code > 16) {
    return absl::UnknownError(absl::StrCat("the server sent grpc-status '", *code_text, "'"));
  }
  const absl::string_view* message = headers.Find("grpc-message");
  return absl::Status(static_cast<absl::StatusCode>(code),
                      message == nullptr ? "" : DecodeStatusMessage(*message));
}

// What a response that is not gRPC's says about the service
// (gRPC, "HTTP to gRPC Status Code Mapping").
absl::Status StatusFromHttp(int status) {
  const std::string message = absl::StrCat("the server answered with HTTP status ", status);
  switch (status) {
    case 400:
      return absl::InternalError(message);
    case 401:
      return absl::UnauthenticatedError(message);
    case 403:
      return absl::PermissionDeniedError(message);
    case 404:
      return absl::UnimplementedError(message);
    case 429:
    case 502:
    case 503:
    case 504:
      return absl::UnavailableError(message);
    default:
      return absl::UnknownError(message);
  }
}

}  // namespace

Call::Call(Channel* channel, absl::string_view path, absl::string_view request, Observer* observer)
    : channel_(channel), path_(path), request_(FrameMessage(request)), observer_(observer) {}

Call::~Call() {
  if (destroyed_ != nullptr) *destroyed_ = true;
  channel_->Forget(this);
  if (stream_ != nullptr) stream_->ResetStream(http::kH2Cancel);
}

void Call::Begin(http2::ClientConnection* connection) {
  http::RequestHead head;
  head.version = http::Version::kHttp2;
  head.method = "POST";
  head.scheme = "http";
  head.authority = channel_->options_.authority;
  head.path = path_;
  head.body = http::BodyKind::kChunked;
  head.headers.Add("te", "trailers");
  head.headers.Add("content-type", "application/grpc");
  stream_ = connection->StartRequest(head, this);
  if (stream_ == nullptr) return Close(absl::UnavailableError("the connection is closing"));
  stream_->SendData(request_);
  stream_->SendEnd(nullptr);
}

void Call::Close(absl::Status status) {
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->ResetStream(http::kH2Cancel);
  if (observer_ != nullptr) std::exchange(observer_, nullptr)->OnClosed(status);
}

void Call::OnResponse(http::ResponseHead* head) {
  if (head->status != 200) return Close(StatusFromHttp(head->status));
  // A response without messages carries its status in the head ("Trailers-Only").
  if (head->body != http::BodyKind::kNone) return;
  has_status_ = true;
  status_ = StatusFromHeaders(head->headers);
}

void Call::OnData(absl::string_view data) {
  reader_.Append(data);
  stream_->Consume(data.size());
  bool destroyed = false;
  absl::string_view message;
  while (observer_ != nullptr) {
    switch (reader_.Next(&message)) {
      case FrameResult::kNeedMore:
        return;
      case FrameResult::kTooLarge:
        return Close(absl::ResourceExhaustedError("the server sent a message over 4 MiB"));
      case FrameResult::kCompressed:
        return Close(absl::InternalError("the server sent a compressed message"));
      case FrameResult::kMessage:
        destroyed_ = &destroyed;
        observer_->OnMessage(message);
        if (destroyed) return;
        destroyed_ = nullptr;
        break;
    }
  }
}

void Call::OnEnd(http::Headers* trailers) {
  has_status_ = true;
  status_ = trailers == nullptr ? absl::UnknownError("the server sent no grpc-status")
                                : StatusFromHeaders(*trailers);
  if (status_.ok() && reader_.in_message()) {
    status_ = absl::InternalError("the server ended the stream inside a message");
  }
}

void Call::OnDone() {
  stream_ = nullptr;
  Close(status_);
}

void Call::OnReset(const http::Reset& reset) {
  stream_ = nullptr;
  // A server may reset what is left of a stream that it has answered.
  if (has_status_) return Close(status_);
  Close(absl::UnavailableError(
      reset.cause == http::ResetCause::kPeer
          ? absl::StrCat("the server reset the stream (HTTP/2 error ", reset.h2_code, ")")
          : "the connection was lost"));
}

Channel::Channel(event::Loop* loop, Options options, std::unique_ptr<Connector> connector)
    : loop_(loop), options_(std::move(options)), connector_(std::move(connector)) {}

Channel::~Channel() {
  connector_->Cancel();
  LetGo(std::move(connection_));
  for (auto& connection : draining_) LetGo(std::move(connection));
}

// A connection may be what is on the call stack: it is gone with the turn.
void Channel::LetGo(std::unique_ptr<http2::ClientConnection> connection) {
  if (connection == nullptr) return;
  connection->Abort();
  loop_->DeleteLater(std::move(connection));
}

namespace {

Call* PopFront(std::vector<Call*>* calls) {
  if (calls->empty()) return nullptr;
  Call* call = calls->front();
  calls->erase(calls->begin());
  return call;
}

}  // namespace

std::unique_ptr<Call> Channel::Start(absl::string_view path, absl::string_view request,
                                     Call::Observer* observer) {
  std::unique_ptr<Call> call(new Call(this, path, request, observer));
  if (connection_ != nullptr && connection_->accepting()) {
    call->Begin(connection_.get());
    return call;
  }
  waiting_.push_back(call.get());
  if (!std::exchange(connecting_, true)) {
    connector_->Connect([this](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
      OnConnected(std::move(stream));
    });
  }
  return call;
}

void Channel::OnConnected(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
  connecting_ = false;
  if (!stream.ok()) return FailWaiting(stream.status());
  auto connection =
      http2::ClientConnection::Create(loop_, *std::move(stream), options_.http2, this);
  if (!connection.ok()) return FailWaiting(connection.status());
  Disconnect();
  connection_ = *std::move(connection);
  while (connection_ != nullptr) {
    Call* call = PopFront(&waiting_);
    if (call == nullptr) return;
    call->Begin(connection_.get());
  }
}

void Channel::FailWaiting(const absl::Status& status) {
  const absl::Status unavailable = absl::UnavailableError(status.message());
  // Those that are started anew in answer wait for the next attempt.
  failing_.insert(failing_.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  while (Call* call = PopFront(&failing_)) call->Close(unavailable);
}

void Channel::Disconnect() {
  if (connection_ == nullptr) return;
  connection_->Drain();
  draining_.push_back(std::move(connection_));
}

void Channel::OnClientDraining(http2::ClientConnection* connection) {
  if (connection == connection_.get()) draining_.push_back(std::move(connection_));
}

void Channel::OnClientClosed(http2::ClientConnection* connection) {
  if (connection == connection_.get()) return loop_->DeleteLater(std::move(connection_));
  const auto it = std::find_if(draining_.begin(), draining_.end(),
                               [&](const auto& owned) { return owned.get() == connection; });
  if (it == draining_.end()) return;
  loop_->DeleteLater(std::move(*it));
  draining_.erase(it);
}

void Channel::Forget(Call* call) {
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), call), waiting_.end());
  failing_.erase(std::remove(failing_.begin(), failing_.end(), call), failing_.end());
}

}  // namespace gossamer::rpc
