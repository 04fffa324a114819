#include "proxy/outbound/outbound_connection.h"

#include <cerrno>
#include <utility>

#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/log/log.h"
#include "proxy/http/failure.h"
#include "proxy/policy/sni_match.h"
#include "proxy/transport/metered_stream.h"
#include "proxy/transport/sniff.h"

namespace gossamer::proxy {

void OutboundConnection::Start(OutboundShared* shared, Set* all,
                               std::unique_ptr<net::TcpStream> tcp,
                               const net::SocketAddress& original) {
  (new OutboundConnection(shared, all, std::move(tcp), original))->Begin();
}

OutboundConnection::OutboundConnection(OutboundShared* shared, Set* all,
                                       std::unique_ptr<net::TcpStream> tcp,
                                       const net::SocketAddress& original)
    : shared_(shared),
      context_(shared->context),
      loop_(shared->context->loop),
      all_(all),
      place_(shared->context->connections),
      tcp_(std::move(tcp)),
      destination_(shared->destinations.Get(original)),
      deadline_(loop_, [this] { OnDeadline(); }) {
  all_->insert(this);
}

OutboundConnection::~OutboundConnection() {
  all_->erase(this);
  destination_->StopObserving(this);
}

void OutboundConnection::Begin() {
  tcp_->SetHandler(this);
  if (destination_->policy() != nullptr) return Discovered();
  destination_->Observe(this);
}

void OutboundConnection::OnPolicy() {
  if (state_ == State::kDiscovery) Discovered();
}

void OutboundConnection::OnIo(event::IoEvents events) {
  // A client that has reset the connection wants nothing any more.
  const bool waits = state_ == State::kDiscovery || state_ == State::kDialling;
  if (waits && events.error) return Close();
  if (!events.readable) return;
  if (state_ == State::kHttp) SniffForHttp();
  if (state_ == State::kSni) SniffForSni();
}

void OutboundConnection::Discovered() {
  using Protocol = OutboundPolicy::Protocol;
  destination_->StopObserving(this);
  const OutboundPolicy& policy = *destination_->policy();
  if (policy.refused) return FailTcp("unexpected", "discovery failed for this address");
  Metrics().connections->cell.Add();
  switch (policy.protocol) {
    case Protocol::kDetect:
      state_ = State::kHttp;
      sniff_started_ns_ = loop_->now_ns();
      deadline_.Arm(context_->config->outbound.detect_timeout);
      return SniffForHttp();
    case Protocol::kHttp1:
      return ServeHttp(/*http2=*/false);
    case Protocol::kHttp2:
      return ServeHttp(/*http2=*/true);
    case Protocol::kOpaque:
      return ForwardBytes(policy.tcp_route);
    case Protocol::kTls:
      state_ = State::kSni;
      deadline_.Arm(context_->config->outbound.detect_timeout);
      return SniffForSni();
  }
}

void OutboundConnection::SniffForHttp() {
  HttpSniff verdict;  // Is there after a kilobyte at the latest.
  while ((verdict = SniffHttp(sniffed_)) == HttpSniff::kIncomplete) {
    char buffer[4096];
    const net::IoResult result = tcp_->Read(buffer, sizeof(buffer));
    if (result.status == net::IoStatus::kBlocked) {
      if (sniffed_.empty()) server()->Watch();
      return;
    }
    if (result.status == net::IoStatus::kOk) {
      if (server_ != nullptr) server_->StopWatching();
      sniffed_.append(buffer, result.bytes);
      continue;
    }
    // A client that ends its side in order may still want to hear the server.
    const bool listens =
        result.status == net::IoStatus::kEof && (!sniffed_.empty() || MayDialEarly());
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

void OutboundConnection::SniffForSni() {
  char buffer[kMaxClientHelloBytes];
  const net::IoResult result = tcp_->Peek(buffer, sizeof(buffer));
  if (result.status == net::IoStatus::kBlocked) return;
  if (result.status != net::IoStatus::kOk) return Close();
  std::string server_name;
  const TlsSniff verdict = SniffTls(absl::string_view(buffer, result.bytes), &server_name);
  if (verdict == TlsSniff::kIncomplete && !tcp_->ended()) return;
  if (verdict != TlsSniff::kClientHello || server_name.empty()) {
    return FailTcp("unexpected", "Could not find SNI");
  }
  const OutboundTlsRoute* route = ChooseTlsRoute(destination_->policy()->tls_routes, server_name);
  if (route == nullptr) return FailTcp("unexpected", "no route for this SNI");
  ForwardBytes(route->tcp);
}

void OutboundConnection::OnDeadline() {
  if (state_ == State::kServing) return Drain();
  if (state_ == State::kSni) return FailTcp("unexpected", "SNI detection timed out");
  CountDetected(DetectScope::kReadTimeout);
  NotHttp();
}

void OutboundConnection::CountDetected(DetectScope::Result result) {
  Metrics().detect->OnDetected(result, absl::Nanoseconds(loop_->now_ns() - sniff_started_ns_));
}

void OutboundConnection::NotHttp() {
  using Protocol = OutboundPolicy::Protocol;
  const OutboundPolicy& policy = *destination_->policy();
  // While the first bytes were waited for, discovery may have come to name the port as HTTP.
  if (policy.protocol == Protocol::kHttp1) return ServeHttp(/*http2=*/false);
  if (policy.protocol == Protocol::kHttp2) return ServeHttp(/*http2=*/true);
  ForwardBytes(policy.tcp_route);
}

const Destination::Metrics& OutboundConnection::Metrics() {
  return destination_->MetricsIn(&context_->metrics->outbound);
}

std::unique_ptr<net::ByteStream> OutboundConnection::TakeMetered() {
  OutboundMetrics::TcpRef scope = Metrics().accept;
  scope->OnRead(sniffed_.size());
  return std::make_unique<MeteredStream>(std::move(tcp_), std::move(scope));
}

void OutboundConnection::ServeHttp(bool http2) {
  state_ = State::kServing;
  deadline_.Cancel();
  DropServer();
  http::ServerHandler* self = this;
  if (http2) {
    auto connection = http2::ServerConnection::Create(
        loop_, TakeMetered(),
        MakeServerHttp2Options(context_->config->outbound.http2_server,
                               context_->config->outbound.http_deadlines),
        self);
    if (!connection.ok()) return Close();
    http_ = *std::move(connection);
  } else {
    http_ = std::make_unique<http1::ServerConnection>(
        loop_, TakeMetered(), MakeServerHttp1Options(context_->config->outbound.http_deadlines),
        self);
  }
  if (context_->draining) deadline_.Arm(kLateConnectionLife);
  http_->Start(std::exchange(sniffed_, std::string()));
}

void OutboundConnection::OnRequest(http::ServerStream* stream) {
  // HTTP/1 can say so in its first response already: no client sends into a connection that closes.
  if (context_->draining && stream->request()->version != http::Version::kHttp2) Drain();
  (new OutboundExchange(stream, shared_, destination_))->Start();
}

void OutboundConnection::OnBadRequest(int status, absl::string_view reason) {
  shared_->CountRefused(RefusedMessageName(status), reason);
}

void OutboundConnection::ForwardBytes(const OutboundTcpRoute& route) {
  state_ = State::kDialling;
  deadline_.Cancel();
  policy_ = destination_->policy();
  route_ = &route;
  absl::string_view error;
  std::string why;
  if (TcpRouteDial::Forbids(*policy_, route, &error, &why)) return FailTcp(error, why);
  server()->Need();
}

EarlyDial* OutboundConnection::server() {
  if (server_ == nullptr) {
    EarlyDial::Owner* self = this;
    server_ = std::make_unique<EarlyDial>(loop_, &context_->early_dials, self);
  }
  return server_.get();
}

void OutboundConnection::DropServer() {
  if (server_ == nullptr) return;
  server_->Drop();
  // It may be what is on the call stack.
  loop_->DeleteLater(std::move(server_));
}

bool OutboundConnection::MayDialEarly() {
  const OutboundPolicy& policy = *destination_->policy();
  absl::string_view error;
  std::string why;
  return policy.protocol == OutboundPolicy::Protocol::kDetect &&
         !TcpRouteDial::Forbids(policy, policy.tcp_route, &error, &why);
}

std::unique_ptr<PendingDial> OutboundConnection::DialServer(PendingDial::OnDone done) {
  if (state_ != State::kDialling) {
    policy_ = destination_->policy();
    route_ = &policy_->tcp_route;
  }
  return std::make_unique<TcpRouteDial>(
      context_, &shared_->destinations, policy_, route_,
      [this, done = std::move(done)](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream,
                                     absl::string_view error) mutable {
        dial_error_ = error;
        done(std::move(stream));
      });
}

void OutboundConnection::OnServerSpoke() {
  CountDetected(DetectScope::kNotHttp);
  NotHttp();
}

void OutboundConnection::OnServerDialled(absl::StatusOr<EarlyDial::Server> server) {
  DropServer();
  if (!server.ok()) return FailTcp(dial_error_, server.status().message());
  state_ = State::kForwarding;
  auto client = TakeMetered();
  const std::string client_spoke = std::exchange(sniffed_, std::string());
  forward_ = std::make_unique<TcpForward>(loop_, std::move(client), std::move(server->stream),
                                          TcpForward::AlreadyRead{client_spoke, server->spoken},
                                          [this](int) { Close(); });
  forward_deadline_ = std::make_unique<ForwardDeadline>(
      loop_, MakeForwardLimits(context_->config->tcp), forward_.get());
}

void OutboundConnection::FailTcp(absl::string_view error, absl::string_view why) {
  GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::outbound", "connection failed",
                     {"target", destination_->original().ToString()}, {"error", why});
  context_->metrics->outbound.TcpError(destination_->original(), error)->cell.Add();
  tcp_->ResetOnClose();
  Close();
}

void OutboundConnection::Drain() {
  if (http_ == nullptr || std::exchange(drained_, true)) return;
  http_->Drain();
}

size_t OutboundConnection::held_bytes() const {
  if (http_ != nullptr) return http_->held_bytes();
  return forward_ == nullptr ? sniffed_.size() : forward_->held_bytes();
}

size_t OutboundConnection::Shed() {
  if (closed_) return 0;
  if (http_ != nullptr) return http_->Shed();
  const size_t bytes = held_bytes();
  context_->metrics->outbound.TcpError(destination_->original(), "loadshed")->cell.Add();
  if (forward_ != nullptr) {
    forward_->Abort(ENOMEM);
  } else {
    Close();
  }
  return bytes;
}

void OutboundConnection::Close() {
  if (std::exchange(closed_, true)) return;
  deadline_.Cancel();
  DropServer();
  if (tcp_ != nullptr) tcp_->SetHandler(nullptr);
  destination_->StopObserving(this);
  // Whatever is on the call stack stays until the turn's end.
  loop_->DeleteLater(this);
}

}  // namespace gossamer::proxy
