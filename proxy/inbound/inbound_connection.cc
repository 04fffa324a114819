#include "proxy/inbound/inbound_connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/log/log.h"
#include "proxy/http/failure.h"
#include "proxy/transport/metered_stream.h"
#include "proxy/transport/sniff.h"
#include "proxy/transport/transport_header.h"

namespace gossamer::proxy {
namespace {

constexpr size_t kHttpSniffBytes = size_t{16} * 1024;

// How long a workload that speaks first is not heard by a client that has not begun TLS. The words
// would be in plaintext, and spoil the connection of a peer's proxy whose ClientHello is late: it
// may be stopped for a period of its CPU quota (100 ms), or the hello be lost once (200 ms).
constexpr absl::Duration kHelloPatience = absl::Milliseconds(250);

}  // namespace

void InboundConnection::Start(InboundShared* shared, std::unique_ptr<net::TcpStream> tcp,
                              const net::SocketAddress& client,
                              const net::SocketAddress& original) {
  (new InboundConnection(shared, std::move(tcp), client, original))->Begin();
}

InboundConnection::InboundConnection(InboundShared* shared, std::unique_ptr<net::TcpStream> tcp,
                                     const net::SocketAddress& client,
                                     const net::SocketAddress& original)
    : shared_(shared),
      context_(shared->context),
      loop_(shared->context->loop),
      place_(shared->context->connections),
      direct_(original.port() == context_->config->inbound.listen_address.port()),
      client_(std::make_shared<InboundClient>()),
      tcp_(std::move(tcp)),
      deadline_(loop_, [this] { OnDeadline(); }) {
  client_->context = context_;
  client_->apps = &shared_->apps;
  client_->in_flight = &shared_->in_flight;
  client_->identity.ip = client.ip();
  client_->tls = InboundTls::None("no_tls_from_remote");
  client_->target = original;
  shared_->connections.insert(this);
}

InboundConnection::~InboundConnection() {
  shared_->connections.erase(this);
  if (client_->policy != nullptr) client_->policy->StopObserving(this);
}

void InboundConnection::Begin() {
  if (direct_) {
    state_ = State::kTls;
    sniff_started_ns_ = loop_->now_ns();
    ArmTlsDeadline();
    tcp_->SetHandler(this);
    return SniffForTls();
  }
  UsePolicyOf(client_->target.port());
}

void InboundConnection::UsePolicyOf(uint16_t port) {
  state_ = State::kPolicy;
  client_->policy = shared_->policies.Get(port);
  client_->policy->Observe(this);
  if (client_->policy->current() != nullptr) PolicyKnown();
}

void InboundConnection::OnPolicy(const ServerPolicyPtr&) {
  if (state_ == State::kPolicy) return PolicyKnown();
  if (state_ == State::kTls || state_ == State::kHttp) return OnPolicyWhileDetecting();
  // Bytes that are no longer allowed are cut off; HTTP is judged request by request.
  if (state_ != State::kForwarding && state_ != State::kDialling) return;
  if (AuthorizeConnection(*client_->policy->current(), client_->identity) != nullptr) return;
  context_->metrics->inbound
      .TcpAuthzTerminate(client_->target, client_->server_labels(), client_->tls)
      ->cell.Add();
  Close();
}

void InboundConnection::OnPolicyWhileDetecting() {
  if (client_->policy->current()->protocol == ServerPolicy::Protocol::kOpaque) {
    if (state_ == State::kTls) client_->tls = InboundTls::None("port_skipped");
    return ForwardBytes();
  }
  if (server_ == nullptr || MayDialEarly()) return;
  if (state_ == State::kTls) ArmTlsDeadline();
  DropServer();
}

void InboundConnection::PolicyKnown() {
  using Protocol = ServerPolicy::Protocol;
  if (direct_) return AfterTls();
  const ServerPolicy& policy = *client_->policy->current();
  if (policy.protocol == Protocol::kOpaque) {
    client_->tls = InboundTls::None("port_skipped");
    return ForwardBytes();
  }
  state_ = State::kTls;
  sniff_started_ns_ = loop_->now_ns();
  ArmTlsDeadline();
  tcp_->SetHandler(this);
  SniffForTls();
}

void InboundConnection::ArmTlsDeadline() {
  deadline_.Arm(context_->config->inbound.detect_timeout -
                absl::Nanoseconds(loop_->now_ns() - sniff_started_ns_));
}

void InboundConnection::OnIo(event::IoEvents events) {
  // A client that has reset the connection wants nothing any more.
  if (state_ == State::kDialling && events.error) return Close();
  if (!events.readable) return;
  switch (state_) {
    case State::kTls:
      return SniffForTls();
    case State::kHeader:
      return ReadHeader();
    case State::kHttp:
      return SniffForHttp();
    default:
      return;
  }
}

// Looks at the ClientHello without taking it, so that TLS that is not for the proxy passes through
// as it came.
void InboundConnection::SniffForTls() {
  char buffer[kMaxClientHelloBytes];
  const net::IoResult result = tcp_->Peek(buffer, sizeof(buffer));
  if (result.status == net::IoStatus::kBlocked) return server()->Watch();
  if (result.status == net::IoStatus::kError) return Close();
  if (server_ != nullptr) {
    server_->StopWatching();
    ArmTlsDeadline();  // It was shortened where the workload has spoken.
  }
  std::string server_name;
  switch (SniffTls(absl::string_view(buffer, result.bytes), &server_name)) {
    case TlsSniff::kIncomplete:
      if (result.status == net::IoStatus::kOk && !tcp_->ended()) return;
      break;
    case TlsSniff::kClientHello:
      if (server_name == context_->config->identity.server_name) return BeginHandshake();
      if (!server_name.empty()) client_->tls = InboundTls::Opaque(server_name);
      break;
    case TlsSniff::kNotTls:
      break;
  }
  deadline_.Cancel();
  if (direct_) {
    CountTcpError("direct connections must be mutually authenticated");
    return Close();
  }
  AfterTls();
}

void InboundConnection::BeginHandshake() {
  state_ = State::kHandshake;
  // What was dialled was so for a client without identity.
  DropServer();
  const auto& credentials = *context_->credentials;
  auto tls = tls::TlsStream::Create(loop_, std::move(tcp_),
                                    direct_ ? credentials.server_direct : credentials.server, {},
                                    [this](const absl::Status& status) { OnHandshake(status); });
  if (!tls.ok()) return Close();
  tls_ = *std::move(tls);
}

void InboundConnection::OnHandshake(const absl::Status& status) {
  deadline_.Cancel();
  if (!status.ok()) {
    GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::inbound", "a client's TLS handshake failed",
                       {"client.ip", client_->identity.ip.ToString()}, {"error", status.message()});
    CountTcpError("i/o");
    return Close();
  }
  client_->identity.tls = true;
  client_->identity.id = tls_->peer_id();
  client_->tls = InboundTls::True(tls_->peer_id());
  if (!direct_) return AfterTls();
  if (client_->identity.id.empty() || tls_->alpn() != kTransportProtocol) return Close();
  state_ = State::kHeader;
  deadline_.Arm(context_->config->inbound.detect_timeout);
  tls_->SetHandler(this);
  ReadHeader();
}

