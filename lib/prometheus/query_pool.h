#ifndef LIB_PROMETHEUS_QUERY_POOL_H_
#define LIB_PROMETHEUS_QUERY_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/prometheus/client.h"
#include "lib/prometheus/vector.h"

namespace gossamer::prom {

// Asks Prometheus many questions at once without a thread a request.
//
// `threads` bounds the queries under way, `queue_max` those that wait: a caller past it is refused
// at once with ResourceExhausted. Thread-safe. Callbacks run on a thread of the pool, or on the
// caller's when there is nothing to ask, and must not block. Destroying the pool waits for the
// queries under way (each ends within its timeout) and cancels the others; every callback has run
// by then.
class QueryPool {
 public:
  struct Options {
    Client::Options client;
    int threads = 8;
    size_t queue_max = 1024;
    // Hears of every query that was sent, for metrics. Runs on the pool's threads.
    std::function<void(absl::Duration took, const absl::Status& status)> observe;
  };
  // The answers, in the order of the queries; or the first error, then the rest are not asked.
  using VectorsCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<Vector>>)>;
  using IntervalCallback = absl::AnyInvocable<void(absl::StatusOr<absl::Duration>)>;

  // InvalidArgument when the URL is none.
  static absl::StatusOr<std::unique_ptr<QueryPool>> Create(const Options& options);
  ~QueryPool();

  // Calls `done` exactly once, within `timeout` and the time that one query takes to notice it.
  void Query(std::vector<std::string> queries, absl::Duration timeout, VectorsCallback done);
  void ScrapeInterval(absl::Duration timeout, IntervalCallback done);

 private:
  class Batch;
  // Runs with a client, or with an error instead of it.
  using Job = absl::AnyInvocable<void(absl::StatusOr<Client*>)>;

  explicit QueryPool(const Options& options) : options_(options) {}

  void Start();
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !jobs_.empty(); }

  const Options options_;
  absl::Mutex mutex_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace gossamer::prom

#endif  // LIB_PROMETHEUS_QUERY_POOL_H_
