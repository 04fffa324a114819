#include "proxy/metrics/http_scope.h"

#include "absl/strings/str_cat.h"
#include "lib/metrics/label_text.h"

namespace gossamer::proxy {
namespace {

using metrics::LabelText;
using metrics::TextWriter;
using metrics::Type;

constexpr std::array<absl::string_view, 14> kH2ErrorNames = {"NO_ERROR",
                                                             "PROTOCOL_ERROR",
                                                             "INTERNAL_ERROR",
                                                             "FLOW_CONTROL_ERROR",
                                                             "SETTINGS_TIMEOUT",
                                                             "STREAM_CLOSED",
                                                             "FRAME_SIZE_ERROR",
                                                             "REFUSED_STREAM",
                                                             "CANCEL",
                                                             "COMPRESSION_ERROR",
                                                             "CONNECT_ERROR",
                                                             "ENHANCE_YOUR_CALM",
                                                             "INADEQUATE_SECURITY",
                                                             "HTTP_1_1_REQUIRED"};

std::string ErrorText(ResponseEnd::Error error) {
  if (error >= ResponseEnd::kH2) {
    return absl::StrCat("h2(", kH2ErrorNames[error - ResponseEnd::kH2], ")");
  }
  if (error == ResponseEnd::kTimeout) return "timeout";
  return error == ResponseEnd::kNoError ? "" : "unclassified";
}

// Unknown, deadline exceeded, permission denied, internal, unavailable, data loss.
bool IsGrpcFailure(int8_t status) {
  return status == 2 || status == 4 || status == 7 || status == 13 || status == 14 || status == 15;
}

}  // namespace

ResponseEnd ResponseEnd::Of(uint16_t status, int8_t grpc_status, bool grpc_status_missing) {
  ResponseEnd end;
  end.status = status;
  end.grpc_status = grpc_status_missing ? int8_t{2} : grpc_status;
  end.success = status < 500 && (grpc_status_missing || !IsGrpcFailure(grpc_status));
  return end;
}

void HttpScope::MergeFrom(const HttpScope& other) {
  requests_.MergeFrom(other.requests_);
  responses_.MergeFrom(other.responses_);
  latency_.MergeFrom(other.latency_);
}

void HttpScope::WriteRequests(const HttpScope& scope, absl::string_view labels,
                              TextWriter* writer) {
  writer->Sample(labels, "", scope.requests_);
}

void HttpScope::WriteLatency(const HttpScope& scope, absl::string_view labels, TextWriter* writer) {
  scope.latency_.ForEach([&](Status status, const metrics::Histogram<LatencyBuckets>& histogram) {
    LabelText more;
    if (status.code != 0) more.Add("status_code", uint64_t{status.code});
    writer->Sample(labels, more.text(), histogram);
  });
}

void HttpScope::WriteResponses(const HttpScope& scope, absl::string_view labels,
                               TextWriter* writer) {
  scope.responses_.ForEach([&](const ResponseEnd& end, const metrics::Counter& count) {
    LabelText more;
    if (end.status != 0) more.Add("status_code", uint64_t{end.status});
    more.Add("classification", end.success ? "success" : "failure");
    more.Add("grpc_status",
             end.grpc_status == ResponseEnd::kNotGrpc ? "" : absl::StrCat(int{end.grpc_status}));
    more.Add("error", ErrorText(end.error));
    writer->Sample(labels, more.text(), count);
  });
}

std::vector<metrics::Family<HttpScope>> HttpScope::Families(absl::string_view prefix,
                                                            absl::string_view labels,
                                                            bool with_latency) {
  const std::string all(labels);
  std::vector<metrics::Family<HttpScope>> families = {
      {{absl::StrCat(prefix, "request_total"), Type::kCounter, all, "HTTP requests seen", ""},
       WriteRequests}};
  if (with_latency) {
    families.push_back({{absl::StrCat(prefix, "response_latency_ms"), Type::kHistogram,
                         absl::StrCat(all, ", status_code"),
                         "Milliseconds from a request's headers to its response's end", ""},
                        WriteLatency});
  }
  families.push_back({{absl::StrCat(prefix, "response_total"), Type::kCounter,
                       absl::StrCat(all, ", status_code, classification, grpc_status, error"),
                       "HTTP responses that have ended", ""},
                      WriteResponses});
  return families;
}

}  // namespace gossamer::proxy
