#include "proxy/metrics/route_scopes.h"

#include "absl/strings/str_cat.h"
#include "lib/metrics/label_text.h"

namespace gossamer::proxy {
namespace {

using metrics::Family;
using metrics::FamilyDoc;
using metrics::LabelText;
using metrics::TextWriter;
using metrics::Type;

constexpr std::array<absl::string_view, 17> kGrpcNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

constexpr std::array<absl::string_view, 14> kErrorNames = {"",
                                                           "FAIL_FAST",
                                                           "LOAD_SHED",
                                                           "REQUEST_TIMEOUT",
                                                           "RESPONSE_HEADERS_TIMEOUT",
                                                           "RESPONSE_STREAM_TIMEOUT",
                                                           "IDLE_TIMEOUT",
                                                           "CANCEL",
                                                           "REFUSED",
                                                           "ENHANCE_YOUR_CALM",
                                                           "RESET",
                                                           "GO_AWAY",
                                                           "IO",
                                                           "UNKNOWN"};

absl::string_view KindName(RouteKind kind) { return kind == RouteKind::kHttp ? "http" : "grpc"; }

std::string StatusLabels(absl::string_view labels, RouteKind kind) {
  return absl::StrCat(labels, ", ", KindName(kind), "_status, error");
}

// A family whose sample is one cell of the scope.
template <auto kCell, typename Scope>
Family<Scope> Plain(std::string name, Type type, absl::string_view labels, absl::string_view help,
                    absl::string_view unit = "") {
  return {{std::move(name), type, std::string(labels), std::string(help), std::string(unit)},
          [](const Scope& scope, absl::string_view text, TextWriter* writer) {
            writer->Sample(text, "", scope.*kCell);
          }};
}

template <RouteKind kKind, typename Scope>
void WriteStatuses(const Scope& scope, absl::string_view labels, TextWriter* writer) {
  scope.statuses.ForEach([&](const RouteStatus& status, const metrics::Counter& count) {
    writer->Sample(labels, RouteStatusText(kKind, status), count);
  });
}

template <typename Scope>
Family<Scope> Statuses(RouteKind kind, std::string name, absl::string_view labels,
                       absl::string_view help) {
  return {{std::move(name), Type::kCounter, StatusLabels(labels, kind), std::string(help), ""},
          kind == RouteKind::kHttp ? WriteStatuses<RouteKind::kHttp, Scope>
                                   : WriteStatuses<RouteKind::kGrpc, Scope>};
}

}  // namespace

std::string RouteStatusText(RouteKind kind, const RouteStatus& status) {
  LabelText text;
  if (kind == RouteKind::kHttp) {
    text.Add("http_status", status.status < 0 ? "" : absl::StrCat(int{status.status}));
  } else {
    // A missing status is told as UNKNOWN, and so is one that gRPC does not define.
    const bool known = status.status >= 0 && status.status < int{kGrpcNames.size()};
    text.Add("grpc_status", known ? kGrpcNames[status.status] : "UNKNOWN");
  }
  return text.Add("error", kErrorNames[status.error]).Take();
}

void OutboundRouteScope::MergeFrom(const OutboundRouteScope& other) {
  request_seconds.MergeFrom(other.request_seconds);
  statuses.MergeFrom(other.statuses);
  request_frame_bytes.MergeFrom(other.request_frame_bytes);
  retries.MergeFrom(other.retries);
  retry_successes.MergeFrom(other.retry_successes);
  retry_limit_exceeded.MergeFrom(other.retry_limit_exceeded);
  retry_overflow.MergeFrom(other.retry_overflow);
}

std::vector<Family<OutboundRouteScope>> OutboundRouteScope::Families(RouteKind kind) {
  using S = OutboundRouteScope;
  const std::string prefix = absl::StrCat("outbound_", KindName(kind), "_route_");
  constexpr char kLabels[] = "PARENT, ROUTE, hostname";
  return {
      Plain<&S::request_seconds, S>(prefix + "request_duration_seconds", Type::kHistogram, kLabels,
                                    "Time from a request's headers to its response's end",
                                    "seconds"),
      Statuses<S>(kind, prefix + "request_statuses_total", kLabels,
                  "Requests that have ended, retries told as one"),
      Plain<&S::request_frame_bytes, S>(prefix + "request_frame_size_bytes", Type::kHistogram,
                                        kLabels, "Sizes of request body frames", "bytes"),
      Plain<&S::retry_limit_exceeded, S>(prefix + "retry_limit_exceeded_total", Type::kCounter,
                                         kLabels,
                                         "Requests not retried again: the limit was reached"),
      Plain<&S::retry_overflow, S>(prefix + "retry_overflow_total", Type::kCounter, kLabels,
                                   "Requests not retried: the body was too large"),
      Plain<&S::retries, S>(prefix + "retry_requests_total", Type::kCounter, kLabels, "Retries"),
      Plain<&S::retry_successes, S>(prefix + "retry_successes_total", Type::kCounter, kLabels,
                                    "Retries that succeeded"),
  };
}

void OutboundBackendScope::MergeFrom(const OutboundBackendScope& other) {
  requests.MergeFrom(other.requests);
  response_seconds.MergeFrom(other.response_seconds);
  statuses.MergeFrom(other.statuses);
  response_frame_bytes.MergeFrom(other.response_frame_bytes);
}

std::vector<Family<OutboundBackendScope>> OutboundBackendScope::Families(RouteKind kind) {
  using S = OutboundBackendScope;
  const std::string prefix = absl::StrCat("outbound_", KindName(kind), "_route_backend_");
  constexpr char kLabels[] = "PARENT, ROUTE, BACKEND";
  return {
      Plain<&S::requests, S>(prefix + "requests_total", Type::kCounter, kLabels,
                             "Requests sent to the backend, each try told"),
      Plain<&S::response_seconds, S>(prefix + "response_duration_seconds", Type::kHistogram,
                                     kLabels, "Time from a request's end to its response's end",
                                     "seconds"),
      Statuses<S>(kind, prefix + "response_statuses_total", kLabels, "Responses that have ended"),
      Plain<&S::response_frame_bytes, S>(prefix + "response_frame_size_bytes", Type::kHistogram,
                                         kLabels, "Sizes of response body frames", "bytes"),
  };
}

void InboundRouteScope::MergeFrom(const InboundRouteScope& other) {
  requests.MergeFrom(other.requests);
  statuses.MergeFrom(other.statuses);
  request_seconds.MergeFrom(other.request_seconds);
  response_seconds.MergeFrom(other.response_seconds);
  request_frame_bytes.MergeFrom(other.request_frame_bytes);
  response_frame_bytes.MergeFrom(other.response_frame_bytes);
}

std::vector<Family<InboundRouteScope>> InboundRouteScope::Families(RouteKind kind) {
  using S = InboundRouteScope;
  const std::string prefix = absl::StrCat("inbound_", KindName(kind), "_");
  constexpr char kLabels[] = "parent_group, parent_kind, parent_name, parent_port, RT-IN";
  const auto write_statuses = [](const S& scope, absl::string_view labels, TextWriter* writer) {
    scope.statuses.ForEach([&](Status status, const metrics::Counter& count) {
      const std::string code = status.code < 0 ? "" : absl::StrCat(status.code);
      writer->Sample(labels, LabelText().Add("status", code).text(), count);
    });
  };
  return {
      Plain<&S::requests, S>(prefix + "requests_total", Type::kCounter, kLabels,
                             "Requests to the application"),
      {{prefix + "statuses_total", Type::kCounter, absl::StrCat(kLabels, ", status"),
        "Responses of the application that have ended", ""},
       write_statuses},
      Plain<&S::request_seconds, S>(prefix + "request_duration_seconds", Type::kHistogram, kLabels,
                                    "Time from a request's headers to its response's end",
                                    "seconds"),
      Plain<&S::response_seconds, S>(prefix + "response_duration_seconds", Type::kHistogram,
                                     kLabels, "Time from a request's end to its response's end",
                                     "seconds"),
      Plain<&S::request_frame_bytes, S>(prefix + "request_frame_size_bytes", Type::kHistogram,
                                        kLabels, "Sizes of request body frames", "bytes"),
      Plain<&S::response_frame_bytes, S>(prefix + "response_frame_size_bytes", Type::kHistogram,
                                         kLabels, "Sizes of response body frames", "bytes"),
  };
}

}  // namespace gossamer::proxy
