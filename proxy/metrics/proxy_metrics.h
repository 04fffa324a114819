#ifndef PROXY_METRICS_PROXY_METRICS_H_
#define PROXY_METRICS_PROXY_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/metrics/registry.h"
#include "lib/time/clock.h"
#include "proxy/metrics/control_metrics.h"
#include "proxy/metrics/inbound_metrics.h"
#include "proxy/metrics/metrics_context.h"
#include "proxy/metrics/outbound_metrics.h"
#include "proxy/metrics/process_metrics.h"

namespace gossamer::proxy {

// What one worker counts. Made before the worker starts; then touched by its thread only.
struct WorkerMetrics {
  explicit WorkerMetrics(const MetricsContext& context) : inbound(context), outbound(context) {}

  // Call from a timer of the worker, every minute or so.
  void EvictIdle() {
    inbound.EvictIdle();
    outbound.EvictIdle();
  }

  InboundMetrics inbound;
  OutboundMetrics outbound;
};

// Every metric of the proxy.
//
//   ProxyMetrics metrics({.build = info, .workers = 2, .retain_idle = config.admin.…});
//   worker gets metrics.worker(i); control-plane clients get metrics.control();
//   the admin server's /metrics calls metrics.Write(sink).
//
// Owned by main(); outlives workers and clients. Write() may be called from any thread, the rest as
// the parts say.
class ProxyMetrics {
 public:
  struct Options {
    BuildInfo build;
    int workers = 1;
    absl::Duration retain_idle = absl::Minutes(10);
    const Clock* clock = Clock::Real();  // Borrowed.
  };

  explicit ProxyMetrics(const Options& options);

  WorkerMetrics& worker(int index) { return *workers_[index]; }
  ControlMetrics& control() { return *control_; }

  // Hands the text of /metrics to `sink`, piece by piece; `sink` must not block.
  void Write(absl::FunctionRef<void(absl::string_view)> sink) const { registry_.Write(sink); }
  const metrics::Registry& registry() const { return registry_; }

 private:
  metrics::Registry registry_;
  std::vector<std::unique_ptr<WorkerMetrics>> workers_;
  std::unique_ptr<ControlMetrics> control_;
};

// docs/METRICS.md.
std::string MetricsMarkdown();

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_PROXY_METRICS_H_