void InboundConnection::ReadHeader() {
  while (true) {
    TransportHeader header;
    size_t consumed = 0;
    switch (DecodeTransportHeader(sniffed_, &header, &consumed)) {
      case TransportHeaderResult::kInvalid:
        return Close();
      case TransportHeaderResult::kComplete: {
        deadline_.Cancel();
        if (!header.name.empty()) return Close();  // Only a gateway takes names.
        if (header.port == context_->config->inbound.listen_address.port()) {
          CountTcpError("unexpected");  // It would come back here.
          return Close();
        }
        sniffed_.erase(0, consumed);
        session_ = static_cast<int>(header.session);
        client_->target = net::SocketAddress(net::LocalAddress(tls_->fd()).ip(), header.port);
        const bool http = header.session != TransportHeader::Session::kNone;
        context_->metrics->inbound
            .TransportHeader(!http                                                ? ""
                             : header.session == TransportHeader::Session::kHttp1 ? "http/1"
                                                                                  : "http/2",
                             header.port, "", client_->identity.id)
            ->cell.Add();
        return UsePolicyOf(header.port);
      }
      case TransportHeaderResult::kIncomplete:
        switch (FillSniffBuffer(kMaxTransportHeaderBytes)) {
          case net::IoStatus::kOk:
            break;
          case net::IoStatus::kBlocked:
            return;
          case net::IoStatus::kEof:
          case net::IoStatus::kError:
            return Close();
        }
        break;
    }
  }
}

