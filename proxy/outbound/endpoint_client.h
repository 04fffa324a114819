#ifndef PROXY_OUTBOUND_ENDPOINT_CLIENT_H_
#define PROXY_OUTBOUND_ENDPOINT_CLIENT_H_

#include <memory>
#include <optional>
#include <string>

#include "lib/net/ip.h"
#include "proxy/discovery/endpoint.h"
#include "proxy/http/h1_pool.h"
#include "proxy/http/h2_client.h"
#include "proxy/http/upstream.h"
#include "proxy/metrics/outbound_metrics.h"
#include "proxy/transport/dial.h"
#include "proxy/transport/transport_header.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// What is the same for every use of an endpoint on one worker: how to reach it and what to count.
class EndpointTarget {
 public:
  // `authority` is the name of the destination that it belongs to, if it has one.
  EndpointTarget(WorkerContext* context, const Endpoint& endpoint, std::string authority);

  const Endpoint& endpoint() const { return endpoint_; }
  const net::SocketAddress& address() const { return endpoint_.address; }
  // Whether connections to it are encrypted.
  bool meshed() const { return tls_ != nullptr; }
  // The id that it proves; empty without TLS.
  const std::string& server_id() const;
  // How to connect now, for bytes of this kind.
  DialTarget Target(TransportHeader::Session session) const;
  // The proxy never dials loopback addresses: what listens there is for the workload alone.
  bool dialable() const { return !endpoint_.address.ip().IsLoopback(); }

  OutboundMetrics::TcpRef tcp_metrics() const { return tcp_metrics_; }
  // Resolves the metrics of HTTP requests to it.
  OutboundMetrics::HttpRef ResolveHttpMetrics() const;

 private:
  WorkerContext* const context_;
  const Endpoint endpoint_;
  const std::string authority_;
  const ServerTls* tls_ = nullptr;  // Into endpoint_; null where it is not used.
  OutboundMetrics::TcpRef tcp_metrics_;
};

// HTTP to one endpoint: one HTTP/2 connection where its proxy takes HTTP/1 upgraded to it or the
// requests are HTTP/2, and a pool of HTTP/1 connections for what cannot travel so.
class EndpointClient final : private H2Client::Observer {
 public:
  class Observer {
   public:
    virtual void OnEndpointReadyChange(EndpointClient* client) = 0;

   protected:
    ~Observer() = default;
  };

  // `observer` may be null; it and `context` outlive the client.
  EndpointClient(WorkerContext* context, const Endpoint& endpoint, std::string authority,
                 Observer* observer);

  EndpointTarget& target() { return target_; }
  HttpScope& metrics() { return *metrics_; }
  // Whether requests may be balanced to it: a meshed endpoint is ready while its connection is up.
  bool ready() const { return !keeps_connection_ || h2_.ready(); }
  // Whether HTTP/1 requests are upgraded for it.
  bool upgrades() const { return keeps_connection_; }
  // Sends the request: over HTTP/2 if its version says so by now, else over HTTP/1.
  void Send(PendingRequest* request);
  bool unused() const { return h1_.unused() && !h2_.in_use(); }

 private:
  void OnReadyChange() override {
    if (observer_ != nullptr) observer_->OnEndpointReadyChange(this);
  }

  Observer* const observer_;
  EndpointTarget target_;
  const OutboundMetrics::HttpRef metrics_;
  const bool keeps_connection_;
  H1Pool h1_;
  H2Client h2_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_ENDPOINT_CLIENT_H_
