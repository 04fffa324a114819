#ifndef SERVICES_DESTINATION_POLICY_OUTBOUND_ROUTES_H_
#define SERVICES_DESTINATION_POLICY_OUTBOUND_ROUTES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/outbound/v1/outbound.pb.h"
#include "lib/k8s/http_route.h"
#include "lib/k8s/meta.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/topics.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

void SetServiceMetadata(const Name& service, int port, io::linkerd::proxy::meta::Metadata* to);
void SetQueue(io::linkerd::proxy::outbound::Backend* backend);
// A route for everything, to one backend, which names where it comes from.
io::linkerd::proxy::outbound::HttpRoute DefaultHttpRoute(
    const std::string& origin, const io::linkerd::proxy::outbound::Backend& backend);
io::linkerd::proxy::outbound::OpaqueRoute DefaultOpaqueRoute(
    const std::string& origin, const io::linkerd::proxy::outbound::Backend& backend);

// The routes to one port of a service, as a client of one namespace sees them. Adds the topics it
// reads.
class OutboundRoutes {
 public:
  // Everything is borrowed for as long as this lives.
  OutboundRoutes(const Cluster& cluster, const Settings& settings, const Name& service,
                 const k8s::ObjectMeta& service_meta, int port, const std::string& client_namespace,
                 Topics* topics);

  // `Http` is ProxyProtocol.Http1 or Http2.
  template <typename Http>
  void FillHttp(Http* http) const {
    for (const auto& route : http_routes_) *http->add_routes() = route;
    if (accrual_) *http->mutable_failure_accrual() = *accrual_;
  }
  io::linkerd::proxy::outbound::OpaqueRoute Opaque() const;

 private:
  using Rule = io::linkerd::proxy::outbound::HttpRoute::Rule;

  void ReadAnnotations();
  bool Applies(const k8s::HttpRoute& route) const;
  // Nothing where the route has what cannot be expressed: a part of a route is not a route.
  std::optional<io::linkerd::proxy::outbound::HttpRoute> Translate(
      const k8s::HttpRoute& route) const;
  bool TranslateRule(const k8s::HttpRoute& route, const k8s::HttpRoute::Rule& rule, Rule* to) const;
  void AddBackend(const k8s::HttpRoute::BackendRef& ref,
                  io::linkerd::proxy::outbound::HttpRoute::WeightedRouteBackend* to) const;
  bool SetTraffic(const k8s::HttpRoute& route, const k8s::HttpRoute::Rule& rule, Rule* to) const;
  io::linkerd::proxy::outbound::Backend ServiceBackend(const Name& service, int port) const;

  const Cluster& cluster_;
  const Settings& settings_;
  const Name& service_;
  const k8s::ObjectMeta& service_meta_;
  const int port_;
  const std::string& client_namespace_;
  Topics* topics_;

  std::optional<io::linkerd::proxy::outbound::FailureAccrual> accrual_;
  std::optional<io::linkerd::proxy::outbound::Backend::BalanceP2c::PenaltyPeakEwma> penalty_;
  std::optional<io::linkerd::proxy::http_route::Timeouts> timeouts_;
  std::optional<io::linkerd::proxy::outbound::HttpRoute::Retry> retry_;
  std::vector<io::linkerd::proxy::outbound::HttpRoute> http_routes_;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_OUTBOUND_ROUTES_H_
