#ifndef PROXY_OUTBOUND_OUTBOUND_EXCHANGE_H_
#define PROXY_OUTBOUND_OUTBOUND_EXCHANGE_H_

#include <memory>
#include <string>

#include "proxy/http/exchange.h"
#include "proxy/outbound/balancer.h"
#include "proxy/outbound/destinations.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// What all requests of a worker's outbound side share.
struct OutboundShared {
  explicit OutboundShared(WorkerContext* context) : context(context), destinations(context) {}

  // Counts a request or response (`message`) that breaks HTTP's rules or limits.
  void CountRefused(absl::string_view message, absl::string_view reason);

  WorkerContext* const context;
  Destinations destinations;
  int in_flight = 0;
};

// A request of the workload to the world: routed by the destination's policy, balanced over the
// backend's endpoints, upgraded to HTTP/2 for a peer's proxy, and sent.
class OutboundExchange final : public Exchange, private BalancedRequest {
 public:
  OutboundExchange(http::ServerStream* server, OutboundShared* shared,
                   std::shared_ptr<Destination> destination);
  ~OutboundExchange() override;

 private:
  void Route() override;
  void OnResponseHead(http::ResponseHead* head) override;
  void OnFirstByte() override;
  void OnRefusedResponse(absl::string_view reason) override {
    shared_->CountRefused("response", reason);
  }
  void OnAttemptOver() override { ReleaseEndpoint(); }
  void OnFinished(const ExchangeResult& result) override;
  bool informational_headers() const override {
    return shared_->context->config->outbound.informational_headers;
  }

  void OnEndpoint(std::shared_ptr<EndpointClient> endpoint, P2cPicker::Handle handle) override;
  void OnNoEndpoint(const Failure& failure) override { Fail(failure); }

  void ChooseBackend();
  const Backend* Pick(const Distribution& distribution);
  // False where a filter has answered.
  bool ApplyFilters(const std::vector<Filter>& filters);
  bool Inject(const InjectedFailure& failure);
  void SendTo(std::shared_ptr<EndpointClient> endpoint);
  std::string DefaultAuthority() const;
  bool IdentityIsAsRequired();
  void ReleaseEndpoint();
  void Refuse(FailureKind kind, std::string message, const char* label);

  OutboundShared* const shared_;
  const std::shared_ptr<Destination> destination_;
  OutboundPolicyPtr policy_;  // As of the request's start.
  const OutboundRule* rule_ = nullptr;
  const Backend* backend_ = nullptr;
  const http::Version version_;  // Of the request as it came.
  std::shared_ptr<Balancer> balancer_;
  std::shared_ptr<EndpointClient> endpoint_;  // The last one that it was sent to.
  P2cPicker::Handle handle_;
  bool counted_ = false;   // The balancer counts it as in flight.
  bool upgraded_ = false;  // It goes as HTTP/2 and came as HTTP/1.
  bool prepared_ = false;
  int64_t sent_ns_ = 0;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_OUTBOUND_EXCHANGE_H_
