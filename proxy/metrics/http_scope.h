#ifndef PROXY_METRICS_HTTP_SCOPE_H_
#define PROXY_METRICS_HTTP_SCOPE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/metrics/cell_list.h"
#include "lib/metrics/cells.h"
#include "lib/metrics/scope_map.h"

namespace gossamer::proxy {

// How a response ended, as request metrics tell it apart.
struct ResponseEnd {
  // The label `error`: none, a timeout, something unknown, or 16 + the code of an HTTP/2 error.
  enum Error : uint8_t { kNoError = 0, kTimeout = 1, kUnclassified = 2, kH2 = 16 };
  static Error H2Error(uint32_t code) { return static_cast<Error>(kH2 + (code < 14 ? code : 2)); }

  static constexpr int8_t kNotGrpc = -1;

  // A response with this status: a failure where it is a 5xx or `grpc_status`, from the trailers
  // or headers, says so. A gRPC response that ended without a status is told by kUnknown (2) and
  // counts as a success, as in Linkerd's proxy: `grpc_status_missing`.
  static ResponseEnd Of(uint16_t status, int8_t grpc_status = kNotGrpc,
                        bool grpc_status_missing = false);
  // No response or a broken one; `status` is 0 where there was none.
  static ResponseEnd Failed(uint16_t status, Error error) {
    return {status, false, kNotGrpc, error};
  }
  static ResponseEnd Other() { return {0, false, kNotGrpc, kUnclassified}; }

  friend bool operator==(const ResponseEnd& a, const ResponseEnd& b) {
    return a.status == b.status && a.success == b.success && a.grpc_status == b.grpc_status &&
           a.error == b.error;
  }

  uint16_t status = 0;
  bool success = true;
  int8_t grpc_status = kNotGrpc;
  Error error = kNoError;
};

struct LatencyBuckets {
  static constexpr std::array<double, 25> kBounds = {
      1,   2,   3,    4,    5,    10,   20,   30,    40,    50,    100,   200,  300,
      400, 500, 1000, 2000, 3000, 4000, 5000, 10000, 20000, 30000, 40000, 50000};
};

// Requests of one label set. Written by its worker alone.
class HttpScope {
 public:
  void OnRequest() { requests_.Add(); }
  // `latency` is the time from the request's headers to the response's end.
  void OnResponse(const ResponseEnd& end, absl::Duration latency) {
    responses_.Get(end).Add();
    latency_.Get({end.status}).Observe(absl::ToDoubleMilliseconds(latency));
  }
  // As OnResponse(), for families without latency.
  void OnResponse(const ResponseEnd& end) { responses_.Get(end).Add(); }

  void MergeFrom(const HttpScope& other);

  // <prefix>request_total, <prefix>response_latency_ms (unless without) and <prefix>response_total.
  static std::vector<metrics::Family<HttpScope>> Families(absl::string_view prefix,
                                                          absl::string_view labels,
                                                          bool with_latency = true);

 private:
  struct Status {
    static Status Other() { return {0}; }
    friend bool operator==(const Status& a, const Status& b) { return a.code == b.code; }
    uint16_t code = 0;
  };

  static void WriteRequests(const HttpScope& scope, absl::string_view labels,
                            metrics::TextWriter* writer);
  static void WriteLatency(const HttpScope& scope, absl::string_view labels,
                           metrics::TextWriter* writer);
  static void WriteResponses(const HttpScope& scope, absl::string_view labels,
                             metrics::TextWriter* writer);

  metrics::Counter requests_;
  metrics::CellList<ResponseEnd, metrics::Counter> responses_;
  // Few, because a histogram has 25 buckets.
  metrics::CellList<Status, metrics::Histogram<LatencyBuckets>, 16> latency_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_HTTP_SCOPE_H_
