#ifndef PROXY_OUTBOUND_DESTINATIONS_H_
#define PROXY_OUTBOUND_DESTINATIONS_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lib/event/loop.h"
#include "proxy/outbound/balancer.h"
#include "proxy/outbound/endpoint_client.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// What discovery says of one original destination, on one worker.
class Destination {
 public:
  class Observer {
   public:
    // The policy is known for the first time, or another one.
    virtual void OnPolicy() = 0;

   protected:
    ~Observer() = default;
  };

  explicit Destination(const net::SocketAddress& original) : original_(original) {}

  const net::SocketAddress& original() const { return original_; }
  // Null until discovery has spoken.
  const OutboundPolicyPtr& policy() const { return policy_; }
  // What its connections count, found once for each policy: its labels cost more than the rest of a
  // short connection.
  struct Metrics {
    OutboundPolicyPtr policy;
    OutboundMetrics::TcpRef accept;
    OutboundMetrics::DetectRef detect;
    OutboundMetrics::CounterRef connections;  // By the policy's protocol.
  };
  // Where the policy is known.
  const Metrics& MetricsIn(OutboundMetrics* metrics);
  void Observe(Observer* observer) { observers_.insert(observer); }
  void StopObserving(Observer* observer) { observers_.erase(observer); }

 private:
  friend class Destinations;

  void Set(OutboundPolicyPtr policy);

  const net::SocketAddress original_;
  OutboundPolicyPtr policy_;
  Metrics metrics_;
  absl::flat_hash_set<Observer*> observers_;
  std::unique_ptr<TargetHub::Subscription> subscription_;
  int64_t last_used_ns_ = 0;
};

// Where a worker's outbound side is connected to: destinations, balancers and single endpoints,
// each made at first use and dropped when it has been idle for a while.
class Destinations {
 public:
  explicit Destinations(WorkerContext* context);

  std::shared_ptr<Destination> Get(const net::SocketAddress& original);
  std::shared_ptr<Balancer> BalancerFor(const Backend& backend);
  std::shared_ptr<EndpointClient> ClientFor(const Endpoint& endpoint, const std::string& authority);

 private:
  struct ForwardClient {
    Endpoint endpoint;
    std::shared_ptr<EndpointClient> client;
    int64_t last_used_ns;
  };

  void Sweep();

  WorkerContext* const context_;
  absl::flat_hash_map<net::SocketAddress, std::shared_ptr<Destination>> destinations_;
  absl::flat_hash_map<std::string, std::shared_ptr<Balancer>> balancers_;
  absl::flat_hash_map<net::SocketAddress, ForwardClient> forwards_;
  event::Timer sweep_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_DESTINATIONS_H_
