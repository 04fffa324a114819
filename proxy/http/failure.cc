#include "proxy/http/failure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace gossamer::proxy {
namespace {

struct Statuses {
  int http;
  int grpc;
  bool closes;
};

constexpr Statuses StatusesOf(FailureKind kind) {
  switch (kind) {
    case FailureKind::kInternal:
      return {500, 13, true};
    case FailureKind::kBadGateway:
      return {502, 14, true};
    case FailureKind::kGatewayTimeout:
      return {504, 4, true};
    case FailureKind::kUnavailable:
      return {503, 14, true};
    case FailureKind::kPermissionDenied:
      return {403, 7, false};
    case FailureKind::kRateLimited:
      return {429, 8, false};
    case FailureKind::kLoop:
      return {508, 10, true};
    case FailureKind::kNotFound:
      return {404, 5, false};
  }
  return {500, 13, true};
}

absl::string_view Cause(const http::Reset& reset) {
  switch (reset.cause) {
    case http::ResetCause::kPeer:
      return "the server reset the stream";
    case http::ResetCause::kRefused:
      return "the server refused the stream";
    case http::ResetCause::kConnectionLost:
    case http::ResetCause::kStale:
      return "the server closed the connection before its response was complete";
    case http::ResetCause::kProtocol:
      return "the server's response is malformed";
    case http::ResetCause::kHeadTooLarge:
      return "the server's response headers are too large";
    case http::ResetCause::kLocal:
      return "the connection was closed by the proxy";
  }
  return "unexpected error";
}

}  // namespace

int HttpStatus(FailureKind kind) { return StatusesOf(kind).http; }
int GrpcStatus(FailureKind kind) { return StatusesOf(kind).grpc; }
bool ClosesConnection(FailureKind kind) { return StatusesOf(kind).closes; }

Failure FailureOf(const absl::Status& connect_status) {
  Failure failure;
  if (absl::IsDeadlineExceeded(connect_status)) {
    failure.kind = FailureKind::kGatewayTimeout;
  } else if (absl::IsResourceExhausted(connect_status)) {
    failure.kind = FailureKind::kUnavailable;
  } else {
    failure.kind = FailureKind::kBadGateway;
  }
  failure.message = std::string(connect_status.message());
  failure.close = false;
  failure.label = "i/o";
  return failure;
}

Failure FailureOf(const http::Reset& reset) {
  Failure failure;
  failure.kind = FailureKind::kBadGateway;
  failure.message = std::string(Cause(reset));
  failure.close = false;
  if (reset.cause == http::ResetCause::kPeer) {
    absl::StrAppend(&failure.message, " (HTTP/2 error ", reset.h2_code, ")");
  }
  if (!reset.reason.empty()) absl::StrAppend(&failure.message, ": ", reset.reason);
  failure.label = "i/o";
  return failure;
}

absl::string_view RefusedMessageName(int status) {
  return status == HttpStatus(FailureKind::kBadGateway) ? "response" : "request";
}

absl::string_view HeaderSafe(absl::string_view message) {
  const bool safe = std::all_of(message.begin(), message.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
  return safe ? message : "unexpected error";
}

namespace {

void AddGrpcStatus(const Failure& failure, bool informational, http::ResponseHead* head) {
  head->headers.Add("grpc-status", head->arena.Copy(absl::StrCat(GrpcStatus(failure.kind))));
  if (!informational) return;
  head->headers.Add("grpc-message", head->arena.Copy(HeaderSafe(failure.message)));
}

}  // namespace

void MakeFailureTrailers(const Failure& failure, bool informational, http::ResponseHead* trailers) {
  trailers->Clear();
  AddGrpcStatus(failure, informational, trailers);
}

void MakeFailureResponse(const Failure& failure, bool grpc, bool informational,
                         http::ResponseHead* head) {
  head->Clear();
  head->status = grpc ? 200 : HttpStatus(failure.kind);
  head->headers.Add("content-length", "0");
  if (grpc) {
    head->headers.Add("content-type", "application/grpc");
    AddGrpcStatus(failure, informational, head);
  }
  if (!informational) return;
  head->headers.Add("l5d-proxy-error", head->arena.Copy(HeaderSafe(failure.message)));
  if (failure.close) head->headers.Add("l5d-proxy-connection", "close");
}

}  // namespace gossamer::proxy
