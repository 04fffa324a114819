#ifndef SERVICES_PUBLIC_API_STATS_SERIES_H_
#define SERVICES_PUBLIC_API_STATS_SERIES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/prometheus/selector.h"
#include "lib/prometheus/vector.h"

namespace gossamer::public_api {

// Which of the proxies' series one question is about, and by which labels they are added up.
struct Scope {
  std::string request_metric = "response_total";
  std::string latency_metric = "response_latency_ms_bucket";
  prom::Selector requests;
  std::optional<prom::Selector> connections;
  std::optional<prom::Selector> bytes;
  // Allowed and denied requests.
  std::optional<prom::Selector> authorizations;
  // The metric that counts requests with their retries, selected as `requests` is.
  std::optional<std::string> actual_request_metric;
  std::vector<std::string> group_by;
};

// The values of Scope::group_by, in its order.
using GroupKey = std::vector<std::string>;

// What one group's series say. Counts are of the whole window, rounded.
struct Totals {
  uint64_t success = 0;
  uint64_t failure = 0;
  uint64_t actual_success = 0;
  uint64_t actual_failure = 0;
  uint64_t latency_ms_p50 = 0;
  uint64_t latency_ms_p95 = 0;
  uint64_t latency_ms_p99 = 0;
  uint64_t open_connections = 0;
  uint64_t read_bytes = 0;
  uint64_t write_bytes = 0;
  uint64_t allowed = 0;
  uint64_t denied = 0;
  bool has_tcp = false;

  bool HasRequests() const { return success + failure > 0; }
  bool HasAuthorizations() const { return allowed + denied > 0; }
};

using Groups = std::map<GroupKey, Totals>;

// The PromQL that answers the question for the last `window`, in the order that FoldSeries expects.
std::vector<std::string> SeriesQueries(const Scope& scope, absl::Duration window);

// Adds up the answers to SeriesQueries(scope, ...).
Groups FoldSeries(const Scope& scope, absl::Span<const prom::Vector> answers);

// A sample as a count: rounded, 0 for NaN and below.
uint64_t ToCount(double value);

// PromQL's quantile `q` of a histogram of milliseconds over the window, by `group_by`.
std::string QuantileQuery(const char* q, const std::string& metric, const prom::Selector& selector,
                          const std::vector<std::string>& group_by, absl::Duration window);

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_SERIES_H_
