#ifndef PROXY_INBOUND_INBOUND_EXCHANGE_H_
#define PROXY_INBOUND_INBOUND_EXCHANGE_H_

#include <memory>
#include <string>

#include "lib/net/ip.h"
#include "proxy/http/exchange.h"
#include "proxy/inbound/local_apps.h"
#include "proxy/inbound/port_policies.h"
#include "proxy/metrics/inbound_metrics.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// What the requests of one inbound connection have in common. Shared by its exchanges, the last of
// which may outlive the connection.
struct InboundClient {
  WorkerContext* context = nullptr;
  LocalApps* apps = nullptr;
  int* in_flight = nullptr;  // Of the worker's inbound side.
  std::shared_ptr<PortPolicy> policy;
  ClientIdentity identity;
  InboundTls tls;
  net::SocketAddress target;  // The workload's address that the client wanted.

  // The metrics of the last verdict, which the next one usually equals.
  struct Resolved {
    ServerPolicyPtr policy;
    const Metadata* route = nullptr;
    const Authorization* authorization = nullptr;
    HttpRef http;
    CounterRef allow;
  };
  Resolved resolved;

  ServerLabels server_labels() const;
  // Counts a request or response (`message`) that breaks HTTP's rules or limits.
  void CountRefused(absl::string_view message, absl::string_view reason);
  const Resolved& Resolve(const RequestVerdict& verdict);
};

// A request from the network to the workload: judged by the port's policy, restored to HTTP/1 where
// the client's proxy had upgraded it, and told who the client is.
class InboundExchange final : public Exchange {
 public:
  InboundExchange(http::ServerStream* server, std::shared_ptr<InboundClient> client);
  ~InboundExchange() override;

 private:
  void Route() override;
  void OnResponseHead(http::ResponseHead* head) override;
  void OnRefusedResponse(absl::string_view reason) override;
  void OnFinished(const ExchangeResult& result) override;
  // All of a peer's proxy's requests share its connection: one that fails must not cost the others
  // theirs. The peer hears of the failure by l5d-proxy-connection.
  bool failures_end_connection() const override { return !http2_ || !client_->identity.tls; }
  bool informational_headers() const override { return !client_->identity.id.empty(); }

  // False where the request was answered.
  bool Admit();
  bool ApplyFilters(const RouteRule& rule);
  void PrepareHeaders();
  void Refuse(FailureKind kind, std::string message);

  const std::shared_ptr<InboundClient> client_;
  HttpRef metrics_;
  bool http2_ = false;       // It came as HTTP/2.
  bool downgraded_ = false;  // It came as HTTP/2 and is HTTP/1.
  bool admitted_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_INBOUND_INBOUND_EXCHANGE_H_
