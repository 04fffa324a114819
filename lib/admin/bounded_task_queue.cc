#include "lib/admin/bounded_task_queue.h"

#include <utility>

namespace gossamer {

BoundedTaskQueue::BoundedTaskQueue(size_t threads, size_t waiting_max) : waiting_max_(waiting_max) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

void BoundedTaskQueue::enqueue(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &BoundedTaskQueue::HasRoom));
  tasks_.push_back(std::move(task));
}

void BoundedTaskQueue::shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    shut_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void BoundedTaskQueue::Run() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &BoundedTaskQueue::HasWork));
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace gossamer
