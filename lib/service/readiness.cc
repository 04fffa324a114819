#include "lib/service/readiness.h"

#include <algorithm>

namespace gossamer::service {

void Readiness::Condition::Set(bool holds) {
  absl::MutexLock lock(&owner_->mutex_);
  holds_ = holds;
  owner_->Publish();
}

Readiness::Condition* Readiness::Add(std::string name) {
  absl::MutexLock lock(&mutex_);
  Condition* condition = &conditions_.emplace_back(this, std::move(name));
  Publish();
  return condition;
}

bool Readiness::ready() const {
  absl::MutexLock lock(&mutex_);
  return Ready();
}

std::vector<std::string> Readiness::Missing() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const Condition& condition : conditions_) {
    if (!condition.holds_) names.push_back(condition.name_);
  }
  return names;
}

void Readiness::Drain() {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  Publish();
}

void Readiness::Listen(std::function<void(bool)> listener) {
  absl::MutexLock lock(&mutex_);
  listener_ = std::move(listener);
  published_ = Ready();
  listener_(published_);
}

bool Readiness::Ready() const {
  return !draining_ && std::all_of(conditions_.begin(), conditions_.end(),
                                   [](const Condition& condition) { return condition.holds_; });
}

void Readiness::Publish() {
  const bool ready = Ready();
  if (!listener_ || ready == published_) return;
  published_ = ready;
  listener_(ready);
}

}  // namespace gossamer::service
