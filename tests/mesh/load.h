#ifndef TESTS_MESH_LOAD_H_
#define TESTS_MESH_LOAD_H_

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// Steady HTTP/1.1 requests from a pod, on keep-alive connections, from creation until Stop().
class Load {
 public:
  struct Target {
    std::string ip;
    int port = 0;
    std::string host;  // The Host header.
    std::string path = "/whoami";
  };
  struct Result {
    int ok = 0;
    int failed = 0;
    std::string first_failure;           // With the time since the start.
    std::map<std::string, int> by_body;  // Which pod answered how often.
    absl::Duration longest;
  };

  static constexpr int kThreads = 4;

  // `pause` lies between two requests of one thread.
  Load(harness::Pod* client, const Target& target, absl::Duration pause = absl::Milliseconds(5));
  ~Load() { Stop(); }

  // Since the start, or since the last call of Reset().
  Result Current() ABSL_LOCKS_EXCLUDED(mutex_);
  void Reset() ABSL_LOCKS_EXCLUDED(mutex_);
  Result Stop();

  // Whether `body` answers within `timeout`.
  bool WaitForBody(const std::string& body, absl::Duration timeout);

 private:
  void Run();
  void Count(bool ok, const std::string& text, absl::Duration took) ABSL_LOCKS_EXCLUDED(mutex_);

  harness::Pod* const client_;
  const Target target_;
  const absl::Duration pause_;
  const absl::Time start_;
  std::atomic<bool> stop_ = false;
  absl::Mutex mutex_;
  Result result_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_LOAD_H_
