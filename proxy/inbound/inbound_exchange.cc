#include "proxy/inbound/inbound_exchange.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/http/http1/serializer.h"
#include "lib/log/log.h"
#include "proxy/http/orig_proto.h"

namespace gossamer::proxy {
namespace {

ResourceLabels ToLabels(const Metadata& metadata) {
  return {metadata.group, metadata.kind, metadata.name};
}

}  // namespace

ServerLabels InboundClient::server_labels() const {
  ServerLabels labels;
  labels.resource = ToLabels(policy->current()->metadata);
  labels.port = policy->port();
  return labels;
}

void InboundClient::CountRefused(absl::string_view message, absl::string_view reason) {
  context->metrics->inbound.HttpRefused(message, reason, target, server_labels())->cell.Add();
  GOSSAMER_LOG_EVERY(absl::Seconds(1), kDebug, "proxy::inbound", "HTTP message refused",
                     {"message", message}, {"reason", reason}, {"target", target.ToString()},
                     {"client.ip", identity.ip.ToString()});
}

const InboundClient::Resolved& InboundClient::Resolve(const RequestVerdict& verdict) {
  const ServerPolicyPtr& current = policy->current();
  if (resolved.policy == current && resolved.route == verdict.route &&
      resolved.authorization == verdict.authorization) {
    return resolved;
  }
  InboundMetrics& metrics = context->metrics->inbound;
  InboundEndpointLabels labels;
  labels.target = target;
  labels.tls = tls;
  labels.server = server_labels();
  labels.route = ToLabels(*verdict.route);
  labels.authz = ToLabels(verdict.authorization->metadata);
  resolved.policy = current;
  resolved.route = verdict.route;
  resolved.authorization = verdict.authorization;
  resolved.http = metrics.Http(labels);
  resolved.allow = metrics.HttpAuthzAllow(target, labels.server, labels.route, labels.authz, tls);
  return resolved;
}

InboundExchange::InboundExchange(http::ServerStream* server, std::shared_ptr<InboundClient> client)
    : Exchange(client->context->loop, server), client_(std::move(client)) {
  ++*client_->in_flight;
}

InboundExchange::~InboundExchange() { --*client_->in_flight; }

void InboundExchange::Route() {
  if (!admitted_) {
    if (!Admit()) return;
    admitted_ = true;
  }
  client_->apps->Get(client_->target)->Send(pending());
}

bool InboundExchange::Admit() {
  WorkerContext& context = *client_->context;
  http2_ = request()->version == http::Version::kHttp2;
  if (http2_ && DowngradeRequest(request())) {
    downgraded_ = true;
    SetClientVersion(request()->version);
  }
  if (static_cast<uint64_t>(*client_->in_flight) > context.config->inbound.max_in_flight_requests ||
      context.connections->short_of_memory()) {
    context.metrics->inbound.HttpError("loadshed", client_->target, client_->server_labels())
        ->cell.Add();
    Refuse(FailureKind::kUnavailable, "service unavailable");
    return false;
  }
  const RequestVerdict verdict =
      JudgeRequest(*client_->policy->current(), client_->identity, *request());
  if (verdict.route == nullptr) {
    context.metrics->inbound
        .HttpRouteNotFound(client_->target, client_->server_labels(), client_->tls)
        ->cell.Add();
    Refuse(FailureKind::kNotFound, "no route found for request");
    return false;
  }
  if (verdict.authorization == nullptr) {
    context.metrics->inbound
        .HttpAuthzDeny(client_->target, client_->server_labels(), ToLabels(*verdict.route),
                       client_->tls)
        ->cell.Add();
    GOSSAMER_LOG_EVERY(
        absl::Seconds(1), kInfo, "proxy::inbound", "Request denied",
        {"server", client_->policy->current()->metadata.name}, {"route", verdict.route->name},
        {"client.ip", client_->identity.ip.ToString()}, {"client.id", client_->identity.id});
    Refuse(FailureKind::kPermissionDenied, "unauthorized request on route");
    return false;
  }
  const InboundClient::Resolved& resolved = client_->Resolve(verdict);
  resolved.allow->cell.Add();
  metrics_ = resolved.http;
  metrics_->OnRequest();
  if (verdict.authorization->metadata.kind == "default" &&
      verdict.authorization->metadata.name == "audit") {
    GOSSAMER_LOG(kInfo, "proxy::inbound", "Request allowed",
                 {"server", client_->policy->current()->metadata.name},
                 {"route", verdict.route->name}, {"client.ip", client_->identity.ip.ToString()},
                 {"client.id", client_->identity.id});
  }
  if (verdict.rule != nullptr && !ApplyFilters(*verdict.rule)) return false;
  PrepareHeaders();
  return true;
}

bool InboundExchange::ApplyFilters(const RouteRule& rule) {
  for (const Filter& filter : rule.filters) {
    if (filter.kind != Filter::Kind::kRequestHeaders) {
      // Inbound failure injection has no answer of its own, as in Linkerd's proxy.
      Refuse(FailureKind::kInternal, "unexpected error");
      return false;
    }
    ModifyHeaders(filter.headers, &request()->arena, &request()->headers);
  }
  return true;
}

void InboundExchange::PrepareHeaders() {
  http::RequestHead& head = *request();
  if (head.version != http::Version::kHttp2) {
    http1::StripHopByHop(&head.headers, head.upgrade);
  }
  if (client_->identity.id.empty()) {
    head.headers.Remove("l5d-client-id");
  } else {
    head.headers.Set("l5d-client-id", client_->identity.id);
  }
}

void InboundExchange::Refuse(FailureKind kind, std::string message) {
  Failure failure;
  failure.kind = kind;
  failure.message = std::move(message);
  failure.close = ClosesConnection(kind);
  Fail(failure);
}

void InboundExchange::OnResponseHead(http::ResponseHead* head) {
  if (head->version != http::Version::kHttp2) {
    http1::StripHopByHop(&head->headers, head->upgrade);
  }
  if (downgraded_) UpgradeResponse(head);
}

void InboundExchange::OnRefusedResponse(absl::string_view reason) {
  client_->CountRefused("response", reason);
}

void InboundExchange::OnFinished(const ExchangeResult& result) {
  if (result.error[0] != '\0' && metrics_) {
    client_->context->metrics->inbound
        .HttpError(result.error, client_->target, client_->server_labels())
        ->cell.Add();
  }
  if (!metrics_) return;
  metrics_->OnResponse(EndOf(result), absl::Nanoseconds(result.latency_ns));
}

}  // namespace gossamer::proxy
