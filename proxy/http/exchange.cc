#include "proxy/http/exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "lib/buffer/object_pool.h"

namespace gossamer::proxy {
namespace {

// RFC 9110 section 9.2.2: doing it twice is as good as once.
bool IsIdempotent(absl::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

}  // namespace

ResponseEnd EndOf(const ExchangeResult& result) {
  const auto status = static_cast<uint16_t>(result.status);
  if (result.reset || result.status == 0) {
    const bool h2 = result.reset && result.reset_cause.cause == http::ResetCause::kPeer;
    return ResponseEnd::Failed(
        status, h2 ? ResponseEnd::H2Error(result.reset_cause.h2_code) : ResponseEnd::kUnclassified);
  }
  const bool missing = result.is_grpc && result.grpc_status < 0;
  return ResponseEnd::Of(status, missing ? 2 : static_cast<int8_t>(result.grpc_status), missing);
}

Exchange::Exchange(event::Loop* loop, http::ServerStream* server)
    : loop_(loop),
      server_(server),
      request_(server->request()),
      client_version_(request_->version),
      started_ns_(loop->now_ns()) {
  const absl::string_view* content_type = request_->headers.Find("content-type");
  is_grpc_ = content_type != nullptr && absl::StartsWith(*content_type, "application/grpc");
  result_.is_grpc = is_grpc_;
  request_ended_ = request_->body == http::BodyKind::kNone;
  server->set_handler(&server_side_);
}

Exchange::~Exchange() = default;

void Exchange::Start() {
  routing_ = true;
  Route();
  routing_ = false;
  EndIfOver();
}

// Towards the upstream.

void Exchange::OnStream(http::Stream* stream) {
  client_ = stream;
  ++attempts_;
  // Sending may end the stream, and with it this attempt.
  while (client_ != nullptr && !waiting_body_.empty()) {
    const absl::string_view front = waiting_body_.Front();
    const size_t bytes = front.size();
    request_body_sent_ = true;
    const size_t consumed = std::min(bytes, waiting_consumed_);
    waiting_consumed_ -= consumed;
    request_unconsumed_ += bytes - consumed;
    client_->SendData(front);
    // A failure has thrown away what waits.
    if (!waiting_body_.empty()) waiting_body_.Consume(bytes);
  }
  if (client_ != nullptr && request_ended_ && request_->body != http::BodyKind::kNone) {
    client_->SendEnd(waiting_trailers_);
  }
  if (client_ != nullptr && !client_->SendBlocked()) OnClientReady();
}

void Exchange::OnConnectFailure(const absl::Status& status) {
  OnAttemptOver();
  Fail(FailureOf(status));
}

void Exchange::OnRequestData(absl::string_view data) {
  if (client_ == nullptr) {
    if (response_ended_ || finished_) return server_->Consume(data.size());
    waiting_body_.Append(data);
    return;
  }
  request_body_sent_ = true;
  client_->SendData(data);
  if (client_ == nullptr || client_->SendBlocked()) {
    request_unconsumed_ += data.size();
  } else {
    server_->Consume(data.size());
  }
}

void Exchange::OnRequestEnd(http::Headers* trailers) {
  request_ended_ = true;
  waiting_trailers_ = trailers;  // Also for a retry.
  if (client_ != nullptr) client_->SendEnd(trailers);
}

void Exchange::OnClientReady() {
  const size_t bytes = std::exchange(request_unconsumed_, 0);
  if (bytes > 0 && server_ != nullptr) server_->Consume(bytes);
}

// Towards the client.

void Exchange::OnInformational(http::ResponseHead* head) {
  if (!AdmitInformational(*head)) {
    const http::Reset refusal = {http::ResetCause::kProtocol, http::kH2ProtocolError, 0,
                                 "too_many_interim_responses"};
    OnRefusedResponse(refusal.reason);
    return Fail(FailureOf(refusal));
  }
  if (server_ != nullptr) server_->SendInformational(*head);
}

bool Exchange::AdmitInformational(const http::ResponseHead& head) {
  constexpr size_t kLineOverhead = 32;
  informational_bytes_ += kLineOverhead;
  for (const http::Header& field : head.headers) {
    informational_bytes_ += field.name.size() + field.value.size() + kLineOverhead;
  }
  return informational_bytes_ <= kInformationalBytesMax;
}

void Exchange::OnResponse(http::ResponseHead* head) {
  response_started_ = true;
  result_.status = head->status;
  if (is_grpc_) ReadGrpcStatus(head->headers);
  OnResponseHead(head);
  response_ended_ = head->body == http::BodyKind::kNone && !head->upgrade;
  if (head->upgrade) request_ended_ = false;
  if (response_ended_) FirstByte();
  if (server_ != nullptr) server_->SendResponse(*head, /*close_connection=*/false);
  // A tunnel may live for days; as a request it has been answered.
  if (head->upgrade) Finish();
}

void Exchange::OnResponseData(absl::string_view data) {
  FirstByte();
  if (server_ == nullptr) return client_->Consume(data.size());
  server_->SendData(data);
  if (server_ == nullptr || server_->SendBlocked()) {
    response_unconsumed_ += data.size();
  } else if (client_ != nullptr) {
    client_->Consume(data.size());
  }
}

void Exchange::OnResponseEnd(http::Headers* trailers) {
  response_ended_ = true;
  FirstByte();
  if (is_grpc_ && trailers != nullptr) ReadGrpcStatus(*trailers);
  if (server_ != nullptr) server_->SendEnd(trailers);
}

void Exchange::OnServerReady() {
  const size_t bytes = std::exchange(response_unconsumed_, 0);
  if (bytes > 0 && client_ != nullptr) client_->Consume(bytes);
}

void Exchange::FirstByte() {
  if (!std::exchange(first_byte_, true)) OnFirstByte();
}

void Exchange::ReadGrpcStatus(const http::Headers& headers) {
  const absl::string_view* status = headers.Find("grpc-status");
  if (status != nullptr && !absl::SimpleAtoi(*status, &result_.grpc_status)) {
    result_.grpc_status = 2;
  }
}

// Ends.

void Exchange::OnServerDone() {
  server_ = nullptr;
  // The upstream's stream ends by itself, except where it is left waiting for the request's rest.
  if (!request_ended_) DropClient();
  Finish();
}

void Exchange::OnServerReset(const http::Reset& reset) {
  server_ = nullptr;
  Unqueue();
  DropClient();
  result_.reset = true;
  result_.reset_cause = reset;
  Finish();
}

void Exchange::OnClientDone() {
  client_ = nullptr;
  OnClientReady();
  OnAttemptOver();
  EndIfOver();
}

// A request that was refused before any of it went out is still whole.
void Exchange::TakeBackBody() {
  if (!request_body_sent_ || !waiting_body_.empty()) return;
  if (!client_->TakeUnsent(&waiting_body_)) return;
  request_body_sent_ = false;
  waiting_consumed_ = waiting_body_.size();
}

// Whether nothing of the request can have had an effect, or having it twice is harmless.
bool Exchange::Replayable(const http::Reset& reset) const {
  if (server_ == nullptr || response_started_ || request_body_sent_) return false;
  if (reset.cause == http::ResetCause::kRefused) return true;
  return reset.cause == http::ResetCause::kStale && IsIdempotent(request_->method);
}

void Exchange::OnClientReset(const http::Reset& reset) {
  if (reset.cause == http::ResetCause::kRefused && client_ != nullptr) TakeBackBody();
  client_ = nullptr;
  OnClientReady();
  OnAttemptOver();
  if (!reset.reason.empty()) OnRefusedResponse(reset.reason);
  // A whole response stays one, whatever becomes of its stream.
  if (server_ == nullptr || response_ended_) return EndIfOver();
  if (Replayable(reset) && MayRetry(reset)) return Start();
  // An HTTP/2 client is told of a reset by a reset; any other is given a response while it can be.
  // A stream that was refused, it may start again by itself.
  const bool refused =
      reset.cause == http::ResetCause::kRefused && reset.h2_code == http::kH2RefusedStream;
  const bool pass_on = (reset.cause == http::ResetCause::kPeer || refused) &&
                       client_version_ == http::Version::kHttp2;
  if (!pass_on && (!response_started_ || is_grpc_stream())) return Fail(FailureOf(reset));
  result_.reset = true;
  result_.reset_cause = reset;
  const bool same_code = reset.cause == http::ResetCause::kPeer || !response_started_;
  const uint32_t code = same_code ? reset.h2_code : http::kH2InternalError;
  std::exchange(server_, nullptr)->ResetStream(code);
  Finish();
}

void Exchange::DropClient() {
  if (client_ == nullptr) return;
  std::exchange(client_, nullptr)->ResetStream(http::kH2Cancel);
}

void Exchange::Fail(const Failure& failure) {
  Unqueue();
  DropClient();
  result_.error = failure.label;
  if (server_ == nullptr) return Finish();
  if (response_started_ && is_grpc_stream() && !response_ended_) return FailInTrailers(failure);
  if (response_started_) {
    result_.reset = true;
    std::exchange(server_, nullptr)->ResetStream(http::kH2InternalError);
    return Finish();
  }
  Pooled<http::ResponseHead> head = TakePooled<http::ResponseHead>();
  Failure answer = failure;
  answer.close = failure.close && ClosesConnection(failure.kind);
  MakeFailureResponse(answer, is_grpc_stream(), informational_headers(), head.get());
  if (is_grpc_) result_.grpc_status = GrpcStatus(failure.kind);
  Respond(head.get(), answer.close && failures_end_connection());
}

// A gRPC client whose response has begun is told the status all the same: it comes last.
void Exchange::FailInTrailers(const Failure& failure) {
  response_ended_ = true;
  result_.grpc_status = GrpcStatus(failure.kind);
  Pooled<http::ResponseHead> trailers = TakePooled<http::ResponseHead>();
  MakeFailureTrailers(failure, informational_headers(), trailers.get());
  server_->SendEnd(&trailers->headers);
  Finish();
}

void Exchange::Respond(http::ResponseHead* head, bool close_connection) {
  response_started_ = response_ended_ = true;
  result_.status = head->status;
  waiting_body_.Clear();
  if (server_ != nullptr) server_->SendResponse(*head, close_connection);
}

void Exchange::Finish() {
  if (!std::exchange(finished_, true)) {
    result_.latency_ns = loop_->now_ns() - started_ns_;
    OnFinished(result_);
  }
  EndIfOver();
}

void Exchange::EndIfOver() {
  if (server_ != nullptr || client_ != nullptr || routing_ || !finished_) return;
  if (std::exchange(over_, true)) return;
  Unqueue();
  loop_->DeleteLater(this);
}

}  // namespace gossamer::proxy
