#ifndef PROXY_OUTBOUND_OUTBOUND_CONNECTION_H_
#define PROXY_OUTBOUND_OUTBOUND_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "lib/event/loop.h"
#include "lib/http/stream.h"
#include "lib/net/tcp_stream.h"
#include "proxy/metrics/labels.h"
#include "proxy/outbound/destinations.h"
#include "proxy/outbound/outbound_exchange.h"
#include "proxy/transport/dial.h"
#include "proxy/transport/tcp_forward.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// One connection of the workload that netfilter has redirected to the outbound port, from its first
// byte on. Owns itself, and is listed by its owner while it lives.
//
//   kDiscovery ─> kHttp ─> kServing
//        │          └────> kEndpoint ─> kDialling ─> kForwarding
//        ├─> kSni ────────────^
//        └── opaque ──────────^
class OutboundConnection final : private event::IoHandler,
                                 private http::ServerHandler,
                                 private Destination::Observer,
                                 private WaitingForEndpoint {
 public:
  using Set = absl::flat_hash_set<OutboundConnection*>;

  // `shared` and `all` are borrowed and outlive the connection.
  static void Start(OutboundShared* shared, Set* all, std::unique_ptr<net::TcpStream> tcp,
                    const net::SocketAddress& original);

  // The process is about to end: HTTP finishes what is in flight and closes.
  void Drain();
  void Abort() { Close(); }

 private:
  friend class event::Loop;  // Ends it.

  enum class State { kDiscovery, kHttp, kSni, kServing, kEndpoint, kDialling, kForwarding };

  OutboundConnection(OutboundShared* shared, Set* all, std::unique_ptr<net::TcpStream> tcp,
                     const net::SocketAddress& original);
  ~OutboundConnection();

  void OnIo(event::IoEvents events) override;
  void OnPolicy() override;
  void OnRequest(http::ServerStream* stream) override;
  void OnConnectionClosed() override { Close(); }
  void OnEndpointsChange() override { DialEndpoint(); }

  void Begin();
  void Discovered();
  void SniffForHttp();
  void SniffForSni();
  void OnDeadline();
  void ServeHttp(bool http2);
  void ForwardBytes();
  const Backend* PickBackend(const Distribution& distribution);
  void DialEndpoint();
  void BeginDial(const EndpointTarget& target);
  void OnDialled(absl::StatusOr<std::unique_ptr<net::ByteStream>> server);
  void CountProtocol(absl::string_view protocol);
  void FailTcp(absl::string_view error, absl::string_view why);
  MetaLabels ParentLabels() const;
  std::unique_ptr<net::ByteStream> TakeMetered();
  void Close();

  OutboundShared* const shared_;
  WorkerContext* const context_;
  event::Loop* const loop_;
  Set* const all_;
  State state_ = State::kDiscovery;
  std::unique_ptr<net::TcpStream> tcp_;
  std::shared_ptr<Destination> destination_;
  std::string sniffed_;
  int64_t sniff_started_ns_ = 0;
  event::Timer deadline_;
  std::unique_ptr<http::ServerConnection> http_;
  // TCP: whom it was balanced to.
  std::shared_ptr<Balancer> balancer_;
  P2cPicker::Handle handle_;
  std::shared_ptr<EndpointClient> forward_client_;
  OutboundMetrics::TcpRef server_metrics_;
  int64_t dialled_at_ns_ = 0;
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<TcpForward> forward_;
  bool closed_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_OUTBOUND_CONNECTION_H_
