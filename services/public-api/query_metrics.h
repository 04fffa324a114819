#ifndef SERVICES_PUBLIC_API_QUERY_METRICS_H_
#define SERVICES_PUBLIC_API_QUERY_METRICS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "prometheus/registry.h"

namespace gossamer::public_api {

// Counts the queries to Prometheus and their time in two families of `registry`, which must outlive
// the returned function: public_api_prometheus_queries_total{result="ok"|"error"} and
// public_api_prometheus_query_seconds.
std::function<void(absl::Duration took, const absl::Status& status)> QueryObserver(
    ::prometheus::Registry* registry);

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_QUERY_METRICS_H_
