#ifndef SERVICES_DESTINATION_STREAMS_ENDPOINT_SNAPSHOT_H_
#define SERVICES_DESTINATION_STREAMS_ENDPOINT_SNAPSHOT_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/destination/endpoints/endpoint_set.h"
#include "services/destination/streams/snapshot.h"

namespace gossamer::destination {

// A service's endpoints as an answer, of which clients get the difference. The whole set and the
// difference from the snapshot before, which nearly all clients have, are encoded once.
class EndpointSnapshot : public Snapshot {
 public:
  explicit EndpointSnapshot(std::shared_ptr<const EndpointSet> set) : set_(std::move(set)) {}

  bool SameAs(const Snapshot& other) const override {
    return set_->SameAs(*static_cast<const EndpointSnapshot&>(other).set_);
  }
  std::vector<Payload> MessagesFrom(const std::shared_ptr<const Snapshot>& before) const override
      ABSL_LOCKS_EXCLUDED(mutex_);
  const EndpointSet& set() const { return *set_; }

 private:
  std::vector<Payload> EncodeFrom(const EndpointSet* before) const;

  const std::shared_ptr<const EndpointSet> set_;
  mutable absl::Mutex mutex_;
  mutable std::vector<Payload> whole_ ABSL_GUARDED_BY(mutex_);
  // Weak, or each snapshot would keep all before it.
  mutable std::weak_ptr<const Snapshot> change_from_ ABSL_GUARDED_BY(mutex_);
  mutable std::vector<Payload> change_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAMS_ENDPOINT_SNAPSHOT_H_
