#include "services/public-api/query_metrics.h"

#include "prometheus/counter.h"
#include "prometheus/histogram.h"

namespace gossamer::public_api {

std::function<void(absl::Duration, const absl::Status&)> QueryObserver(
    ::prometheus::Registry* registry) {
  auto& queries = ::prometheus::BuildCounter()
                      .Name("public_api_prometheus_queries_total")
                      .Help("Queries sent to Prometheus, by how they ended.")
                      .Register(*registry);
  auto* ok = &queries.Add({{"result", "ok"}});
  auto* error = &queries.Add({{"result", "error"}});
  auto* seconds =
      &::prometheus::BuildHistogram()
           .Name("public_api_prometheus_query_seconds")
           .Help("How long Prometheus took for a query.")
           .Register(*registry)
           .Add({}, ::prometheus::Histogram::BucketBoundaries{0.005, 0.02, 0.1, 0.5, 2, 10});
  return [=](absl::Duration took, const absl::Status& status) {
    (status.ok() ? ok : error)->Increment();
    seconds->Observe(absl::ToDoubleSeconds(took));
  };
}

}  // namespace gossamer::public_api