// TLS is off, or never was there: what are the bytes inside?
void InboundConnection::AfterTls() {
  using Protocol = ServerPolicy::Protocol;
  using Session = TransportHeader::Session;
  const ServerPolicy& policy = *client_->policy->current();
  if (direct_) {
    if (static_cast<Session>(session_) == Session::kNone) return ForwardBytes();
    return ServeHttp(static_cast<Session>(session_) == Session::kHttp2);
  }
  switch (policy.protocol) {
    case Protocol::kDetect:
      return BeginHttpSniff(policy.detect_timeout);
    case Protocol::kHttp1:
      // A peer's proxy may have upgraded the requests to HTTP/2.
      if (client_->identity.tls) return BeginHttpSniff(context_->config->inbound.detect_timeout);
      return ServeHttp(/*http2=*/false);
    case Protocol::kHttp2:
    case Protocol::kGrpc:
      return ServeHttp(/*http2=*/true);
    case Protocol::kOpaque:
    case Protocol::kTls:
      return ForwardBytes();
  }
}

void InboundConnection::BeginHttpSniff(absl::Duration timeout) {
  state_ = State::kHttp;
  sniff_started_ns_ = loop_->now_ns();
  deadline_.Arm(timeout);
  stream()->SetHandler(this);
  SniffForHttp();
}

net::IoStatus InboundConnection::FillSniffBuffer(size_t max) {
  if (sniffed_.size() >= max) return net::IoStatus::kError;
  char buffer[4096];
  const size_t room = std::min(sizeof(buffer), max - sniffed_.size());
  const net::IoResult result = stream()->Read(buffer, room);
  sniffed_.append(buffer, result.bytes);
  return result.status;
}

void InboundConnection::SniffForHttp() {
  HttpSniff verdict;
  while ((verdict = SniffHttp(sniffed_)) == HttpSniff::kIncomplete) {
    const net::IoStatus status = FillSniffBuffer(kHttpSniffBytes);
    if (status == net::IoStatus::kOk) {
      if (server_ != nullptr) server_->StopWatching();
      continue;
    }
    if (status == net::IoStatus::kBlocked) {
      // Its words may have been held back while the client could have begun TLS.
      if (server_ != nullptr && server_->server_spoke()) return ServerFirst();
      if (sniffed_.empty()) server()->Watch();
      return;
    }
    // A client that ends its side in order may still want to hear the server.
    const bool listens = status == net::IoStatus::kEof && (!sniffed_.empty() || MayDialEarly());
    if (!listens) {
      CountDetected(DetectScope::kError);
      return Close();
    }
    break;
  }
  switch (verdict) {
    case HttpSniff::kHttp1:
      CountDetected(DetectScope::kHttp1);
      return ServeHttp(/*http2=*/false);
    case HttpSniff::kHttp2:
      CountDetected(DetectScope::kHttp2);
      return ServeHttp(/*http2=*/true);
    case HttpSniff::kIncomplete:
    case HttpSniff::kNotHttp:
      CountDetected(DetectScope::kNotHttp);
      return NotHttp();
  }
}

