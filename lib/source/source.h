#ifndef LIB_SOURCE_SOURCE_H_
#define LIB_SOURCE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "lib/k8s/meta.h"
#include "lib/k8s/object.h"

namespace gossamer::source {

// The object is there, new or changed.
struct Applied {
  k8s::Object object;
};
// The object is gone.
struct Deleted {
  k8s::ObjectKey key;
};
// What was told so far is the cluster's whole state. Comes once after the start, and again whenever
// a source had to read everything anew; what vanished meanwhile was told as Deleted before it.
struct Resynced {};

using Event = std::variant<Applied, Deleted, Resynced>;

// Why a part of the cluster's state could not be taken over.
struct Problem {
  std::string where;  // "demo/web.yaml:12", or what else leads to the place.
  std::string message;
};

// What a source holds, for its metrics.
struct Stats {
  size_t objects = 0;         // Told and not deleted.
  size_t inputs = 0;          // Files, or whatever else the state is read from.
  size_t inputs_refused = 0;  // Of those: now served from their last good state, or not at all.
  size_t ignored = 0;         // Objects of kinds that the mesh does not read.
  uint64_t problems = 0;      // Ever reported.
};

// Hears of the cluster. All calls come from one thread at a time, and none after Stop() returned.
class Listener {
 public:
  virtual ~Listener() = default;
  // What changed, in order: a batch belongs together and is best acted upon at once.
  virtual void OnEvents(const std::vector<Event>& events) = 0;
  virtual void OnProblem(const Problem& problem) = 0;
  // What the source holds, after each time it looked; before the events of that time.
  virtual void OnStats(const Stats& stats) {}
};

// The cluster as a stream of typed objects. A listener that applies every event holds the same
// objects as the source, in whatever way those got there; it never has to compare states itself.
class Source {
 public:
  virtual ~Source() = default;
  // Tells the state as it is now, before it returns, and the changes from then on. Call it once.
  // The listener must outlive the source or Stop().
  virtual absl::Status Start(Listener* listener) = 0;
  // Ends the calls to the listener; waits for one that is under way. May be called twice.
  virtual void Stop() = 0;
  // May be called from any thread.
  virtual Stats stats() const = 0;
};

}  // namespace gossamer::source

#endif  // LIB_SOURCE_SOURCE_H_
