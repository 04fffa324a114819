#ifndef LIB_ADMIN_BOUNDED_TASK_QUEUE_H_
#define LIB_ADMIN_BOUNDED_TASK_QUEUE_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "httplib.h"

namespace gossamer {

// A fixed number of threads that run tasks in order, at most `waiting_max` of them waiting. A full
// queue makes the caller wait, so that new connections stay in the kernel's bounded backlog: the
// library's own queue has no bound, and a task must not be dropped because it owns a socket.
class BoundedTaskQueue : public httplib::TaskQueue {
 public:
  BoundedTaskQueue(size_t threads, size_t waiting_max);

  void enqueue(std::function<void()> task) override;
  // Runs what waits, then joins the threads.
  void shutdown() override;

 private:
  void Run();
  bool HasRoom() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return tasks_.size() < waiting_max_; }
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return shut_ || !tasks_.empty(); }

  const size_t waiting_max_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool shut_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace gossamer

#endif  // LIB_ADMIN_BOUNDED_TASK_QUEUE_H_
