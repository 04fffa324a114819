#ifndef PROXY_METRICS_TRANSPORT_SCOPES_H_
#define PROXY_METRICS_TRANSPORT_SCOPES_H_

#include <array>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/metrics/cells.h"
#include "lib/metrics/scope_map.h"

namespace gossamer::proxy {

struct DetectSecondsBuckets {
  static constexpr std::array<double, 2> kBounds = {.001, .1};
};

// What sniffing for HTTP found on connections of one kind. Written by its worker alone.
struct DetectScope {
  enum Result { kNotHttp, kHttp1, kHttp2, kReadTimeout, kError, kResults };

  void OnDetected(Result result, absl::Duration took) {
    results[result].Add();
    seconds.Observe(absl::ToDoubleSeconds(took));
  }

  void MergeFrom(const DetectScope& other);
  // <prefix>_tcp_detect_http_duration_seconds and <prefix>_tcp_detect_http_results_total, whose
  // results are all there from the start.
  static std::vector<metrics::Family<DetectScope>> Families(absl::string_view prefix,
                                                            absl::string_view labels);

  metrics::Histogram<DetectSecondsBuckets> seconds;
  std::array<metrics::Counter, kResults> results;
};

struct QueueSecondsBuckets {
  static constexpr std::array<double, 6> kBounds = {.0005, .005, .05, .5, 1, 3};
};

// A balancer and the queue before it. Written by its worker alone.
struct BalancerScope {
  enum Update { kReset, kAdd, kRemove, kUpdates };

  // The queue's gate: shut while the balancer is in fail-fast. `now` is wall-clock time.
  void OnGateOpen(absl::Time now);
  void OnGateShut(absl::Time now);

  void MergeFrom(const BalancerScope& other);
  // <prefix>_balancer_...
  static std::vector<metrics::Family<BalancerScope>> Families(absl::string_view prefix,
                                                              absl::string_view labels);

  metrics::Gauge p2c_endpoints;
  std::array<metrics::Counter, kUpdates> p2c_updates;
  metrics::Gauge endpoints_ready;
  metrics::Gauge endpoints_pending;
  metrics::Gauge queue_length;
  metrics::Counter queue_requests;
  metrics::Histogram<QueueSecondsBuckets> queue_seconds;
  metrics::Counter gate_opened;
  metrics::Counter gate_shut;
  metrics::FloatGauge gate_open_time_seconds;
  metrics::FloatGauge gate_shut_time_seconds;
  metrics::FloatGauge gate_timeout_seconds;  // The fail-fast timeout.
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_TRANSPORT_SCOPES_H_
