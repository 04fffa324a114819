#include "services/destination/policy/traffic_annotations.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/status/status_macros.h"
#include "services/destination/profiles/service_profile.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::outbound;
using Retry = proto::HttpRoute::Retry;

constexpr uint32_t kRetryBodyBytesMax = 64 * 1024;
constexpr absl::Duration kRetryBackoffMin = absl::Milliseconds(25);
constexpr absl::Duration kRetryBackoffMax = absl::Milliseconds(250);
// The proxy's durations are 64-bit nanoseconds in places; a century is long enough for anybody.
constexpr absl::Duration kDurationMax = absl::Hours(24 * 365 * 100);

absl::Status Bad(absl::string_view annotation, absl::string_view value,
                 absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(annotation, ": expected ", expected, ", found \"", value, "\""));
}

// Reads one annotation; leaves `value` as it is where it is absent.
absl::Status Read(const k8s::ObjectMeta& meta, const std::string& name, absl::Duration* value) {
  const std::string* text = meta.Annotation(name);
  if (text == nullptr) return absl::OkStatus();
  const auto parsed = ParseTrafficDuration(*text);
  if (!parsed.ok()) return Bad(name, *text, "a time such as 300ms or 10s");
  *value = *parsed;
  return absl::OkStatus();
}

absl::Status Read(const k8s::ObjectMeta& meta, const std::string& name, double min, double max,
                  double* value) {
  const std::string* text = meta.Annotation(name);
  if (text == nullptr) return absl::OkStatus();
  double parsed = 0;
  if (!absl::SimpleAtod(*text, &parsed) || !(parsed >= min && parsed <= max)) {
    return Bad(name, *text, absl::StrCat("a number from ", min, " to ", max));
  }
  *value = parsed;
  return absl::OkStatus();
}

absl::Status Read(const k8s::ObjectMeta& meta, const std::string& name, uint32_t max,
                  uint32_t* value) {
  const std::string* text = meta.Annotation(name);
  if (text == nullptr) return absl::OkStatus();
  uint32_t parsed = 0;
  if (!absl::SimpleAtoi(*text, &parsed) || parsed > max) {
    return Bad(name, *text, absl::StrCat("a whole number up to ", max));
  }
  *value = parsed;
  return absl::OkStatus();
}

absl::Status Read(const k8s::ObjectMeta& meta, const std::string& name, bool* value) {
  const std::string* text = meta.Annotation(name);
  if (text == nullptr) return absl::OkStatus();
  if (*text != "true" && *text != "false") return Bad(name, *text, "true or false");
  *value = *text == "true";
  return absl::OkStatus();
}

// Adds one word of retry.linkerd.io/http: `5xx`, `gateway-error`, a status or a range of them.
bool AddCondition(absl::string_view word, Retry::Conditions* conditions) {
  uint32_t start = 0;
  uint32_t end = 0;
  const std::pair<absl::string_view, absl::string_view> bounds =
      absl::StrSplit(word, absl::MaxSplits('-', 1));
  if (word == "5xx") {
    start = 500;
    end = 599;
  } else if (word == "gateway-error") {
    start = 502;
    end = 504;
  } else if (!absl::SimpleAtoi(bounds.first, &start) ||
             !absl::SimpleAtoi(bounds.second.empty() ? bounds.first : bounds.second, &end)) {
    return false;
  }
  // The proxy refuses the whole policy for a range outside these.
  if (start < 100 || end < start || end > 599) return false;
  auto* range = conditions->add_status_ranges();
  range->set_start(start);
  range->set_end(end);
  return true;
}

