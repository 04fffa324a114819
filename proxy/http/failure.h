#ifndef PROXY_HTTP_FAILURE_H_
#define PROXY_HTTP_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"

// The responses that the proxy itself gives, and how they are told to clients of HTTP and of gRPC.
namespace gossamer::proxy {

enum class FailureKind : uint8_t {
  kInternal,
  kBadGateway,
  kGatewayTimeout,
  kUnavailable,
  kPermissionDenied,
  kRateLimited,
  kLoop,
  kNotFound,
};

struct Failure {
  FailureKind kind = FailureKind::kInternal;
  std::string message;               // For l5d-proxy-error and the log.
  bool close = true;                 // Whether the client's connection ends with it.
  const char* label = "unexpected";  // The error's name in metrics.
};

// The HTTP status and the gRPC status of a kind.
int HttpStatus(FailureKind kind);
int GrpcStatus(FailureKind kind);
// Kinds that say nothing about the connection leave it open: refusals by policy, missing routes.
bool ClosesConnection(FailureKind kind);

// What a failed attempt to reach an endpoint is to the client: 504 for a timeout, 503 where this
// proxy lacks descriptors or memory for the connection, 502 otherwise. It is the server's failure
// and does not end the client's connection, which may carry the requests of a whole pod.
Failure FailureOf(const absl::Status& connect_status);
// The same for a stream that ended before its response.
Failure FailureOf(const http::Reset& reset);

// What http::ServerHandler::OnBadRequest(`status`) was about, as metrics name it: the handler's own
// "response", or else the client's "request".
absl::string_view RefusedMessageName(int status);

// A header value that says `message`; "unexpected error" where it has bytes that a header may not.
absl::string_view HeaderSafe(absl::string_view message);

// Fills `head` with the response: for gRPC a 200 with grpc-status, else the HTTP status; no body.
// With `informational`, l5d-proxy-error tells the message and l5d-proxy-connection the close.
void MakeFailureResponse(const Failure& failure, bool grpc, bool informational,
                         http::ResponseHead* head);

// Fills the fields of `trailers` with what ends a gRPC response that has begun.
void MakeFailureTrailers(const Failure& failure, bool informational, http::ResponseHead* trailers);

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_FAILURE_H_
