#include "lib/grpc/server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/http/http2/connection.h"
#include "lib/status/status_macros.h"

namespace gossamer::rpc {

class Server::Connection final : public http::ServerHandler {
 public:
  explicit Connection(Server* server) : server_(server) {}

  absl::Status Open(std::unique_ptr<net::ByteStream> transport, absl::string_view already_read) {
    GOSSAMER_ASSIGN_OR_RETURN(
        http_, http2::ServerConnection::Create(server_->loop_, std::move(transport), {}, this));
    http_->Start(already_read);
    return absl::OkStatus();
  }
  void Drain() { http_->Drain(); }

 private:
  void OnRequest(http::ServerStream* stream) override {
    std::shared_ptr<ServerCall> call(new ServerCall(server_, stream));
    call->self_ = call;
    call->Begin();
  }
  void OnConnectionClosed() override {
    const auto it = server_->connections_.find(this);
    if (it == server_->connections_.end()) return;
    server_->loop_->DeleteLater(std::move(it->second));
    server_->connections_.erase(it);
  }

  Server* const server_;
  std::unique_ptr<http2::ServerConnection> http_;
};

Server::Server(event::Loop* loop) : loop_(loop) {}
Server::~Server() = default;

void Server::Register(absl::string_view path, Method method) {
  methods_[std::string(path)] = std::move(method);
}

absl::Status Server::Serve(std::unique_ptr<net::ByteStream> transport,
                           absl::string_view already_read) {
  auto connection = std::make_unique<Connection>(this);
  Connection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  const absl::Status status = raw->Open(std::move(transport), already_read);
  if (!status.ok()) connections_.erase(raw);
  return status;
}

void Server::Drain() {
  for (auto& [raw, connection] : connections_) raw->Drain();
}

ServerCall::~ServerCall() {
  if (!over()) Finish(absl::CancelledError("the call was dropped"));
  if (stream_ != nullptr) stream_->set_handler(nullptr);
}

void ServerCall::Begin() {
  const http::RequestHead& head = *stream_->request();
  const absl::string_view* content_type = head.headers.Find("content-type");
  path_ = std::string(head.path);
  stream_->set_handler(this);
  if (head.method != "POST" || content_type == nullptr ||
      !absl::StartsWith(*content_type, "application/grpc")) {
    http::ResponseHead refusal;
    refusal.status = 415;
    finished_ = true;
    stream_->set_handler(nullptr);
    std::exchange(stream_, nullptr)->SendResponse(refusal, /*close_connection=*/false);
    self_.reset();
    return;
  }
  if (head.body == http::BodyKind::kNone) RequestComplete();
}

void ServerCall::OnData(absl::string_view data) {
  stream_->Consume(data.size());
  if (finished_) return;
  request_bytes_ += data.size();
  if (request_bytes_ > kMaxRequestBytes) {
    return Finish(absl::ResourceExhaustedError("the request is larger than 4 MiB"));
  }
  reader_.Append(data);
}

void ServerCall::OnEnd(http::Headers*) { RequestComplete(); }

void ServerCall::RequestComplete() {
  // The method holds the call from here on, or nobody does.
  const std::shared_ptr<ServerCall> call = std::move(self_);
  if (call == nullptr || over()) return;
  const auto method = server_->methods_.find(path_);
  if (method == server_->methods_.end()) {
    return Finish(absl::UnimplementedError(absl::StrCat("unknown method ", path_)));
  }
  absl::string_view request;
  switch (reader_.Next(&request)) {
    case FrameResult::kMessage:
      return method->second(call, request);
    case FrameResult::kNeedMore:
      return Finish(absl::InternalError("the request message is incomplete"));
    case FrameResult::kTooLarge:
      return Finish(absl::ResourceExhaustedError("the request is larger than 4 MiB"));
    case FrameResult::kCompressed:
      return Finish(absl::UnimplementedError("compression is not supported"));
  }
}

void ServerCall::StartResponse() {
  if (std::exchange(response_started_, true)) return;
  http::ResponseHead head;
  head.version = http::Version::kHttp2;
  head.status = 200;
  head.body = http::BodyKind::kChunked;
  head.headers.Add("content-type", "application/grpc");
  stream_->SendResponse(head, /*close_connection=*/false);
}

void ServerCall::Send(absl::string_view message) {
  if (over()) return;
  StartResponse();
  stream_->SendData(FrameMessage(message));
}

void ServerCall::Finish(const absl::Status& status) {
  if (over()) return;
  StartResponse();
  finished_ = true;
  http::Headers trailers;
  const std::string code = absl::StrCat(static_cast<int>(status.code()));
  const std::string message = EncodeStatusMessage(status.message());
  trailers.Add("grpc-status", code);
  if (!message.empty()) trailers.Add("grpc-message", message);
  stream_->SendEnd(&trailers);
}

void ServerCall::OnSendReady() {
  if (on_ready_) on_ready_();
}

void ServerCall::OnReset(const http::Reset&) {
  const std::shared_ptr<ServerCall> alive = std::move(self_);
  stream_ = nullptr;
  if (!finished_ && on_cancel_) std::exchange(on_cancel_, nullptr)();
}

void ServerCall::OnDone() {
  const std::shared_ptr<ServerCall> alive = std::move(self_);
  stream_ = nullptr;
}

}  // namespace gossamer::rpc
