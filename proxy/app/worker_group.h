#ifndef PROXY_APP_WORKER_GROUP_H_
#define PROXY_APP_WORKER_GROUP_H_

#include <functional>
#include <memory>
#include <vector>

#include "lib/event/loop.h"
#include "proxy/app/worker.h"
#include "proxy/worker/connection_counts.h"

namespace gossamer::proxy {

// The workers, told and asked together. On the control thread.
class WorkerGroup {
 public:
  // Adds up what all workers count; runs on the control thread in a later turn.
  using OnCounts = std::function<void(const ConnectionCounts&)>;

  // `control` is borrowed and outlives the group and its workers.
  explicit WorkerGroup(event::Loop* control) : control_(control) {}

  void Add(std::unique_ptr<Worker> worker) { workers_.push_back(std::move(worker)); }
  // Ends them with all their connections.
  void Clear() { workers_.clear(); }
  bool empty() const { return workers_.empty(); }

  // See Worker.
  void SetCredentials(const CredentialsPtr& credentials);
  void BeginShutdown();
  void Count(OnCounts on_counts);
  void Drain(OnCounts on_counts);
  void CloseDraining();

 private:
  void Gather(void (Worker::*ask)(Worker::OnCounts), OnCounts on_counts);

  event::Loop* const control_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_WORKER_GROUP_H_
