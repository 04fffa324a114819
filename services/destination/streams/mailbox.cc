#include "services/destination/streams/mailbox.h"

#include <utility>

namespace gossamer::destination {

Mailbox::Step Mailbox::Put(const Published& published) {
  absl::MutexLock lock(&mutex_);
  // Two threads may bring snapshots in either order.
  if (published.version <= newest_.version) return {};
  if (newest_.version > sent_.version) ++skipped_;
  newest_ = published;
  return Next();
}

Mailbox::Step Mailbox::WriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) ending_ = true;
  return Next();
}

Mailbox::Step Mailbox::End() {
  absl::MutexLock lock(&mutex_);
  ending_ = true;
  return Next();
}

uint64_t Mailbox::skipped() const {
  absl::MutexLock lock(&mutex_);
  return skipped_;
}

Mailbox::Step Mailbox::Next() {
  if (writing_ || finished_) return {};
  if (ending_) {
    finished_ = true;
    return {Do::kFinish, nullptr};
  }
  if (ready_.empty() && newest_.version > sent_.version) {
    for (Payload& payload : newest_.snapshot->MessagesFrom(sent_.snapshot)) {
      ready_.push_back(std::move(payload));
    }
    sent_ = newest_;
  }
  if (ready_.empty()) return {};
  writing_ = true;
  Step step{Do::kWrite, std::move(ready_.front())};
  ready_.pop_front();
  return step;
}

}  // namespace gossamer::destination
