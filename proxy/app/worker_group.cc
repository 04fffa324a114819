#include "proxy/app/worker_group.h"

#include <utility>

namespace gossamer::proxy {

void WorkerGroup::SetCredentials(const CredentialsPtr& credentials) {
  for (const auto& worker : workers_) worker->SetCredentials(credentials);
}

void WorkerGroup::BeginShutdown() {
  for (const auto& worker : workers_) worker->BeginShutdown();
}

void WorkerGroup::Count(OnCounts on_counts) { Gather(&Worker::Count, std::move(on_counts)); }

void WorkerGroup::Drain(OnCounts on_counts) { Gather(&Worker::Drain, std::move(on_counts)); }

void WorkerGroup::CloseDraining() {
  for (const auto& worker : workers_) worker->CloseDraining();
}

void WorkerGroup::Gather(void (Worker::*ask)(Worker::OnCounts), OnCounts on_counts) {
  struct Sum {
    size_t missing;
    ConnectionCounts counts;
    OnCounts on_counts;
  };
  // Touched on the control thread only.
  auto sum = std::make_shared<Sum>(Sum{workers_.size(), {}, std::move(on_counts)});
  if (workers_.empty()) {
    return control_->Post([sum] { sum->on_counts(sum->counts); });
  }
  for (const auto& worker : workers_) {
    (worker.get()->*ask)([control = control_, sum](const ConnectionCounts& counts) {
      control->Post([sum, counts] {
        sum->counts += counts;
        if (--sum->missing == 0) sum->on_counts(sum->counts);
      });
    });
  }
}

}  // namespace gossamer::proxy
