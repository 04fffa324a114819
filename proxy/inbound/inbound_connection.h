#ifndef PROXY_INBOUND_INBOUND_CONNECTION_H_
#define PROXY_INBOUND_INBOUND_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "lib/event/loop.h"
#include "lib/http/stream.h"
#include "lib/net/byte_stream.h"
#include "lib/net/ip.h"
#include "lib/net/tcp_stream.h"
#include "lib/tls/tls_stream.h"
#include "proxy/inbound/inbound_exchange.h"
#include "proxy/inbound/local_apps.h"
#include "proxy/inbound/port_policies.h"
#include "proxy/overload/memory_holder.h"
#include "proxy/transport/connection_limit.h"
#include "proxy/transport/early_dial.h"
#include "proxy/transport/forward_deadline.h"
#include "proxy/transport/tcp_forward.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

class InboundConnection;

// What all connections of a worker's inbound side share.
struct InboundShared {
  explicit InboundShared(WorkerContext* context)
      : context(context), policies(context), apps(context) {}

  WorkerContext* const context;
  PortPolicies policies;
  LocalApps apps;
  int in_flight = 0;
  absl::flat_hash_set<InboundConnection*> connections;
};

// One connection that netfilter has redirected to the inbound port, from its first byte on. Owns
// itself, and is listed in InboundShared while it lives.
//
//   kPolicy ─> kTls ─> (handshake) ─> kHttp ─> serving HTTP
//      │         │                      └────> dialling ─> forwarding bytes
//      └─────────┴── opaque ─────────────────────^
//   To the inbound port itself ("direct"): kTls ─> (handshake) ─> kHeader ─> kPolicy ─> HTTP or
//   bytes
//   In kTls and kHttp a silent client's workload is dialled early (EarlyDial): if it speaks first,
//   bytes are forwarded. Not on a port that policy names as HTTP or TLS, nor for a client whose
//   bytes policy does not let in.
class InboundConnection final : public MemoryHolder,
                                private event::IoHandler,
                                private http::ServerHandler,
                                private PortPolicy::Observer,
                                private EarlyDial::Owner {
 public:
  // `original` is where the client meant to connect to.
  static void Start(InboundShared* shared, std::unique_ptr<net::TcpStream> tcp,
                    const net::SocketAddress& client, const net::SocketAddress& original);

  // HTTP finishes what is in flight and closes; bytes that nobody looks into are left alone.
  void Drain();
  // Told to, and not closed yet.
  bool draining() const { return drained_ && !closed_; }
  // Ends the connection now.
  void Abort();
  size_t held_bytes() const override;
  size_t Shed() override;

 private:
  friend class event::Loop;  // Ends it.

  enum class State { kPolicy, kTls, kHandshake, kHeader, kHttp, kServing, kDialling, kForwarding };

  InboundConnection(InboundShared* shared, std::unique_ptr<net::TcpStream> tcp,
                    const net::SocketAddress& client, const net::SocketAddress& original);
  ~InboundConnection();

  void OnIo(event::IoEvents events) override;
  void OnPolicy(const ServerPolicyPtr& policy) override;
  void OnRequest(http::ServerStream* stream) override;
  void OnBadRequest(int status, absl::string_view reason) override;
  void OnConnectionClosed() override { Close(); }
  EarlyDial* server();
  bool MayDialEarly() override;
  std::unique_ptr<PendingDial> DialServer(PendingDial::OnDone done) override;
  void OnServerSpoke() override;
  void OnServerDialled(absl::StatusOr<EarlyDial::Server> server) override;

  void Begin();
  void UsePolicyOf(uint16_t port);
  void PolicyKnown();
  void OnPolicyWhileDetecting();
  void SniffForTls();
  void ArmTlsDeadline();
  void BeginHandshake();
  void OnHandshake(const absl::Status& status);
  void ReadHeader();
  void AfterTls();
  void BeginHttpSniff(absl::Duration timeout);
  void SniffForHttp();
  // Appends what has come, up to `max` in all.
  net::IoStatus FillSniffBuffer(size_t max);
  void OnDeadline();
  void CountDetected(DetectScope::Result result);
  bool IsServerFirst();
  void ServerFirst();
  // The first bytes are no request, or none came in time.
  void NotHttp();
  void ServeHttp(bool http2);
  void ForwardBytes();
  void DropServer();
  bool AuthorizeTcp();
  net::ByteStream* stream();
  std::unique_ptr<net::ByteStream> TakeMetered();
  void CountTcpError(absl::string_view error);
  void Close();

  InboundShared* const shared_;
  WorkerContext* const context_;
  event::Loop* const loop_;
  const ConnectionLimit::Place place_;
  State state_ = State::kPolicy;
  const bool direct_;
  std::shared_ptr<InboundClient> client_;
  std::unique_ptr<net::TcpStream> tcp_;
  std::unique_ptr<tls::TlsStream> tls_;
  std::string sniffed_;  // Bytes taken to find out the protocol.
  int64_t sniff_started_ns_ = 0;
  int session_ = 0;  // Direct: what the transport header promises (TransportHeader::Session).
  event::Timer deadline_;
  std::unique_ptr<http::ServerConnection> http_;
  std::unique_ptr<EarlyDial>
      server_;  // Made where it is needed: HTTP that speaks at once has none.
  std::unique_ptr<TcpForward> forward_;
  std::unique_ptr<ForwardDeadline> forward_deadline_;
  bool drained_ = false;
  bool closed_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_INBOUND_INBOUND_CONNECTION_H_
