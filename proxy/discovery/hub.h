#ifndef PROXY_DISCOVERY_HUB_H_
#define PROXY_DISCOVERY_HUB_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/event/loop.h"

namespace gossamer::proxy {

// Follows one thing of the control plane while it lives; publishes through what its factory was
// given.
class Watcher {
 public:
  virtual ~Watcher() = default;
};

// Brings what the control plane says from the control thread, which follows each thing once, to all
// workers that want to know: immutable snapshots, replaced whole, the newest at once to whoever
// comes later. A thing that nobody wants any more is not followed any more.
//
// Owned by the application; outlives both kinds of loops' runs.
template <typename Key, typename T>
class Hub {
  struct Subscriber;

 public:
  using Value = std::shared_ptr<const T>;
  using Publish = std::function<void(Value)>;
  // Runs on the control thread.
  using Factory = std::function<std::unique_ptr<Watcher>(const Key& key, Publish publish)>;

  // A worker's interest; ends when destroyed, on that worker's thread.
  class Subscription {
   public:
    Subscription(Hub* hub, Key key, std::shared_ptr<Subscriber> subscriber)
        : hub_(hub), key_(std::move(key)), subscriber_(std::move(subscriber)) {}
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() {
      subscriber_->active = false;
      hub_->control_->Post([hub = hub_, key = key_, subscriber = subscriber_] {
        hub->Detach(key, subscriber.get());
      });
    }

   private:
    Hub* const hub_;
    const Key key_;
    const std::shared_ptr<Subscriber> subscriber_;
  };

  Hub(event::Loop* control, Factory factory) : control_(control), factory_(std::move(factory)) {}

  // On the worker's thread. `on_value` runs there, never within this call, for the present value
  // and each later one.
  std::unique_ptr<Subscription> Subscribe(event::Loop* worker, const Key& key,
                                          std::function<void(Value)> on_value) {
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->worker = worker;
    subscriber->on_value = std::move(on_value);
    control_->Post([this, key, subscriber] { Attach(key, subscriber); });
    return std::make_unique<Subscription>(this, key, subscriber);
  }

 private:
  struct Subscriber {
    event::Loop* worker;
    std::function<void(Value)> on_value;
    bool active = true;  // Read and written on the worker's thread only.
  };

  struct Topic {
    std::unique_ptr<Watcher> watcher;
    Value value;
    std::vector<std::shared_ptr<Subscriber>> subscribers;
  };

  static void Deliver(const std::shared_ptr<Subscriber>& subscriber, const Value& value) {
    subscriber->worker->Post([subscriber, value] {
      if (subscriber->active) subscriber->on_value(value);
    });
  }

  void Attach(const Key& key, std::shared_ptr<Subscriber> subscriber) {
    std::unique_ptr<Topic>& topic = topics_[key];
    if (topic == nullptr) {
      topic = std::make_unique<Topic>();
      topic->subscribers.push_back(std::move(subscriber));
      Topic* raw = topic.get();
      raw->watcher = factory_(key, [raw](Value value) {
        raw->value = std::move(value);
        for (const auto& each : raw->subscribers) Deliver(each, raw->value);
      });
      return;
    }
    if (topic->value != nullptr) Deliver(subscriber, topic->value);
    topic->subscribers.push_back(std::move(subscriber));
  }

  void Detach(const Key& key, const Subscriber* subscriber) {
    const auto it = topics_.find(key);
    if (it == topics_.end()) return;
    auto& all = it->second->subscribers;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const auto& each) { return each.get() == subscriber; }),
              all.end());
    if (all.empty()) topics_.erase(it);
  }

  event::Loop* const control_;
  const Factory factory_;
  absl::flat_hash_map<Key, std::unique_ptr<Topic>> topics_;  // On the control thread.
};

}  // namespace gossamer::proxy

#endif  // PROXY_DISCOVERY_HUB_H_
