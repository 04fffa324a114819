#include "proxy/inbound/port_policies.h"

#include <utility>
#include <vector>

namespace gossamer::proxy {

void PortPolicy::Set(ServerPolicyPtr policy) {
  current_ = std::move(policy);
  // Observers come and go while they are told.
  const std::vector<Observer*> observers(observers_.begin(), observers_.end());
  for (Observer* observer : observers) {
    if (observers_.contains(observer)) observer->OnPolicy(current_);
  }
}

std::vector<uint16_t> PinnedPorts(const config::PortSet& configured) {
  // A configured range of all ports must not become 65535 streams at start: wide ranges are
  // followed port by port as connections come.
  constexpr size_t kMaxPinnedPorts = 256;
  std::vector<uint16_t> ports;
  for (const config::PortSet::Range& range : configured.ranges()) {
    for (int port = range.first; port <= range.last && ports.size() < kMaxPinnedPorts; ++port) {
      ports.push_back(static_cast<uint16_t>(port));
    }
  }
  return ports;
}

PortPolicies::PortPolicies(WorkerContext* context)
    : context_(context), eviction_(context->loop, [this] { EvictIdle(); }) {
  for (const uint16_t port : PinnedPorts(context_->config->inbound.ports)) {
    Follow(port, /*pinned=*/true);
  }
  eviction_.Arm(context_->config->inbound.discovery_idle_timeout);
}

void PortPolicies::Follow(uint16_t port, bool pinned) {
  auto policy = std::make_shared<PortPolicy>(port);
  policy->pinned_ = pinned;
  // The subscription is the policy's own: it cannot be told after it is gone.
  PortPolicy* raw = policy.get();
  policy->subscription_ = context_->ports->Subscribe(
      context_->loop, port, [raw](ServerPolicyPtr value) { raw->Set(std::move(value)); });
  policies_[port] = std::move(policy);
}

std::shared_ptr<PortPolicy> PortPolicies::Get(uint16_t port) {
  if (!policies_.contains(port)) Follow(port, /*pinned=*/false);
  const std::shared_ptr<PortPolicy>& policy = policies_[port];
  policy->last_used_ns_ = context_->loop->now_ns();
  return policy;
}

void PortPolicies::EvictIdle() {
  const absl::Duration timeout = context_->config->inbound.discovery_idle_timeout;
  const int64_t now_ns = context_->loop->now_ns();
  absl::erase_if(policies_, [&](const auto& entry) {
    const PortPolicy& policy = *entry.second;
    return !policy.pinned_ && entry.second.use_count() == 1 &&
           absl::Nanoseconds(now_ns - policy.last_used_ns_) >= timeout;
  });
  eviction_.Arm(timeout);
}

}  // namespace gossamer::proxy
