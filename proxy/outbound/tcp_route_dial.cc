#include "proxy/outbound/tcp_route_dial.h"

#include <utility>

#include "absl/status/status.h"
#include "proxy/transport/metered_stream.h"

namespace gossamer::proxy {

TcpRouteDial::TcpRouteDial(WorkerContext* context, Destinations* destinations,
                           OutboundPolicyPtr policy, const OutboundTcpRoute* route, OnResult done)
    : context_(context),
      loop_(context->loop),
      destinations_(destinations),
      policy_(std::move(policy)),
      route_(route),
      done_(std::move(done)),
      start_(loop_, [this] { Start(); }),
      failfast_(loop_, [this] {
        Unqueue();
        Fail("failfast", absl::UnavailableError("service in fail-fast"));
      }) {
  start_.Schedule();
}

TcpRouteDial::~TcpRouteDial() {
  if (counted_) balancer_->OnDialEnd(handle_);
}

bool TcpRouteDial::Forbids(const OutboundPolicy& policy, const OutboundTcpRoute& route,
                           absl::string_view* error, std::string* why) {
  if (policy.invalid) {
    *error = "invalid_policy";
    *why = "the outbound policy makes no sense";
  } else if (route.forbidden) {
    *error = "forbidden";
    *why = "forbidden TCP route";
  } else if (!route.invalid.empty()) {
    *error = "invalid_backend";
    *why = route.invalid;
  } else {
    return false;
  }
  return true;
}

void TcpRouteDial::Start() {
  const Backend* backend = PickBackend();
  if (backend == nullptr) {
    return Fail("invalid_backend", absl::UnavailableError("the route has no backend"));
  }
  switch (backend->kind) {
    case Backend::Kind::kBalance:
      balancer_ = destinations_->BalancerFor(*backend);
      return DialEndpoint();
    case Backend::Kind::kForward:
      forward_client_ = destinations_->ClientFor(backend->endpoint, policy_->logical_name);
      return BeginDial(forward_client_->target());
    case Backend::Kind::kFail:
      return Fail("invalid_backend", absl::UnavailableError("the backend is not valid"));
  }
}

const Backend* TcpRouteDial::PickBackend() {
  const Distribution& distribution = route_->distribution;
  if (distribution.kind != Distribution::Kind::kRandomAvailable) {
    return distribution.backends.empty() ? nullptr : &distribution.backends.front();
  }
  return ChooseByWeight(distribution, (*context_->random)(), [](const Backend&) { return true; });
}

void TcpRouteDial::DialEndpoint() {
  const EndpointTarget* target = balancer_->PickForTcp(&handle_);
  if (target != nullptr) {
    failfast_.Cancel();
    counted_ = true;
    return BeginDial(*target);
  }
  if (!failfast_.armed()) failfast_.Arm(context_->config->outbound.tcp_failfast_timeout);
  if (!balancer_->Wait(this)) Fail("loadshed", absl::UnavailableError("service unavailable"));
}

void TcpRouteDial::BeginDial(const EndpointTarget& target) {
  if (!target.dialable()) {
    return Fail("unexpected", absl::UnavailableError("loopback addresses are not dialled"));
  }
  dialled_at_ns_ = loop_->now_ns();
  metrics_ = target.tcp_metrics();
  dial_ = std::make_unique<Dial>(loop_, target.Target(TransportHeader::Session::kNone),
                                 [this](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
                                   OnDialled(std::move(stream));
                                 });
}

void TcpRouteDial::OnDialled(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
  loop_->DeleteLater(std::move(dial_));
  if (counted_) {
    const int64_t took_ns =
        stream.ok() ? loop_->now_ns() - dialled_at_ns_
                    : absl::ToInt64Nanoseconds(context_->config->outbound.connect_timeout);
    balancer_->OnDialled(handle_, took_ns);
  }
  if (!stream.ok()) return Fail("i/o", stream.status());
  OnResult done = std::move(done_);
  done(std::make_unique<MeteredStream>(*std::move(stream), std::move(metrics_)), "");
}

void TcpRouteDial::Fail(absl::string_view error, absl::Status status) {
  failfast_.Cancel();
  OnResult done = std::move(done_);
  done(std::move(status), error);
}

}  // namespace gossamer::proxy
