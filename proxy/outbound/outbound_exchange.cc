#include "proxy/outbound/outbound_exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/http/http1/serializer.h"
#include "lib/log/log.h"
#include "proxy/http/orig_proto.h"

namespace gossamer::proxy {

void OutboundShared::CountRefused(absl::string_view message, absl::string_view reason) {
  context->metrics->outbound.HttpRefused(message, reason)->cell.Add();
  GOSSAMER_LOG_EVERY(absl::Seconds(1), kDebug, "proxy::outbound", "HTTP message refused",
                     {"message", message}, {"reason", reason});
}

OutboundExchange::OutboundExchange(http::ServerStream* server, OutboundShared* shared,
                                   std::shared_ptr<Destination> destination)
    : Exchange(shared->context->loop, server),
      shared_(shared),
      destination_(std::move(destination)),
      policy_(destination_->policy()),
      version_(request()->version) {
  ++shared_->in_flight;
}

OutboundExchange::~OutboundExchange() {
  ReleaseEndpoint();
  --shared_->in_flight;
}

void OutboundExchange::Route() {
  const WorkerContext& context = *shared_->context;
  if (static_cast<uint64_t>(shared_->in_flight) > context.config->outbound.max_in_flight_requests ||
      context.connections->short_of_memory()) {
    return Refuse(FailureKind::kUnavailable, "service unavailable", "loadshed");
  }
  if (policy_->invalid) {
    return Refuse(FailureKind::kInternal, "the outbound policy makes no sense", "unexpected");
  }
  if (rule_ == nullptr) {
    const RouteChoice<OutboundHttpRoute> choice = ChooseRoute(policy_->http_routes, *request());
    if (choice.route == nullptr) return Refuse(FailureKind::kNotFound, "no route", "unexpected");
    rule_ = &choice.route->rules[choice.rule_index];
    if (!ApplyFilters(rule_->filters)) return;
  }
  if (!std::exchange(prepared_, true) && version_ != http::Version::kHttp2) {
    http1::StripHopByHop(&request()->headers, request()->upgrade);
  }
  ChooseBackend();
}

void OutboundExchange::ChooseBackend() {
  const bool first = backend_ == nullptr;
  if (first) backend_ = Pick(rule_->distribution);
  if (backend_ == nullptr) {
    return Refuse(FailureKind::kUnavailable, "service unavailable", "loadshed");
  }
  if (first && !ApplyFilters(backend_->filters)) return;
  switch (backend_->kind) {
    case Backend::Kind::kBalance:
      balancer_ = shared_->destinations.BalancerFor(*backend_);
      return balancer_->Send(this);
    case Backend::Kind::kForward:
      return SendTo(shared_->destinations.ClientFor(backend_->endpoint, policy_->logical_name));
    case Backend::Kind::kFail:
      return Refuse(FailureKind::kBadGateway, "the backend is not valid", "unexpected");
  }
}

const Backend* OutboundExchange::Pick(const Distribution& distribution) {
  const auto available = [&](const Backend& backend) {
    return backend.kind != Backend::Kind::kBalance ||
           shared_->destinations.BalancerFor(backend)->available();
  };
  switch (distribution.kind) {
    case Distribution::Kind::kEmpty:
      return nullptr;
    case Distribution::Kind::kFirstAvailable: {
      for (const Backend& backend : distribution.backends) {
        if (available(backend)) return &backend;
      }
      // None is ready: the first one's queue is where the request waits.
      return &distribution.backends.front();
    }
    case Distribution::Kind::kRandomAvailable: {
      FastRandom& random = *shared_->context->random;
      const Backend* ready = ChooseByWeight(distribution, random(), available);
      if (ready != nullptr) return ready;
      return ChooseByWeight(distribution, random(), [](const Backend&) { return true; });
    }
  }
  return nullptr;
}

bool OutboundExchange::ApplyFilters(const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    switch (filter.kind) {
      case Filter::Kind::kRequestHeaders:
        ModifyHeaders(filter.headers, &request()->arena, &request()->headers);
        break;
      case Filter::Kind::kResponseHeaders:
        break;  // When the response comes.
      case Filter::Kind::kFailure:
        if (Inject(filter.failure)) return false;
        break;
      case Filter::Kind::kUnknown:
        Refuse(FailureKind::kInternal, "unexpected error", "unexpected");
        return false;
    }
  }
  return true;
}

