#ifndef LIB_SERVICE_READINESS_H_
#define LIB_SERVICE_READINESS_H_

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace gossamer::service {

// Whether a service may be given work: when every condition it has named holds and it is not
// draining. A service without conditions is ready at once.
//
// Thread-safe. Conditions are added before the service runs, and a service has a handful of them.
class Readiness {
 public:
  // One thing that has to hold: "issuer loaded", "manifests read". Does not hold until set. Lives
  // as long as its Readiness.
  class Condition {
   public:
    Condition(Readiness* owner, std::string name) : owner_(owner), name_(std::move(name)) {}
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    // From any thread. It may cease to hold again.
    void Set(bool holds);

   private:
    friend class Readiness;
    Readiness* const owner_;
    const std::string name_;
    bool holds_ = false;  // Guarded by the owner's mutex.
  };

  Readiness() = default;
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  Condition* Add(std::string name);

  bool ready() const;
  // The conditions that do not hold.
  std::vector<std::string> Missing() const;

  // Not ready from now on, whatever conditions say.
  void Drain();

  // Called with the state now and at every change of it, in order, under the lock: it must be quick
  // and must not call back. One listener; it stays for good.
  void Listen(std::function<void(bool ready)> listener);

 private:
  bool Ready() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::deque<Condition> conditions_ ABSL_GUARDED_BY(mutex_);  // Members do not move.
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool published_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void(bool)> listener_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gossamer::service

#endif  // LIB_SERVICE_READINESS_H_
