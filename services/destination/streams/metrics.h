#ifndef SERVICES_DESTINATION_STREAMS_METRICS_H_
#define SERVICES_DESTINATION_STREAMS_METRICS_H_

#include <cstdint>
#include <map>
#include <string>

#include "lib/source/source.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace gossamer::destination {

// What the hub and the source do. Label values are the four kinds of question. Thread-safe.
class Metrics {
 public:
  struct OfKind {
    prometheus::Gauge* streams = nullptr;
    prometheus::Gauge* answers = nullptr;
    prometheus::Counter* built = nullptr;
    prometheus::Counter* changed = nullptr;
  };

  // The registry outlives this.
  explicit Metrics(prometheus::Registry* registry);

  // Valid for as long as this; for a kind there is none of, those of the kind "other".
  OfKind* ForKind(const std::string& kind);
  void Refused() { refused_->Increment(); }
  void Skipped(uint64_t count) { skipped_->Increment(static_cast<double>(count)); }
  void Source(const source::Stats& stats);

 private:
  std::map<std::string, OfKind> kinds_;  // Never changes.
  prometheus::Counter* refused_;
  prometheus::Counter* skipped_;
  prometheus::Gauge* objects_;
  prometheus::Gauge* ignored_;
  prometheus::Gauge* files_;
  prometheus::Gauge* files_refused_;
  prometheus::Counter* problems_;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAMS_METRICS_H_