bool OutboundExchange::Inject(const InjectedFailure& failure) {
  if (failure.denominator == 0 ||
      shared_->context->random->Below(failure.denominator) >= failure.numerator) {
    return false;
  }
  Pooled<http::ResponseHead> head = TakePooled<http::ResponseHead>();
  head->status = failure.grpc ? 200 : failure.status;
  head->headers.Add("content-length", "0");
  if (is_grpc()) {
    constexpr int kFailedPrecondition = 9;
    head->status = 200;
    head->headers.Add("content-type", "application/grpc");
    head->headers.Add(
        "grpc-status",
        head->arena.Copy(absl::StrCat(failure.grpc ? failure.status : kFailedPrecondition)));
    head->headers.Add("grpc-message", head->arena.Copy(HeaderSafe(failure.message)));
  }
  if (informational_headers()) {
    head->headers.Add("l5d-proxy-error", head->arena.Copy(HeaderSafe(failure.message)));
  }
  Respond(head.get(), /*close_connection=*/false);
  return true;
}

void OutboundExchange::OnEndpoint(std::shared_ptr<EndpointClient> endpoint,
                                  P2cPicker::Handle handle) {
  handle_ = handle;
  counted_ = true;
  SendTo(std::move(endpoint));
}

void OutboundExchange::SendTo(std::shared_ptr<EndpointClient> endpoint) {
  endpoint_ = std::move(endpoint);
  if (!IdentityIsAsRequired()) return;
  http::RequestHead& head = *request();
  const Endpoint& target = endpoint_->target().endpoint();
  // A retry may go to an endpoint of another kind: the head is as it came, then made to fit.
  if (std::exchange(upgraded_, false)) DowngradeRequest(&head);
  if (!target.authority_override.empty()) {
    head.headers.Remove("host");
    head.headers.Remove("l5d-dst-canonical");
    head.authority = target.authority_override;
  }
  if (endpoint_->upgrades() && CanUpgradeToHttp2(head)) {
    // HTTP/1.0 requests, and those with an empty Host, name no authority; HTTP/2 ones must.
    if (head.authority.empty()) head.authority = head.arena.Copy(DefaultAuthority());
    UpgradeRequest(&head);
    upgraded_ = true;
  }
  sent_ns_ = loop()->now_ns();
  endpoint_->metrics().OnRequest();
  endpoint_->Send(pending());
}

// What the client meant by connecting where it did: the destination's name, else its address.
std::string OutboundExchange::DefaultAuthority() const {
  const std::string authority =
      policy_->logical_name.empty() ? destination_->original().ToString() : policy_->logical_name;
  return std::string(absl::StripSuffix(authority, ":80"));
}

// The application may insist on who serves it.
bool OutboundExchange::IdentityIsAsRequired() {
  const absl::string_view* required = request()->headers.Find("l5d-require-id");
  if (required == nullptr) return true;
  const std::string& found = endpoint_->target().server_id();
  if (found == *required) {
    request()->headers.Remove("l5d-require-id");
    return true;
  }
  Refuse(FailureKind::kBadGateway,
         absl::StrCat("required id ", *required, "; found ", found.empty() ? "none" : found),
         "identity required");
  return false;
}

void OutboundExchange::OnResponseHead(http::ResponseHead* head) {
  if (upgraded_) {
    DowngradeResponse(version_, head);
  } else if (head->version != http::Version::kHttp2) {
    http1::StripHopByHop(&head->headers, head->upgrade);
  }
  if (const absl::string_view* error = head->headers.Find("l5d-proxy-error")) {
    GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::outbound", "Remote proxy error",
                       {"error", *error}, {"endpoint", endpoint_->target().address().ToString()});
    head->headers.Remove("l5d-proxy-error");
  }
  head->headers.Remove("l5d-proxy-connection");
  for (const std::vector<Filter>* filters : {&rule_->filters, &backend_->filters}) {
    for (const Filter& filter : *filters) {
      if (filter.kind != Filter::Kind::kResponseHeaders) continue;
      ModifyHeaders(filter.headers, &head->arena, &head->headers);
    }
  }
}

void OutboundExchange::OnFirstByte() {
  if (counted_) balancer_->OnSample(handle_, loop()->now_ns() - sent_ns_);
}

void OutboundExchange::ReleaseEndpoint() {
  if (std::exchange(counted_, false)) balancer_->OnEnd(handle_);
}

void OutboundExchange::OnFinished(const ExchangeResult& result) {
  ReleaseEndpoint();
  if (result.error[0] != '\0') {
    shared_->context->metrics->outbound.HttpError(result.error)->cell.Add();
  }
  if (endpoint_ == nullptr) return;
  endpoint_->metrics().OnResponse(EndOf(result), absl::Nanoseconds(result.latency_ns));
}

void OutboundExchange::Refuse(FailureKind kind, std::string message, const char* label) {
  Failure failure;
  failure.kind = kind;
  failure.message = std::move(message);
  failure.close = ClosesConnection(kind);
  failure.label = label;
  GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::outbound", "request failed",
                     {"error", failure.message}, {"path", request()->path});
  Fail(failure);
}

}  // namespace gossamer::proxy
