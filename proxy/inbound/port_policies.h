#ifndef PROXY_INBOUND_PORT_POLICIES_H_
#define PROXY_INBOUND_PORT_POLICIES_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lib/config/port_set.h"
#include "lib/event/loop.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// One port's policy as it changes, on one worker.
class PortPolicy {
 public:
  class Observer {
   public:
    // The policy is known for the first time, or another one. May stop observing.
    virtual void OnPolicy(const ServerPolicyPtr& policy) = 0;

   protected:
    ~Observer() = default;
  };

  explicit PortPolicy(uint16_t port) : port_(port) {}

  uint16_t port() const { return port_; }
  // Null for the first instant of the first connection to the port.
  const ServerPolicyPtr& current() const { return current_; }
  void Observe(Observer* observer) { observers_.insert(observer); }
  void StopObserving(Observer* observer) { observers_.erase(observer); }

 private:
  friend class PortPolicies;

  void Set(ServerPolicyPtr policy);

  const uint16_t port_;
  ServerPolicyPtr current_;
  absl::flat_hash_set<Observer*> observers_;
  std::unique_ptr<PortHub::Subscription> subscription_;
  int64_t last_used_ns_ = 0;
  bool pinned_ = false;  // Configured: followed for ever.
};

// The ports whose policies are followed from the start: those that are configured, bounded.
std::vector<uint16_t> PinnedPorts(const config::PortSet& configured);

// The policies of the workload's ports: those that are configured from the start, others from their
// first connection until they have been idle for a while.
class PortPolicies {
 public:
  // `context` is borrowed and outlives this.
  explicit PortPolicies(WorkerContext* context);

  // Keeps the port's policy followed as long as the result is held.
  std::shared_ptr<PortPolicy> Get(uint16_t port);

 private:
  void Follow(uint16_t port, bool pinned);
  void EvictIdle();

  WorkerContext* const context_;
  absl::flat_hash_map<uint16_t, std::shared_ptr<PortPolicy>> policies_;
  event::Timer eviction_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_INBOUND_PORT_POLICIES_H_
