#ifndef LIB_SERVICE_PROCESS_METRICS_H_
#define LIB_SERVICE_PROCESS_METRICS_H_

#include <string>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace gossamer::service {

// The process metrics that every Prometheus client has, read from /proc at each scrape:
// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
// process_open_fds, process_max_fds, process_threads, process_start_time_seconds; and
// gossamer_build_info, which is 1 and says program and version in labels.
//
// Thread-safe. What /proc does not tell is left out.
class ProcessMetrics : public prometheus::Collectable {
 public:
  ProcessMetrics(std::string program, std::string version);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string program_;
  const std::string version_;
};

}  // namespace gossamer::service

#endif  // LIB_SERVICE_PROCESS_METRICS_H_
