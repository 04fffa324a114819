#ifndef SERVICES_DESTINATION_STREAMS_HUB_H_
#define SERVICES_DESTINATION_STREAMS_HUB_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/source/source.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/topics.h"
#include "services/destination/streams/metrics.h"
#include "services/destination/streams/snapshot.h"

namespace gossamer::destination {

// Makes the answer to one question from the cluster as it is, and adds the topics it read. An error
// for a question that was answered before ends its streams, so that clients ask again.
using Builder = std::function<absl::StatusOr<std::shared_ptr<const Snapshot>>(
    const Cluster& cluster, Topics* topics)>;

// A question: what kind it is, all that the answer depends on, and how it is answered.
struct Question {
  std::string kind;  // For metrics: "Get", "WatchPort".
  std::string key;   // Equal keys of a kind share one answer.
  Builder builder;
};

// A client's stream. Called without a lock held, from any thread, also after it unsubscribed.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual void OnSnapshot(const Published& published) = 0;
  // The stream is to end with OK: the client is to ask again.
  virtual void OnEnd() = 0;
};

// Answers questions about the cluster and keeps the answers up to date.
//
// Each question is answered once for all its subscribers, and again only when something it read
// changed; an answer that comes out equal is not told. Threads: any. One lock guards the cluster
// and the answers; it is held to make one answer at a time, never to tell a subscriber. Bounded by
// `subscribers_max`: beyond it Subscribe() is Unavailable. An answer without subscribers is
// dropped.
class Hub : public source::Listener {
 public:
  // Ends the subscription when destroyed. The subscriber may still hear what is under way.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();

   private:
    friend class Hub;
    Subscription(Hub* hub, std::string key, uint64_t id)
        : hub_(hub), key_(std::move(key)), id_(id) {}

    Hub* hub_ = nullptr;
    std::string key_;
    uint64_t id_ = 0;
  };

  // `metrics` is borrowed.
  Hub(size_t subscribers_max, Metrics* metrics)
      : subscribers_max_(subscribers_max), metrics_(metrics) {}
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Tells the subscriber the answer, before returning, and each change of it. The error is the
  // builder's.
  absl::StatusOr<Subscription> Subscribe(const Question& question,
                                         std::shared_ptr<Subscriber> subscriber)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The answer, once.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Ask(const Question& question)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Looks something up. The function must be short: everybody waits for it.
  void Read(absl::FunctionRef<void(const Cluster&)> look) const ABSL_LOCKS_EXCLUDED(mutex_);
  Metrics* metrics() const { return metrics_; }
  // Ends all streams; those that come later are Unavailable.
  void Shutdown() ABSL_LOCKS_EXCLUDED(mutex_);

  void OnEvents(const std::vector<source::Event>& events) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnProblem(const source::Problem& problem) override;
  void OnStats(const source::Stats& stats) override;

 private:
  struct Answer {
    Metrics::OfKind* metrics = nullptr;
    Builder builder;
    Published published;
    Topics topics;
    std::map<uint64_t, std::shared_ptr<Subscriber>> subscribers;
  };

  // Makes one answer anew and tells its subscribers.
  void Refresh(const std::string& key) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetTopics(const std::string& key, Answer* answer, Topics topics)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unsubscribe(const std::string& key, uint64_t id) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t subscribers_max_;
  Metrics* const metrics_;
  mutable absl::Mutex mutex_;
  Cluster cluster_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::unique_ptr<Answer>> answers_ ABSL_GUARDED_BY(mutex_);
  // The keys of the answers that read a topic.
  absl::flat_hash_map<std::string, std::set<std::string>> readers_ ABSL_GUARDED_BY(mutex_);
  size_t subscribers_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t next_version_ ABSL_GUARDED_BY(mutex_) = 1;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAMS_HUB_H_
