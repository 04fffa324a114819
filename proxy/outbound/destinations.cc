#include "proxy/outbound/destinations.h"

#include <utility>
#include <vector>

namespace gossamer::proxy {
namespace {

absl::string_view NameOf(OutboundPolicy::Protocol protocol) {
  switch (protocol) {
    case OutboundPolicy::Protocol::kDetect:
      return "detect";
    case OutboundPolicy::Protocol::kHttp1:
      return "http/1";
    case OutboundPolicy::Protocol::kHttp2:
      return "http/2";
    case OutboundPolicy::Protocol::kOpaque:
      return "opaq";
    case OutboundPolicy::Protocol::kTls:
      return "tls";
  }
}

}  // namespace

const Destination::Metrics& Destination::MetricsIn(OutboundMetrics* metrics) {
  if (metrics_.policy == policy_) return metrics_;
  const Metadata& meta = policy_->parent;
  const MetaLabels parent = {meta.group, meta.kind, meta.ns, meta.name, meta.port, meta.section};
  metrics_.policy = policy_;
  metrics_.accept = metrics->Accept(original_);
  metrics_.detect = metrics->Detect(parent);
  metrics_.connections = metrics->ProtocolConnections(NameOf(policy_->protocol), parent);
  return metrics_;
}

void Destination::Set(OutboundPolicyPtr policy) {
  policy_ = std::move(policy);
  // Observers come and go while they are told.
  const std::vector<Observer*> observers(observers_.begin(), observers_.end());
  for (Observer* observer : observers) {
    if (observers_.contains(observer)) observer->OnPolicy();
  }
}

Destinations::Destinations(WorkerContext* context)
    : context_(context), sweep_(context->loop, [this] { Sweep(); }) {
  sweep_.Arm(context_->config->outbound.discovery_idle_timeout);
}

std::shared_ptr<Destination> Destinations::Get(const net::SocketAddress& original) {
  std::shared_ptr<Destination>& destination = destinations_[original];
  if (destination == nullptr) {
    destination = std::make_shared<Destination>(original);
    // The subscription is the destination's own: it cannot be told after it is gone.
    Destination* raw = destination.get();
    raw->subscription_ = context_->targets->Subscribe(
        context_->loop, original, [raw](OutboundPolicyPtr policy) { raw->Set(std::move(policy)); });
  }
  destination->last_used_ns_ = context_->loop->now_ns();
  return destination;
}

std::shared_ptr<Balancer> Destinations::BalancerFor(const Backend& backend) {
  std::shared_ptr<Balancer>& balancer = balancers_[backend.path];
  if (balancer == nullptr) {
    balancer = std::make_shared<Balancer>(context_, backend.path, backend.load);
  }
  return balancer;
}

std::shared_ptr<EndpointClient> Destinations::ClientFor(const Endpoint& endpoint,
                                                        const std::string& authority) {
  ForwardClient& forward = forwards_[endpoint.address];
  if (forward.client == nullptr || !(forward.endpoint == endpoint)) {
    forward.endpoint = endpoint;
    forward.client = std::make_shared<EndpointClient>(context_, endpoint, authority, nullptr);
  }
  forward.last_used_ns = context_->loop->now_ns();
  return forward.client;
}

void Destinations::Sweep() {
  const absl::Duration timeout = context_->config->outbound.discovery_idle_timeout;
  const int64_t now_ns = context_->loop->now_ns();
  const auto idle = [&](int64_t last_used_ns) {
    return absl::Nanoseconds(now_ns - last_used_ns) >= timeout;
  };
  absl::erase_if(destinations_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && idle(entry.second->last_used_ns_);
  });
  absl::erase_if(balancers_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && !entry.second->in_use() &&
           idle(entry.second->last_used_ns());
  });
  absl::erase_if(forwards_, [&](const auto& entry) {
    return entry.second.client.use_count() == 1 && entry.second.client->unused() &&
           idle(entry.second.last_used_ns);
  });
  sweep_.Arm(timeout);
}

}  // namespace gossamer::proxy
