#ifndef EXAMPLES_COMMON_COUNTERS_H_
#define EXAMPLES_COMMON_COUNTERS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace gossamer::examples {

// What an application did, counted by itself: the mesh's own figures are checked against these.
//
// Names are chosen by the application from a small fixed set, such as "served.http.200" or
// "sent.store.bytes_written". Thread-safe.
class Counters {
 public:
  void Add(absl::string_view name, int64_t amount = 1) ABSL_LOCKS_EXCLUDED(mutex_);

  // {"name": value, ...}, sorted by name.
  std::string ToJson() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, int64_t, std::less<>> values_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gossamer::examples

#endif  // EXAMPLES_COMMON_COUNTERS_H_