void InboundConnection::OnDeadline() {
  if (state_ == State::kServing) return Drain();
  if (state_ != State::kHttp) {
    if (state_ == State::kTls && IsServerFirst()) return ServerFirst();
    CountTcpError("tls detection timeout");
    return Close();
  }
  CountDetected(DetectScope::kReadTimeout);
  NotHttp();
}

void InboundConnection::CountDetected(DetectScope::Result result) {
  context_->metrics->inbound.Detect(client_->server_labels())
      ->OnDetected(result, absl::Nanoseconds(loop_->now_ns() - sniff_started_ns_));
}

void InboundConnection::OnServerSpoke() {
  if (state_ == State::kHttp) return ServerFirst();
  if (!IsServerFirst()) return;
  deadline_.Arm(kHelloPatience - absl::Nanoseconds(loop_->now_ns() - sniff_started_ns_));
}

// A client that has begun what may be TLS decides when it has said the rest.
bool InboundConnection::IsServerFirst() {
  char byte;
  return server_ != nullptr && server_->server_spoke() &&
         tcp_->Peek(&byte, 1).status == net::IoStatus::kBlocked;
}

void InboundConnection::ServerFirst() {
  CountDetected(DetectScope::kNotHttp);
  NotHttp();
}

void InboundConnection::NotHttp() {
  using Protocol = ServerPolicy::Protocol;
  const ServerPolicy& policy = *client_->policy->current();
  // A port that policy names as HTTP stays HTTP, whatever the client says and however slowly: what
  // is no request is answered as a bad one.
  if (policy.is_http()) return ServeHttp(/*http2=*/policy.protocol != Protocol::kHttp1);
  ForwardBytes();
}

net::ByteStream* InboundConnection::stream() {
  if (tls_ != nullptr) return tls_.get();
  return tcp_.get();
}

std::unique_ptr<net::ByteStream> InboundConnection::TakeMetered() {
  std::unique_ptr<net::ByteStream> stream;
  if (tls_ != nullptr) {
    stream = std::move(tls_);
  } else {
    stream = std::move(tcp_);
  }
  auto scope =
      context_->metrics->inbound.Accept(client_->target, client_->tls, client_->server_labels());
  scope->OnRead(sniffed_.size());
  return std::make_unique<MeteredStream>(std::move(stream), std::move(scope));
}

void InboundConnection::ServeHttp(bool http2) {
  state_ = State::kServing;
  deadline_.Cancel();
  DropServer();
  client_->policy->StopObserving(this);
  http::ServerHandler* self = this;
  if (http2) {
    auto connection = http2::ServerConnection::Create(
        loop_, TakeMetered(),
        MakeServerHttp2Options(context_->config->inbound.http2_server,
                               context_->config->inbound.http_deadlines),
        self);
    if (!connection.ok()) return Close();
    http_ = *std::move(connection);
  } else {
    http_ = std::make_unique<http1::ServerConnection>(
        loop_, TakeMetered(), MakeServerHttp1Options(context_->config->inbound.http_deadlines),
        self);
  }
  if (context_->draining) deadline_.Arm(kLateConnectionLife);
  http_->Start(std::exchange(sniffed_, std::string()));
}

void InboundConnection::OnRequest(http::ServerStream* stream) {
  // HTTP/1 can say so in its first response already: no client sends into a connection that closes.
  if (context_->draining && stream->request()->version != http::Version::kHttp2) Drain();
  (new InboundExchange(stream, client_))->Start();
}

void InboundConnection::OnBadRequest(int status, absl::string_view reason) {
  client_->CountRefused(RefusedMessageName(status), reason);
}

bool InboundConnection::AuthorizeTcp() {
  const ServerPolicy& policy = *client_->policy->current();
  const Authorization* authorization = AuthorizeConnection(policy, client_->identity);
  if (authorization == nullptr) {
    context_->metrics->inbound
        .TcpAuthzDeny(client_->target, client_->server_labels(), client_->tls)
        ->cell.Add();
    GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::inbound", "Connection denied",
                       {"server", policy.metadata.name},
                       {"client.ip", client_->identity.ip.ToString()},
                       {"client.id", client_->identity.id});
    return false;
  }
  const Metadata& metadata = authorization->metadata;
  context_->metrics->inbound
      .TcpAuthzAllow(client_->target, client_->server_labels(),
                     {metadata.group, metadata.kind, metadata.name}, client_->tls)
      ->cell.Add();
  return true;
}

