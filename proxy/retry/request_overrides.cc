#include "proxy/retry/request_overrides.h"

#include <cstddef>
#include <limits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "lib/config/values.h"

namespace gossamer::proxy {
namespace {

constexpr size_t kStatusRangesMax = 16;
constexpr int kStatusMin = 100;
constexpr int kStatusMax = 599;

struct GrpcCodeName {
  absl::string_view name;
  int code;
};

constexpr GrpcCodeName kGrpcCodeNames[] = {
    {"cancelled", 1}, {"deadline-exceeded", 4}, {"resource-exhausted", 8},
    {"internal", 13}, {"unavailable", 14},
};

absl::optional<int> ParseStatus(absl::string_view text) {
  const absl::StatusOr<uint64_t> status = config::ParseCount(text, kStatusMax);
  if (!status.ok() || *status < kStatusMin) return absl::nullopt;
  return static_cast<int>(*status);
}

absl::optional<StatusRange> ParseStatusRange(absl::string_view item) {
  if (absl::EqualsIgnoreCase(item, "5xx")) return StatusRange{500, 599};
  if (absl::EqualsIgnoreCase(item, "gateway-error")) return StatusRange{502, 504};
  const size_t dash = item.find('-');
  const absl::optional<int> first = ParseStatus(item.substr(0, dash));
  const absl::optional<int> last =
      dash == absl::string_view::npos ? first : ParseStatus(item.substr(dash + 1));
  if (!first || !last || *first > *last) return absl::nullopt;
  return StatusRange{*first, *last};
}

// The first field of that name, taken out of `headers` with its repeats.
absl::optional<absl::string_view> Take(absl::string_view name, http::Headers* headers) {
  const absl::string_view* found = headers->Find(name);
  if (found == nullptr) return absl::nullopt;
  const absl::string_view value = *found;
  headers->Remove(name);
  return value;
}

absl::optional<absl::Duration> TakeDuration(absl::string_view name, http::Headers* headers) {
  const absl::optional<absl::string_view> text = Take(name, headers);
  if (!text) return absl::nullopt;
  const absl::StatusOr<absl::Duration> duration = config::ParseDuration(*text);
  if (!duration.ok()) return absl::nullopt;
  return *duration;
}

RetryPolicy PolicyOfItsOwn() {
  RetryPolicy policy;
  policy.backoff = {.min = absl::Milliseconds(25), .max = absl::Milliseconds(250), .jitter = 1.0};
  return policy;
}

}  // namespace

std::vector<StatusRange> ParseStatusRanges(absl::string_view list) {
  std::vector<StatusRange> ranges;
  for (const absl::string_view item : absl::StrSplit(list, ',')) {
    if (ranges.size() == kStatusRangesMax) break;
    const absl::optional<StatusRange> range = ParseStatusRange(item);
    if (range) ranges.push_back(*range);
  }
  return ranges;
}

GrpcCodes ParseGrpcCodes(absl::string_view list) {
  GrpcCodes codes = 0;
  for (const absl::string_view item : absl::StrSplit(list, ',')) {
    for (const GrpcCodeName& known : kGrpcCodeNames) {
      if (absl::EqualsIgnoreCase(item, known.name)) codes |= 1u << known.code;
    }
  }
  return codes;
}

RequestOverrides TakeRequestOverrides(http::Headers* headers) {
  RequestOverrides overrides;
  // Nearly every request has none of them.
  bool any = false;
  for (const http::Header& field : *headers) any |= absl::StartsWith(field.name, "l5d-");
  if (!any) return overrides;

  if (const auto list = Take("l5d-retry-http", headers)) {
    std::vector<StatusRange> ranges = ParseStatusRanges(*list);
    if (!ranges.empty()) overrides.retry_http = std::move(ranges);
  }
  if (const auto list = Take("l5d-retry-grpc", headers)) {
    const GrpcCodes codes = ParseGrpcCodes(*list);
    if (codes != 0) overrides.retry_grpc = codes;
  }
  if (const auto text = Take("l5d-retry-limit", headers)) {
    const auto limit = config::ParseCount(*text, std::numeric_limits<uint16_t>::max());
    if (limit.ok()) overrides.retries_max = static_cast<uint32_t>(*limit);
  }
  overrides.header_timeout = TakeDuration("l5d-retry-timeout", headers);
  overrides.response_timeout = TakeDuration("l5d-response-timeout", headers);
  overrides.request_timeout = TakeDuration("l5d-timeout", headers);
  const absl::optional<absl::Duration> request_timeout =
      TakeDuration("l5d-request-timeout", headers);
  if (request_timeout) overrides.request_timeout = request_timeout;
  return overrides;
}

absl::optional<RetryPolicy> Override(const absl::optional<RetryPolicy>& base,
                                     const RequestOverrides& overrides) {
  if (!overrides.asks_for_retries()) return base;
  RetryPolicy policy = base ? *base : PolicyOfItsOwn();
  if (overrides.retry_http) policy.http_statuses = *overrides.retry_http;
  if (overrides.retry_grpc) policy.grpc_codes = *overrides.retry_grpc;
  if (overrides.retries_max) policy.retries_max = *overrides.retries_max;
  if (overrides.header_timeout) policy.header_timeout = *overrides.header_timeout;
  return policy;
}

}  // namespace gossamer::proxy
