#ifndef SERVICES_DESTINATION_STREAMS_MAILBOX_H_
#define SERVICES_DESTINATION_STREAMS_MAILBOX_H_

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/destination/streams/snapshot.h"

namespace gossamer::destination {

// What one client still has to get. Bounded by one snapshot: a client that is slow to read finds,
// when it is ready, the messages from what it has to the newest state, and none of those between.
//
//   idle --(newer snapshot)--> writing --(WriteDone)--> idle or the next message
//   any  --(End, or a write that failed)--> ended, as soon as no write is under way
//
// Thread-safe. Never blocks for long: encoding happens once for all clients.
class Mailbox {
 public:
  enum class Do { kNothing, kWrite, kFinish };
  struct Step {
    Do what = Do::kNothing;
    Payload payload;  // For kWrite.
  };

  // Each of these returns what the owner has to do now. A kWrite must be answered by WriteDone();
  // kFinish comes once and is the last.
  Step Put(const Published& published) ABSL_LOCKS_EXCLUDED(mutex_);
  Step WriteDone(bool ok) ABSL_LOCKS_EXCLUDED(mutex_);
  Step End() ABSL_LOCKS_EXCLUDED(mutex_);

  // Snapshots that were passed over because a newer one came first.
  uint64_t skipped() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Published newest_ ABSL_GUARDED_BY(mutex_);
  // What the client has once `ready_` is written.
  Published sent_ ABSL_GUARDED_BY(mutex_);
  std::deque<Payload> ready_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t skipped_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAMS_MAILBOX_H_
