#ifndef PROXY_OUTBOUND_BALANCER_H_
#define PROXY_OUTBOUND_BALANCER_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "lib/event/loop.h"
#include "proxy/balance/p2c_picker.h"
#include "proxy/discovery/endpoint.h"
#include "proxy/http/failure.h"
#include "proxy/http/wait_queue.h"
#include "proxy/metrics/outbound_metrics.h"
#include "proxy/outbound/endpoint_client.h"
#include "proxy/policy/outbound_policy.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

class Balancer;

// A request that is to be given an endpoint.
class BalancedRequest : public WaitQueue<BalancedRequest>::Entry {
 public:
  // The endpoint is picked and counted; the request sends itself to it, and ends with
  // Balancer::OnEnd().
  virtual void OnEndpoint(std::shared_ptr<EndpointClient> endpoint, P2cPicker::Handle handle) = 0;
  // There is none to be had.
  virtual void OnNoEndpoint(const Failure& failure) = 0;

 protected:
  ~BalancedRequest() = default;
};

// A connection that waits for an endpoint to dial.
class WaitingForEndpoint : public WaitQueue<WaitingForEndpoint>::Entry {
 public:
  // The endpoints have changed: it may pick, or wait anew.
  virtual void OnEndpointsChange() = 0;

 protected:
  ~WaitingForEndpoint() = default;
};

// Spreads what goes to one destination over its endpoints, by the power of two choices among those
// that are ready. HTTP requests wait, bounded, while none is; after a while without any the
// balancer fails fast until one is ready again. Connections of other protocols wait, bounded, while
// there is no endpoint at all.
//
// One a destination and worker, on its loop.
class Balancer final : private EndpointClient::Observer {
 public:
  // `path` is "name:port". `context` is borrowed and outlives the balancer.
  Balancer(WorkerContext* context, const std::string& path, const LoadEstimate& load);

  // HTTP: gives the request an endpoint, now or as soon as one is ready.
  void Send(BalancedRequest* request);
  void OnSample(P2cPicker::Handle handle, int64_t rtt_ns) {
    http_picker_.OnSample(handle, rtt_ns, context_->loop->now_ns());
  }
  void OnEnd(P2cPicker::Handle handle);

  // TCP: the endpoint to dial; null where there is none, for which one may wait. `*handle` is for
  // OnDialled() and OnDialEnd().
  const EndpointTarget* PickForTcp(P2cPicker::Handle* handle);
  // False where too many wait already.
  [[nodiscard]] bool Wait(WaitingForEndpoint* waiting);
  // The connection stood after so long; one that failed counts as slow, whatever it took: an
  // endpoint that refuses at once must not look like the fastest.
  void OnDialled(P2cPicker::Handle handle, int64_t took_ns) {
    tcp_picker_.OnSample(handle, took_ns, context_->loop->now_ns());
  }
  void OnDialEnd(P2cPicker::Handle handle) { tcp_picker_.OnEnd(handle); }

  // Whether a request would be given an endpoint at once.
  bool available() const { return http_picker_.ready_count() > 0 || !known_; }
  bool in_use() const { return in_flight_ > 0 || !waiting_.empty() || !waiting_tcp_.empty(); }
  int64_t last_used_ns() const { return last_used_ns_; }
  const std::string& path() const { return path_; }

 private:
  struct Member {
    Endpoint endpoint;
    std::shared_ptr<EndpointClient> http;  // From the first HTTP request on.
    std::unique_ptr<EndpointTarget> tcp;   // From the first TCP connection on.
    P2cPicker::Handle http_handle;
    P2cPicker::Handle tcp_handle;
  };

  void OnEndpoints(const EndpointSetPtr& set);
  void OnEndpointReadyChange(EndpointClient* client) override;
  void AddMember(const Endpoint& endpoint);
  void RemoveMember(Member* member);
  void StartHttp(Member* member);
  bool Dispatch(BalancedRequest* request);
  void DispatchWaiting();
  void FailFast();

  WorkerContext* const context_;
  const std::string path_;
  P2cPicker http_picker_;
  P2cPicker tcp_picker_;
  absl::flat_hash_map<net::SocketAddress, std::unique_ptr<Member>> members_;
  // By the pickers' dense indexes.
  std::vector<Member*> by_http_index_;
  std::vector<Member*> by_tcp_index_;
  absl::flat_hash_map<const EndpointClient*, Member*> by_client_;
  WaitQueue<BalancedRequest> waiting_;
  WaitQueue<WaitingForEndpoint> waiting_tcp_;
  event::Timer failfast_;
  event::Deferred dispatch_;
  bool failing_fast_ = false;
  bool known_ = false;  // Discovery has spoken.
  bool http_used_ = false;
  int in_flight_ = 0;
  int64_t last_used_ns_ = 0;
  std::unique_ptr<EndpointsHub::Subscription> subscription_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_BALANCER_H_
