#ifndef PROXY_RETRY_REQUEST_OVERRIDES_H_
#define PROXY_RETRY_REQUEST_OVERRIDES_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "lib/http/message.h"
#include "proxy/retry/retry_policy.h"

namespace gossamer::proxy {

// What an application asks for by the headers of one request, where its route's policy lets it.
struct RequestOverrides {
  absl::optional<std::vector<StatusRange>> retry_http;  // l5d-retry-http
  absl::optional<GrpcCodes> retry_grpc;                 // l5d-retry-grpc
  absl::optional<uint32_t> retries_max;                 // l5d-retry-limit
  absl::optional<absl::Duration> header_timeout;        // l5d-retry-timeout
  absl::optional<absl::Duration> request_timeout;       // l5d-request-timeout, else l5d-timeout
  absl::optional<absl::Duration> response_timeout;      // l5d-response-timeout

  bool asks_for_retries() const {
    return retry_http || retry_grpc || retries_max || header_timeout;
  }
};

// Reads those headers and removes them. A value that does not parse counts as absent.
RequestOverrides TakeRequestOverrides(http::Headers* headers);

// `base` with what `overrides` replace. Without a base, a policy of its own if it asks for retries.
absl::optional<RetryPolicy> Override(const absl::optional<RetryPolicy>& base,
                                     const RequestOverrides& overrides);

// A comma-separated list of `5xx`, `gateway-error` (502 to 504), `N` and `N-M`. Items that are
// unknown, and those past the sixteenth, are left out.
std::vector<StatusRange> ParseStatusRanges(absl::string_view list);

// A comma-separated list of `cancelled`, `deadline-exceeded`, `internal`, `resource-exhausted` and
// `unavailable`; others are left out.
GrpcCodes ParseGrpcCodes(absl::string_view list);

}  // namespace gossamer::proxy

#endif  // PROXY_RETRY_REQUEST_OVERRIDES_H_
