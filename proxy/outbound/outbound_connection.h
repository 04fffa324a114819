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
#include "proxy/outbound/tcp_route_dial.h"
#include "proxy/overload/memory_holder.h"
#include "proxy/transport/connection_limit.h"
#include "proxy/transport/early_dial.h"
#include "proxy/transport/forward_deadline.h"
#include "proxy/transport/tcp_forward.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// One connection of the workload that netfilter has redirected to the outbound port, from its first
// byte on. Owns itself, and is listed by its owner while it lives.
//
//   kDiscovery ─> kHttp ─> kServing
//        │          └────> kDialling ─> kForwarding
//        ├─> kSni ────────────^
//        └── opaque ──────────^
//   In kHttp a silent client's server is dialled early (EarlyDial): if it speaks first, on to
//   kDialling, which is over at once.
class OutboundConnection final : public MemoryHolder,
                                 private event::IoHandler,
                                 private http::ServerHandler,
                                 private Destination::Observer,
                                 private EarlyDial::Owner {
 public:
  using Set = absl::flat_hash_set<OutboundConnection*>;

  // `shared` and `all` are borrowed and outlive the connection.
  static void Start(OutboundShared* shared, Set* all, std::unique_ptr<net::TcpStream> tcp,
                    const net::SocketAddress& original);

  // HTTP finishes what is in flight and closes; bytes that nobody looks into are left alone.
  void Drain();
  // Told to, and not closed yet.
  bool draining() const { return drained_ && !closed_; }
  void Abort() { Close(); }
  size_t held_bytes() const override;
  size_t Shed() override;

 private:
  friend class event::Loop;  // Ends it.

  enum class State { kDiscovery, kHttp, kSni, kServing, kDialling, kForwarding };

  OutboundConnection(OutboundShared* shared, Set* all, std::unique_ptr<net::TcpStream> tcp,
                     const net::SocketAddress& original);
  ~OutboundConnection();

  void OnIo(event::IoEvents events) override;
  void OnPolicy() override;
  void OnRequest(http::ServerStream* stream) override;
  void OnBadRequest(int status, absl::string_view reason) override;
  void OnConnectionClosed() override { Close(); }
  EarlyDial* server();
  bool MayDialEarly() override;
  std::unique_ptr<PendingDial> DialServer(PendingDial::OnDone done) override;
  void OnServerSpoke() override;
  void OnServerDialled(absl::StatusOr<EarlyDial::Server> server) override;

  void Begin();
  void Discovered();
  void SniffForHttp();
  void SniffForSni();
  void OnDeadline();
  void CountDetected(DetectScope::Result result);
  // The first bytes are no request, or none came in time.
  void NotHttp();
  void ServeHttp(bool http2);
  void ForwardBytes(const OutboundTcpRoute& route);
  void DropServer();
  void FailTcp(absl::string_view error, absl::string_view why);
  const Destination::Metrics& Metrics();
  std::unique_ptr<net::ByteStream> TakeMetered();
  void Close();

  OutboundShared* const shared_;
  WorkerContext* const context_;
  event::Loop* const loop_;
  Set* const all_;
  const ConnectionLimit::Place place_;
  State state_ = State::kDiscovery;
  std::unique_ptr<net::TcpStream> tcp_;
  std::shared_ptr<Destination> destination_;
  std::string sniffed_;
  int64_t sniff_started_ns_ = 0;
  event::Timer deadline_;
  std::unique_ptr<http::ServerConnection> http_;
  // TCP.
  OutboundPolicyPtr policy_;  // As of the dial; holds route_.
  const OutboundTcpRoute* route_ = nullptr;
  std::unique_ptr<EarlyDial>
      server_;                    // Made where it is needed: HTTP that speaks at once has none.
  absl::string_view dial_error_;  // The label of why the last dial failed.
  std::unique_ptr<TcpForward> forward_;
  std::unique_ptr<ForwardDeadline> forward_deadline_;
  bool drained_ = false;
  bool closed_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OUTBOUND_OUTBOUND_CONNECTION_H_
