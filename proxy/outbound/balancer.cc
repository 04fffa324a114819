#include "proxy/outbound/balancer.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lib/log/log.h"

namespace gossamer::proxy {
namespace {

PeakEwma::Options EwmaOptions(const LoadEstimate& load) {
  PeakEwma::Options options;
  options.default_rtt_ns = absl::ToInt64Nanoseconds(load.default_rtt);
  options.decay_ns = absl::ToInt64Nanoseconds(load.decay);
  return options;
}

template <typename T>
void SetAt(std::vector<T*>* by_index, uint32_t index, T* value) {
  if (by_index->size() <= index) by_index->resize(index + 1);
  (*by_index)[index] = value;
}

Failure Unavailable(absl::string_view message, const char* label, FailureKind kind) {
  Failure failure;
  failure.kind = kind;
  failure.message = std::string(message);
  failure.label = label;
  return failure;
}

}  // namespace

Balancer::Balancer(WorkerContext* context, const std::string& path, const LoadEstimate& load)
    : context_(context),
      path_(path),
      http_picker_(EwmaOptions(load), context->random),
      tcp_picker_(EwmaOptions(load), context->random),
      failfast_(context->loop, [this] { FailFast(); }),
      dispatch_(context->loop, [this] { DispatchWaiting(); }),
      last_used_ns_(context->loop->now_ns()) {
  subscription_ = context->endpoints->Subscribe(
      context->loop, path, [this](const EndpointSetPtr& set) { OnEndpoints(set); });
}

void Balancer::Send(BalancedRequest* request) {
  last_used_ns_ = context_->loop->now_ns();
  if (!std::exchange(http_used_, true)) {
    for (auto& [address, member] : members_) StartHttp(member.get());
  }
  if (waiting_.empty() && Dispatch(request)) return;
  if (failing_fast_) {
    return request->OnNoEndpoint(
        Unavailable("service in fail-fast", "failfast", FailureKind::kGatewayTimeout));
  }
  if (static_cast<uint64_t>(waiting_.size()) >= context_->config->outbound.http_queue_capacity) {
    return request->OnNoEndpoint(
        Unavailable("service unavailable", "loadshed", FailureKind::kUnavailable));
  }
  if (waiting_.empty()) failfast_.Arm(context_->config->outbound.http_failfast_timeout);
  waiting_.Push(request);
}

bool Balancer::Dispatch(BalancedRequest* request) {
  const auto handle = http_picker_.Pick(context_->loop->now_ns());
  if (!handle.has_value()) return false;
  http_picker_.OnStart(*handle);
  ++in_flight_;
  request->OnEndpoint(by_http_index_[handle->index]->http, *handle);
  return true;
}

void Balancer::DispatchWaiting() {
  while (!waiting_.empty() && http_picker_.ready_count() > 0) {
    BalancedRequest* request = waiting_.Pop();
    if (!Dispatch(request)) return;
  }
  if (waiting_.empty()) failfast_.Cancel();
}

void Balancer::OnEnd(P2cPicker::Handle handle) {
  http_picker_.OnEnd(handle);
  --in_flight_;
}

void Balancer::FailFast() {
  GOSSAMER_LOG(kWarn, "proxy::balance", "Service entering failfast", {"service", path_},
               {"after", absl::FormatDuration(context_->config->outbound.http_failfast_timeout)});
  failing_fast_ = true;
  waiting_.PopAll([](BalancedRequest* request) {
    request->OnNoEndpoint(
        Unavailable("service in fail-fast", "failfast", FailureKind::kGatewayTimeout));
  });
}

const EndpointTarget* Balancer::PickForTcp(P2cPicker::Handle* handle) {
  last_used_ns_ = context_->loop->now_ns();
  const auto picked = tcp_picker_.Pick(context_->loop->now_ns());
  if (!picked.has_value()) return nullptr;
  *handle = *picked;
  tcp_picker_.OnStart(*picked);
  Member* member = by_tcp_index_[picked->index];
  if (member->tcp == nullptr) {
    member->tcp = std::make_unique<EndpointTarget>(context_, member->endpoint, path_);
  }
  return member->tcp.get();
}

bool Balancer::Wait(WaitingForEndpoint* waiting) {
  if (static_cast<uint64_t>(waiting_tcp_.size()) >= context_->config->outbound.tcp_queue_capacity) {
    return false;
  }
  waiting_tcp_.Push(waiting);
  return true;
}

void Balancer::OnEndpoints(const EndpointSetPtr& set) {
  known_ = true;
  absl::flat_hash_set<net::SocketAddress> present;
  for (const Endpoint& endpoint : set->endpoints) {
    present.insert(endpoint.address);
    const auto it = members_.find(endpoint.address);
    if (it != members_.end()) {
      if (it->second->endpoint == endpoint) continue;
      RemoveMember(it->second.get());
    }
    AddMember(endpoint);
  }
  for (auto it = members_.begin(); it != members_.end();) {
    const auto current = it++;
    if (present.contains(current->first)) continue;
    RemoveMember(current->second.get());
    members_.erase(current);
  }
  waiting_tcp_.PopAll([](WaitingForEndpoint* waiting) { waiting->OnEndpointsChange(); });
}

void Balancer::AddMember(const Endpoint& endpoint) {
  auto& slot = members_[endpoint.address];
  slot = std::make_unique<Member>();
  slot->endpoint = endpoint;
  const int64_t now_ns = context_->loop->now_ns();
  slot->tcp_handle = tcp_picker_.Add(/*ready=*/true, now_ns);
  SetAt(&by_tcp_index_, slot->tcp_handle.index, slot.get());
  slot->http_handle = http_picker_.Add(/*ready=*/false, now_ns);
  SetAt(&by_http_index_, slot->http_handle.index, slot.get());
  if (http_used_) StartHttp(slot.get());
}

// Requests in flight to it go on: they hold the client.
void Balancer::RemoveMember(Member* member) {
  http_picker_.Remove(member->http_handle);
  tcp_picker_.Remove(member->tcp_handle);
  if (member->http != nullptr) by_client_.erase(member->http.get());
}

void Balancer::StartHttp(Member* member) {
  EndpointClient::Observer* self = this;
  member->http = std::make_shared<EndpointClient>(context_, member->endpoint, path_, self);
  by_client_[member->http.get()] = member;
  OnEndpointReadyChange(member->http.get());
}

void Balancer::OnEndpointReadyChange(EndpointClient* client) {
  const auto it = by_client_.find(client);
  if (it == by_client_.end()) return;
  http_picker_.SetReady(it->second->http_handle, client->ready());
  if (!client->ready()) return;
  if (std::exchange(failing_fast_, false)) {
    GOSSAMER_LOG(kInfo, "proxy::balance", "Service has recovered", {"service", path_});
  }
  // Not within the callback of a connection that is still being set up.
  dispatch_.Schedule();
}

}  // namespace gossamer::proxy
