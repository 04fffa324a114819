#include "services/destination/policy/outbound_routes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/log/log.h"
#include "services/destination/policy/routes.h"
#include "services/destination/policy/traffic_annotations.h"
#include "services/destination/profiles/service_profile.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::outbound;

constexpr uint32_t kQueueCapacity = 100;
constexpr absl::Duration kQueueFailfast = absl::Seconds(3);
constexpr absl::Duration kDefaultRtt = absl::Milliseconds(30);
constexpr absl::Duration kRttDecay = absl::Seconds(10);
constexpr uint32_t kInvalidBackendStatus = 500;

// What an annotation says, or nothing, with a line in the log, where it cannot be read.
template <typename T>
std::optional<T> Accept(const k8s::ObjectMeta& meta, absl::StatusOr<std::optional<T>> read) {
  if (read.ok()) return *std::move(read);
  GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "destination::policy", "annotation left out",
                     {"namespace", meta.namespace_name}, {"name", meta.name},
                     {"error", read.status()});
  return std::nullopt;
}

template <typename Owner>
bool AddFilters(const std::vector<k8s::HttpRoute::Filter>& filters, Owner* to) {
  for (const k8s::HttpRoute::Filter& filter : filters) {
    if (filter.type == "RequestHeaderModifier") {
      TranslateHeaders(filter.headers, to->add_filters()->mutable_request_header_modifier());
    } else if (filter.type == "ResponseHeaderModifier") {
      TranslateHeaders(filter.headers, to->add_filters()->mutable_response_header_modifier());
    } else if (filter.type == "RequestRedirect") {
      TranslateRedirect(filter.redirect, to->add_filters()->mutable_redirect());
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

void SetServiceMetadata(const Name& service, int port, io::linkerd::proxy::meta::Metadata* to) {
  auto* resource = to->mutable_resource();
  resource->set_group("core");
  resource->set_kind("Service");
  resource->set_name(service.second);
  resource->set_namespace_(service.first);
  resource->set_port(static_cast<uint32_t>(port));
}

void SetQueue(proto::Backend* backend) {
  backend->mutable_queue()->set_capacity(kQueueCapacity);
  SetDuration(kQueueFailfast, backend->mutable_queue()->mutable_failfast_timeout());
}

proto::HttpRoute DefaultHttpRoute(const std::string& origin, const proto::Backend& backend) {
  proto::HttpRoute route;
  route.mutable_metadata()->set_default_(origin);
  proto::HttpRoute::Rule* rule = route.add_rules();
  rule->add_matches()->mutable_path()->set_prefix("/");
  *rule->mutable_backends()->mutable_first_available()->add_backends()->mutable_backend() = backend;
  return route;
}

proto::OpaqueRoute DefaultOpaqueRoute(const std::string& origin, const proto::Backend& backend) {
  proto::OpaqueRoute route;
  route.mutable_metadata()->set_default_(origin);
  *route.add_rules()
       ->mutable_backends()
       ->mutable_first_available()
       ->add_backends()
       ->mutable_backend() = backend;
  return route;
}

OutboundRoutes::OutboundRoutes(const Cluster& cluster, const Settings& settings,
                               const Name& service, const k8s::ObjectMeta& service_meta, int port,
                               const std::string& client_namespace, Topics* topics)
    : cluster_(cluster),
      settings_(settings),
      service_(service),
      service_meta_(service_meta),
      port_(port),
      client_namespace_(client_namespace),
      topics_(topics) {
  ReadAnnotations();
  for (const auto& route : cluster_.RoutesOfService(service_)) {
    if (!Applies(*route)) continue;
    auto translated = Translate(*route);
    if (translated) http_routes_.push_back(*std::move(translated));
  }
  if (!http_routes_.empty()) return;
  proto::HttpRoute route = DefaultHttpRoute("http", ServiceBackend(service_, port_));
  SetTraffic({}, {}, route.mutable_rules(0));
  http_routes_.push_back(std::move(route));
}

void OutboundRoutes::ReadAnnotations() {
  accrual_ = Accept(service_meta_, ReadFailureAccrual(service_meta_));
  penalty_ = Accept(service_meta_, ReadPenaltyLoad(service_meta_));
  timeouts_ = Accept(service_meta_, ReadTimeouts(service_meta_));
  retry_ = Accept(service_meta_, ReadHttpRetry(service_meta_));
}

proto::OpaqueRoute OutboundRoutes::Opaque() const {
  return DefaultOpaqueRoute("opaq", ServiceBackend(service_, port_));
}

bool OutboundRoutes::Applies(const k8s::HttpRoute& route) const {
  // A service's own routes are for everybody, another namespace's for that namespace.
  const std::string& space = route.meta.namespace_name;
  if (space != service_.first && space != client_namespace_) return false;
  return std::any_of(route.parents.begin(), route.parents.end(), [&](const auto& parent) {
    const std::string& parent_space =
        parent.ref.namespace_name.empty() ? space : parent.ref.namespace_name;
    return parent.ref.kind == "Service" && parent.ref.group.empty() &&
           parent.ref.name == service_.second && parent_space == service_.first &&
           (parent.port == 0 || parent.port == port_) && IsAccepted(route, parent);
  });
}

std::optional<proto::HttpRoute> OutboundRoutes::Translate(const k8s::HttpRoute& route) const {
  proto::HttpRoute answer;
  SetRouteMetadata(route, answer.mutable_metadata());
  for (const std::string& host : route.hostnames) TranslateHost(host, answer.add_hosts());
  for (const k8s::HttpRoute::Rule& rule : route.rules) {
    if (!TranslateRule(route, rule, answer.add_rules())) return std::nullopt;
  }
  return answer;
}

bool OutboundRoutes::TranslateRule(const k8s::HttpRoute& route, const k8s::HttpRoute::Rule& rule,
                                   Rule* to) const {
  for (const auto& match : rule.matches) TranslateMatch(match, to->add_matches());
  if (!AddFilters(rule.filters, to)) return false;
  // The proxy takes it for a bug when all weights are 0.
  const bool any_weight =
      std::any_of(rule.backends.begin(), rule.backends.end(),
                  [](const k8s::HttpRoute::BackendRef& backend) { return backend.weight > 0; });
  if (rule.backends.empty()) {
    *to->mutable_backends()->mutable_first_available()->add_backends()->mutable_backend() =
        ServiceBackend(service_, port_);
  } else if (!any_weight) {
    to->mutable_backends()->mutable_empty();
  } else {
    for (const k8s::HttpRoute::BackendRef& backend : rule.backends) {
      AddBackend(backend, to->mutable_backends()->mutable_random_available()->add_backends());
    }
  }
  to->set_allow_l5d_request_headers(settings_.allow_l5d_request_headers);
  return SetTraffic(route, rule, to);
}

void OutboundRoutes::AddBackend(const k8s::HttpRoute::BackendRef& ref,
                                proto::HttpRoute::WeightedRouteBackend* to) const {
  to->set_weight(static_cast<uint32_t>(ref.weight));
  const Name name{ref.ref.namespace_name.empty() ? service_.first : ref.ref.namespace_name,
                  ref.ref.name};
  topics_->insert(ServiceTopic(name.first, name.second));
  const bool is_service =
      ref.ref.kind == "Service" && (ref.ref.group.empty() || ref.ref.group == "core");
  std::string fault;
  if (!is_service) {
    fault = absl::StrCat("unsupported backend kind: ", ref.ref.kind);
  } else if (ref.port == 0) {
    fault = absl::StrCat("missing port for backend Service ", ref.ref.name);
  } else if (cluster_.FindService(name) == nullptr) {
    fault = absl::StrCat("Service not found ", ref.ref.name);
  } else if (!AddFilters(ref.filters, to->mutable_backend())) {
    fault = "unsupported backend filter";
  }
  if (fault.empty()) {
    *to->mutable_backend()->mutable_backend() = ServiceBackend(name, ref.port);
    return;
  }
  // It keeps its share of requests, which fail: traffic meant for it must not go elsewhere.
  proto::Backend* backend = to->mutable_backend()->mutable_backend();
  SetServiceMetadata(name, ref.port, backend->mutable_metadata());
  SetQueue(backend);
  to->mutable_backend()->clear_filters();
  auto* failure = to->mutable_backend()->add_filters()->mutable_failure_injector();
  failure->set_status(kInvalidBackendStatus);
  failure->set_message(fault);
}

bool OutboundRoutes::SetTraffic(const k8s::HttpRoute& route, const k8s::HttpRoute::Rule& rule,
                                Rule* to) const {
  const auto own_timeouts = ReadTimeouts(route.meta);
  const auto own_retry = ReadHttpRetry(route.meta);
  if (!own_timeouts.ok() || !own_retry.ok()) return false;
  auto timeouts = own_timeouts->has_value() ? *own_timeouts : timeouts_;
  const auto request = ParseTrafficDuration(rule.request_timeout);
  if (!own_timeouts->has_value() && request.ok() && *request > absl::ZeroDuration()) {
    timeouts.emplace();
    SetDuration(*request, timeouts->mutable_request());
  }
  if (timeouts) {
    *to->mutable_timeouts() = *timeouts;
    // The older field, for proxies that know no other.
    if (timeouts->has_request()) *to->mutable_requesttimeout() = timeouts->request();
  }
  const auto& retry = own_retry->has_value() ? *own_retry : retry_;
  if (retry) *to->mutable_retry() = *retry;
  return true;
}

proto::Backend OutboundRoutes::ServiceBackend(const Name& service, int port) const {
  proto::Backend backend;
  SetServiceMetadata(service, port, backend.mutable_metadata());
  SetQueue(&backend);
  proto::Backend::BalanceP2c* balancer = backend.mutable_balancer();
  balancer->mutable_discovery()->mutable_dst()->set_path(absl::StrCat(
      service.second, ".", service.first, ".svc.", settings_.cluster_domain, ":", port));
  if (penalty_) {
    *balancer->mutable_penalty_peak_ewma() = *penalty_;
  } else {
    SetDuration(kDefaultRtt, balancer->mutable_peak_ewma()->mutable_default_rtt());
    SetDuration(kRttDecay, balancer->mutable_peak_ewma()->mutable_decay());
  }
  return backend;
}

}  // namespace gossamer::destination