absl::StatusOr<proto::ExponentialBackoff> ReadPenaltyBackoff(const k8s::ObjectMeta& meta) {
  const std::string prefix = "balancer.linkerd.io/failure-accrual-consecutive-";
  absl::Duration min = absl::Seconds(1);
  absl::Duration max = absl::Seconds(60);
  double jitter = 0.5;
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "min-penalty", &min));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "max-penalty", &max));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "jitter-ratio", 0, 100, &jitter));
  if (min > max || max == absl::ZeroDuration()) {
    return Bad(prefix + "min-penalty", absl::FormatDuration(min),
               absl::StrCat("no more than the max-penalty, ", absl::FormatDuration(max)));
  }
  proto::ExponentialBackoff backoff;
  SetDuration(min, backoff.mutable_min_backoff());
  SetDuration(max, backoff.mutable_max_backoff());
  backoff.set_jitter_ratio(static_cast<float>(jitter));
  return backoff;
}

absl::StatusOr<proto::FailureAccrual> ReadUnified(const k8s::ObjectMeta& meta,
                                                  uint32_t max_failures,
                                                  proto::ExponentialBackoff backoff) {
  const std::string prefix = "balancer.alpha.linkerd.io/failure-accrual-";
  double threshold = 0.8;
  absl::Duration window = absl::Seconds(10);
  uint32_t min_requests = 5;
  bool honor_retry_after = false;
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "success-rate-threshold", 0, 1, &threshold));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "success-rate-window", &window));
  GOSSAMER_RETURN_IF_ERROR(
      Read(meta, prefix + "success-rate-min-requests", uint32_t{1'000'000}, &min_requests));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "honor-retry-after", &honor_retry_after));
  if (window == absl::ZeroDuration() || (threshold > 0 && window < absl::Milliseconds(10))) {
    return Bad(prefix + "success-rate-window", absl::FormatDuration(window), "10ms or more");
  }
  backoff.set_respect_retry_after_hint(honor_retry_after);
  proto::FailureAccrual accrual;
  auto* unified = accrual.mutable_unified();
  unified->set_success_rate_threshold(threshold);
  SetDuration(window, unified->mutable_decay());
  unified->set_min_requests(min_requests);
  unified->set_max_consecutive_failures(max_failures);
  *unified->mutable_backoff() = std::move(backoff);
  return accrual;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseTrafficDuration(absl::string_view text) {
  absl::string_view digits = text;
  absl::Duration unit;
  if (absl::ConsumeSuffix(&digits, "ms")) {
    unit = absl::Milliseconds(1);
  } else if (absl::ConsumeSuffix(&digits, "s")) {
    unit = absl::Seconds(1);
  } else if (absl::ConsumeSuffix(&digits, "m")) {
    unit = absl::Minutes(1);
  } else if (absl::ConsumeSuffix(&digits, "h")) {
    unit = absl::Hours(1);
  } else if (absl::ConsumeSuffix(&digits, "d")) {
    unit = absl::Hours(24);
  } else if (text == "0") {
    return absl::ZeroDuration();
  }
  uint64_t count = 0;
  const bool is_number =
      !digits.empty() && absl::ascii_isdigit(digits[0]) && absl::SimpleAtoi(digits, &count);
  if (!is_number || digits.size() == text.size() || count > std::numeric_limits<int64_t>::max() ||
      unit * static_cast<int64_t>(count) > kDurationMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a time such as 300ms or 10s, found \"", text, "\""));
  }
  return unit * static_cast<int64_t>(count);
}

absl::StatusOr<std::optional<io::linkerd::proxy::http_route::Timeouts>> ReadTimeouts(
    const k8s::ObjectMeta& meta) {
  absl::Duration request;
  absl::Duration response;
  absl::Duration idle;
  GOSSAMER_RETURN_IF_ERROR(Read(meta, "timeout.linkerd.io/request", &request));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, "timeout.linkerd.io/response", &response));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, "timeout.linkerd.io/idle", &idle));
  io::linkerd::proxy::http_route::Timeouts timeouts;
  const absl::Duration none;
  if (request == none && response == none && idle == none) return std::nullopt;
  if (request != none) SetDuration(request, timeouts.mutable_request());
  if (response != none) SetDuration(response, timeouts.mutable_response());
  if (idle != none) SetDuration(idle, timeouts.mutable_idle());
  return timeouts;
}

