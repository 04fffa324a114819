#ifndef PROXY_OUTBOUND_TCP_ROUTE_DIAL_H_
#define PROXY_OUTBOUND_TCP_ROUTE_DIAL_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "lib/event/loop.h"
#include "proxy/outbound/balancer.h"
#include "proxy/outbound/destinations.h"
#include "proxy/transport/dial.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// A connection to where a TCP or TLS route leads: picks the backend and an endpoint of it, waits,
// bounded, where it has none yet, dials that, and keeps the balancer's books however it ends.
class TcpRouteDial final : public PendingDial, private WaitingForEndpoint {
 public:
  // The stream counts its bytes as the endpoint's. `error` is the label of what went wrong, for
  // outbound_tcp_errors_total; it lasts for ever.
  using OnResult = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream,
                                           absl::string_view error)>;

  // `route` is of `policy`, which is held. `done` runs once, never within the constructor, and may
  // destroy the dial; destroying it before gives up.
  TcpRouteDial(WorkerContext* context, Destinations* destinations, OutboundPolicyPtr policy,
               const OutboundTcpRoute* route, OnResult done);
  ~TcpRouteDial() override;

  // Whether the route lets no connection through, and so must not be dialled; `*error` (a label)
  // and `*why` say how.
  static bool Forbids(const OutboundPolicy& policy, const OutboundTcpRoute& route,
                      absl::string_view* error, std::string* why);

 private:
  void OnEndpointsChange() override { DialEndpoint(); }

  void Start();
  const Backend* PickBackend();
  void DialEndpoint();
  void BeginDial(const EndpointTarget& target);
  void OnDialled(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream);
  void Fail(absl::string_view error, absl::Status status);

  WorkerContext* const context_;
  event::Loop* const loop_;
  Destinations* const destinations_;
  const OutboundPolicyPtr policy_;
  const OutboundTcpRoute* const route_;
  OnResult done_;
  event::Deferred start_;
  event::Timer failfast_;
  // Whom it was balanced to.
  std::shared_ptr<Balancer> balancer_;
  P2cPicker::Handle handle_;
  bool counted_ = false;  // The balancer counts the dial as begun.
  std::shared_ptr<EndpointClient> forward_client_;
  OutboundMetrics::TcpRef metrics_;
  int64_t dialled_at_ns_ = 0;
  std::unique_ptr<Dial> dial_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_TCP_ROUTE_DIAL_H_