void InboundConnection::ForwardBytes() {
  deadline_.Cancel();
  if (!AuthorizeTcp()) return Close();
  if (client_->target.port() == context_->config->inbound.listen_address.port()) return Close();
  state_ = State::kDialling;
  stream()->SetHandler(this);
  server()->Need();
}

EarlyDial* InboundConnection::server() {
  if (server_ == nullptr) {
    EarlyDial::Owner* self = this;
    server_ = std::make_unique<EarlyDial>(loop_, &context_->early_dials, self);
  }
  return server_.get();
}

void InboundConnection::DropServer() {
  if (server_ == nullptr) return;
  server_->Drop();
  // It may be what is on the call stack.
  loop_->DeleteLater(std::move(server_));
}

bool InboundConnection::MayDialEarly() {
  if (direct_) return false;  // The header has said what it is.
  const ServerPolicy& policy = *client_->policy->current();
  return policy.protocol == ServerPolicy::Protocol::kDetect &&
         AuthorizeConnection(policy, client_->identity) != nullptr &&
         client_->target.port() != context_->config->inbound.listen_address.port();
}

std::unique_ptr<PendingDial> InboundConnection::DialServer(PendingDial::OnDone done) {
  return std::make_unique<Dial>(
      loop_, LocalDialTarget(*context_, client_->target),
      [this,
       done = std::move(done)](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) mutable {
        if (!stream.ok()) return done(stream.status());
        done(
            std::make_unique<MeteredStream>(*std::move(stream), context_->metrics->inbound.Dial()));
      });
}

void InboundConnection::OnServerDialled(absl::StatusOr<EarlyDial::Server> server) {
  DropServer();
  if (!server.ok()) {
    GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::inbound", "cannot connect to the workload",
                       {"error", server.status().message()});
    CountTcpError("i/o");
    stream()->ResetOnClose();
    return Close();
  }
  state_ = State::kForwarding;
  auto client = TakeMetered();
  const std::string client_spoke = std::exchange(sniffed_, std::string());
  forward_ = std::make_unique<TcpForward>(loop_, std::move(client), std::move(server->stream),
                                          TcpForward::AlreadyRead{client_spoke, server->spoken},
                                          [this](int) { Close(); });
  forward_deadline_ = std::make_unique<ForwardDeadline>(
      loop_, MakeForwardLimits(context_->config->tcp), forward_.get());
}

void InboundConnection::CountTcpError(absl::string_view error) {
  context_->metrics->inbound.TcpError(error, client_->target)->cell.Add();
}

void InboundConnection::Drain() {
  if (http_ == nullptr || std::exchange(drained_, true)) return;
  http_->Drain();
}

void InboundConnection::Abort() { Close(); }

size_t InboundConnection::held_bytes() const {
  if (http_ != nullptr) return http_->held_bytes();
  return forward_ == nullptr ? sniffed_.size() : forward_->held_bytes();
}

size_t InboundConnection::Shed() {
  if (closed_) return 0;
  if (http_ != nullptr) return http_->Shed();
  const size_t bytes = held_bytes();
  CountTcpError("loadshed");
  if (forward_ != nullptr) {
    forward_->Abort(ENOMEM);
  } else {
    Close();
  }
  return bytes;
}

void InboundConnection::Close() {
  if (std::exchange(closed_, true)) return;
  deadline_.Cancel();
  DropServer();
  if (stream() != nullptr) stream()->SetHandler(nullptr);
  // Whatever is on the call stack stays until the turn's end.
  if (client_->policy != nullptr) client_->policy->StopObserving(this);
  loop_->DeleteLater(this);
}

}  // namespace gossamer::proxy
