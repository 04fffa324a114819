#include "lib/http/testing/fixed_calls.h"

#include "absl/strings/str_cat.h"

namespace gossamer::http::testing {
namespace {

constexpr absl::string_view kGrpc = "application/grpc";

void SetLength(const std::string& body, Arena* arena, Headers* headers, BodyKind* kind,
               uint64_t* content_length) {
  *kind = BodyKind::kContentLength;
  *content_length = body.size();
  headers->Add("content-length", arena->Copy(absl::StrCat(body.size())));
}

}  // namespace

class FixedServer::Call final : public StreamHandler {
 public:
  explicit Call(FixedServer* server) : server_(server) {}

  void Begin(ServerStream* stream) {
    stream_ = stream;
    stream->set_handler(this);
    if (stream->request()->body == BodyKind::kNone) Respond();
  }

  void OnData(absl::string_view data) override { stream_->Consume(data.size()); }
  void OnEnd(Headers*) override { Respond(); }
  void OnSendReady() override {}
  void OnReset(const Reset&) override { server_->idle_.push_back(this); }
  void OnDone() override { server_->idle_.push_back(this); }

 private:
  void Respond() {
    ServerStream* const stream = stream_;
    stream->SendResponse(server_->response_, /*close_connection=*/false);
    stream->SendData(server_->shape_.response_body);
    stream->SendEnd(server_->shape_.grpc ? &server_->trailers_ : nullptr);
  }

  FixedServer* const server_;
  ServerStream* stream_ = nullptr;
};

FixedServer::FixedServer(const CallShape& shape) : shape_(shape) {
  response_.status = 200;
  if (shape.grpc) {
    response_.headers.Add("content-type", kGrpc);
    response_.body = BodyKind::kChunked;
    trailers_.Add("grpc-status", "0");
  } else {
    SetLength(shape_.response_body, &response_.arena, &response_.headers, &response_.body,
              &response_.content_length);
  }
}

FixedServer::~FixedServer() = default;

void FixedServer::OnRequest(ServerStream* stream) {
  if (idle_.empty()) {
    calls_.push_back(std::make_unique<Call>(this));
    idle_.reserve(calls_.size());
    idle_.push_back(calls_.back().get());
  }
  Call* const call = idle_.back();
  idle_.pop_back();
  call->Begin(stream);
}

FixedClient::FixedClient(const CallShape& shape) : shape_(shape) {
  request_.method = shape.request_body.empty() ? "GET" : "POST";
  request_.scheme = "http";
  request_.authority = "web.shop.svc.cluster.local:8080";
  request_.path = shape.grpc ? "/shop.Web/List" : "/api/v1/items/42";
  request_.headers.Add("host", request_.authority);
  request_.headers.Add("user-agent", "bench/1.0");
  if (shape.grpc) {
    request_.headers.Add("content-type", kGrpc);
    request_.headers.Add("te", "trailers");
    request_.body = BodyKind::kChunked;
  } else if (!shape.request_body.empty()) {
    SetLength(shape_.request_body, &request_.arena, &request_.headers, &request_.body,
              &request_.content_length);
  }
}

void FixedClient::Begin(Stream* stream) {
  stream_ = stream;
  received_ = 0;
  ok_ = ended_ = false;
  if (stream == nullptr || request_.body == BodyKind::kNone) return;
  stream->SendData(shape_.request_body);
  stream->SendEnd(nullptr);
}

void FixedClient::OnResponse(ResponseHead* head) { ok_ = head->status == 200; }

void FixedClient::OnData(absl::string_view data) {
  received_ += data.size();
  stream_->Consume(data.size());
}

void FixedClient::OnDone() {
  stream_ = nullptr;
  if (ok_ && ended_ && received_ == shape_.response_body.size()) ++served_;
}

}  // namespace gossamer::http::testing
