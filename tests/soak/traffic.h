#ifndef TESTS_SOAK_TRAFFIC_H_
#define TESTS_SOAK_TRAFFIC_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/pod.h"

namespace gossamer::soak {

// Every kind of traffic at once, from one pod to a Service, from creation until Stop().
class Traffic {
 public:
  struct Count {
    int64_t ok = 0;
    int64_t failed = 0;
  };

  Traffic(harness::Pod* client, const std::string& service_ip);
  ~Traffic() { Stop(); }

  // Lets what is under way end. Idempotent.
  void Stop();
  // By kind.
  std::map<std::string, Count> Counts() ABSL_LOCKS_EXCLUDED(mutex_);
  std::string first_failure() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // One exchange, or some on one connection; how many there were. Throws nothing away: a failure is
  // told by Failed().
  using Work = int (Traffic::*)();

  void Run(const std::string& kind, Work work);
  void Failed(const std::string& why) ABSL_LOCKS_EXCLUDED(mutex_);
  std::string NextId() { return std::to_string(1'000'000 + next_id_.fetch_add(1)); }

  int KeepAlive();
  int Close();
  int Http2();
  int LargeBodies();
  int Upgrade();
  int Opaque();
  int Aborted();

  harness::Pod* const client_;
  const std::string ip_;
  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> next_id_ = 0;
  absl::Mutex mutex_;
  std::map<std::string, Count> counts_ ABSL_GUARDED_BY(mutex_);
  std::string first_failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace gossamer::soak

#endif  // TESTS_SOAK_TRAFFIC_H_
