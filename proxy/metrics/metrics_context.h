#ifndef PROXY_METRICS_METRICS_CONTEXT_H_
#define PROXY_METRICS_METRICS_CONTEXT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/metrics/registry.h"
#include "lib/metrics/scope_map.h"
#include "lib/metrics/scopes.h"
#include "lib/time/clock.h"

namespace gossamer::proxy {

// What the metrics of a process share.
struct MetricsContext {
  metrics::Registry* registry = nullptr;  // Borrowed.
  absl::Duration retain_idle = absl::Minutes(10);
  // Most label sets of one scheme and worker; the rest share an overflow.
  size_t label_sets_max = 1000;
  const Clock* clock = Clock::Real();  // Borrowed.
};

// A ScopeMap that stands in the registry.
template <typename Scope>
class Registered : public metrics::ScopeMap<Scope> {
 public:
  // `overflow_labels` come first in the overflow's label set.
  Registered(const MetricsContext& context, metrics::Dialect dialect,
             std::vector<metrics::Family<Scope>> families, std::string overflow_labels = "")
      : metrics::ScopeMap<Scope>({.overflow_labels = std::move(overflow_labels),
                                  .scopes_max = context.label_sets_max,
                                  .retain_idle = context.retain_idle,
                                  .clock = context.clock}) {
    context.registry->Register(dialect, std::move(families), this);
  }
};

// A family that is one counter a label set.
class CounterFamily : public Registered<metrics::CounterScope> {
 public:
  CounterFamily(const MetricsContext& context, metrics::Dialect dialect, absl::string_view name,
                absl::string_view labels, absl::string_view help)
      : Registered(context, dialect,
                   {{{std::string(name), metrics::Type::kCounter, std::string(labels),
                      std::string(help), ""},
                     metrics::CounterScope::Write}}) {}
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_METRICS_CONTEXT_H_