absl::StatusOr<std::optional<Retry>> ReadHttpRetry(const k8s::ObjectMeta& meta) {
  uint32_t limit = 0;
  absl::Duration timeout;
  GOSSAMER_RETURN_IF_ERROR(Read(meta, "retry.linkerd.io/limit", uint32_t{65535}, &limit));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, "retry.linkerd.io/timeout", &timeout));
  const std::string* http = meta.Annotation("retry.linkerd.io/http");
  if (limit == 0 && timeout == absl::ZeroDuration() && http == nullptr) return std::nullopt;
  Retry retry;
  retry.set_max_retries(limit == 0 ? 1 : limit);
  retry.set_max_request_bytes(kRetryBodyBytesMax);
  retry.mutable_conditions();
  if (http != nullptr) {
    for (absl::string_view word : absl::StrSplit(*http, ',')) {
      if (!AddCondition(absl::StripAsciiWhitespace(word), retry.mutable_conditions())) {
        return Bad("retry.linkerd.io/http", *http, "5xx, gateway-error, a status or a range");
      }
    }
  }
  if (timeout != absl::ZeroDuration()) SetDuration(timeout, retry.mutable_timeout());
  SetDuration(kRetryBackoffMin, retry.mutable_backoff()->mutable_min_backoff());
  SetDuration(kRetryBackoffMax, retry.mutable_backoff()->mutable_max_backoff());
  retry.mutable_backoff()->set_jitter_ratio(1);
  return retry;
}

absl::StatusOr<std::optional<proto::FailureAccrual>> ReadFailureAccrual(
    const k8s::ObjectMeta& meta) {
  const char* const kName = "balancer.linkerd.io/failure-accrual";
  const std::string* mode = meta.Annotation(kName);
  if (mode == nullptr) return std::nullopt;
  if (*mode != "consecutive" && *mode != "unified") {
    return Bad(kName, *mode, "consecutive or unified");
  }
  uint32_t max_failures = 7;
  GOSSAMER_RETURN_IF_ERROR(Read(meta, absl::StrCat(kName, "-consecutive-max-failures"),
                                std::numeric_limits<uint32_t>::max(), &max_failures));
  GOSSAMER_ASSIGN_OR_RETURN(proto::ExponentialBackoff backoff, ReadPenaltyBackoff(meta));
  if (*mode == "unified") {
    GOSSAMER_ASSIGN_OR_RETURN(proto::FailureAccrual unified,
                              ReadUnified(meta, max_failures, std::move(backoff)));
    return unified;
  }
  proto::FailureAccrual accrual;
  accrual.mutable_consecutive_failures()->set_max_failures(max_failures);
  *accrual.mutable_consecutive_failures()->mutable_backoff() = std::move(backoff);
  return accrual;
}

absl::StatusOr<std::optional<proto::Backend::BalanceP2c::PenaltyPeakEwma>> ReadPenaltyLoad(
    const k8s::ObjectMeta& meta) {
  bool penalize = false;
  absl::Duration penalty = absl::Seconds(5);
  absl::Duration max_retry_after = absl::Seconds(300);
  const std::string prefix = "balancer.alpha.linkerd.io/";
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "penalize-failures", &penalize));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "load-biaser-penalty", &penalty));
  GOSSAMER_RETURN_IF_ERROR(Read(meta, prefix + "load-biaser-max-retry-after", &max_retry_after));
  if (!penalize) return std::nullopt;
  proto::Backend::BalanceP2c::PenaltyPeakEwma load;
  SetDuration(absl::Milliseconds(30), load.mutable_default_rtt());
  SetDuration(absl::Seconds(10), load.mutable_decay());
  SetDuration(penalty, load.mutable_penalty());
  SetDuration(max_retry_after, load.mutable_max_retry_after());
  SetDuration(absl::Seconds(10), load.mutable_penalty_decay());
  return load;
}

}  // namespace gossamer::destination
