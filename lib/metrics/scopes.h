#ifndef LIB_METRICS_SCOPES_H_
#define LIB_METRICS_SCOPES_H_

#include "lib/metrics/cells.h"
#include "lib/metrics/scope_map.h"

namespace gossamer::metrics {

// The scope of a family that stands alone: one cell.
template <typename Cell>
struct SingleScope {
  Cell cell;

  void MergeFrom(const SingleScope& other) { cell.MergeFrom(other.cell); }
  static void Write(const SingleScope& scope, absl::string_view labels, TextWriter* writer) {
    writer->Sample(labels, "", scope.cell);
  }
};

using CounterScope = SingleScope<Counter>;

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_SCOPES_H_
