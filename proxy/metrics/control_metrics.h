#ifndef PROXY_METRICS_CONTROL_METRICS_H_
#define PROXY_METRICS_CONTROL_METRICS_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/metrics/scopes.h"
#include "proxy/metrics/http_scope.h"
#include "proxy/metrics/labels.h"
#include "proxy/metrics/metrics_context.h"
#include "proxy/metrics/transport_scopes.h"

namespace gossamer::proxy {

// What the clients of the control plane count. Owned by the proxy and used on the thread that runs
// these clients; references as with InboundMetrics.
class ControlMetrics {
 public:
  enum class Client { kIdentity, kDestination, kPolicy };
  using CounterRef = metrics::ScopeMap<metrics::CounterScope>::Ref;
  using HttpRef = metrics::ScopeMap<HttpScope>::Ref;
  using BalancerRef = metrics::ScopeMap<BalancerScope>::Ref;

  explicit ControlMetrics(const MetricsContext& context);

  // control_request_total and its kin; `address` is the service's, as configured.
  HttpRef Http(absl::string_view address, const OutboundTls& tls);
  BalancerRef Balancer(Client client, absl::string_view address);
  // `record_type` is A/AAAA or SRV, `result` ok or not_found.
  CounterRef DnsResolutions(Client client, absl::string_view record_type, absl::string_view result);

  void OnCertificate(absl::Time now, absl::Time expiry);
  void OnCertificateError();
  // When the last of the trust anchors expires.
  void SetTrustAnchorsExpiry(absl::Time expiry);
  // Ports that are configured and of which the policy service has not spoken.
  void SetPendingPolicies(size_t ports);

 private:
  Registered<HttpScope> http_;
  CounterFamily dns_;
  Registered<metrics::SingleScope<metrics::FloatGauge>> expiry_;
  Registered<metrics::SingleScope<metrics::FloatGauge>> refreshed_;
  CounterFamily refreshes_;
  Registered<metrics::SingleScope<metrics::FloatGauge>> anchors_expiry_;
  Registered<metrics::SingleScope<metrics::Gauge>> pending_policies_;
  Registered<BalancerScope> identity_balancer_;
  Registered<BalancerScope> destination_balancer_;
  Registered<BalancerScope> policy_balancer_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_CONTROL_METRICS_H_
