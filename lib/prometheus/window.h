#ifndef LIB_PROMETHEUS_WINDOW_H_
#define LIB_PROMETHEUS_WINDOW_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gossamer::prom {

// The longest window that a query may look back over: keeps one request from making Prometheus
// read its whole store.
inline constexpr absl::Duration kMaxWindow = absl::Hours(24 * 7);

// Reads a time window as Go writes durations ("1m", "1h30m", "1.5s", "250ms").
// InvalidArgument, naming the text, unless it is a whole number of milliseconds in (0, kMaxWindow].
absl::StatusOr<absl::Duration> ParseWindow(absl::string_view text);

// Writes a window in PromQL's grammar, which has no fractions: 90 s is "1m30s".
std::string FormatWindow(absl::Duration window);

}  // namespace gossamer::prom

#endif  // LIB_PROMETHEUS_WINDOW_H_
