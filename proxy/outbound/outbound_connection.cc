#include "proxy/outbound/outbound_connection.h"

#include <utility>

#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/log/log.h"
#include "proxy/transport/metered_stream.h"
#include "proxy/transport/sniff.h"

namespace gossamer::proxy {
namespace {

constexpr size_t kHttpSniffBytes = 16 * 1024;

}  // namespace

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
  if (state_ == State::kDiscovery && events.error) return Close();
  if (!events.readable) return;
  if (state_ == State::kHttp) SniffForHttp();
  if (state_ == State::kSni) SniffForSni();
}

void OutboundConnection::Discovered() {
  using Protocol = OutboundPolicy::Protocol;
  destination_->StopObserving(this);
  const OutboundPolicy& policy = *destination_->policy();
  if (policy.refused) return FailTcp("unexpected", "discovery failed for this address");
  switch (policy.protocol) {
    case Protocol::kDetect:
      CountProtocol("detect");
      state_ = State::kHttp;
      sniff_started_ns_ = loop_->now_ns();
      deadline_.Arm(context_->config->outbound.detect_timeout);
      return SniffForHttp();
    case Protocol::kHttp1:
      CountProtocol("http/1");
      return ServeHttp(/*http2=*/false);
    case Protocol::kHttp2:
      CountProtocol("http/2");
      return ServeHttp(/*http2=*/true);
    case Protocol::kOpaque:
      CountProtocol("opaq");
      return ForwardBytes();
    case Protocol::kTls:
      CountProtocol("tls");
      state_ = State::kSni;
      deadline_.Arm(context_->config->outbound.detect_timeout);
      return SniffForSni();
  }
}

void OutboundConnection::SniffForHttp() {
  while (true) {
    const HttpSniff verdict = SniffHttp(sniffed_);
    if (verdict == HttpSniff::kIncomplete && sniffed_.size() < kHttpSniffBytes) {
      char buffer[4096];
      const net::IoResult result = tcp_->Read(buffer, sizeof(buffer));
      if (result.status == net::IoStatus::kBlocked) return;
      if (result.status != net::IoStatus::kOk) {
        // A client that says less than a request line and ends its side may still want an answer.
        if (result.status == net::IoStatus::kEof && !sniffed_.empty()) break;
        return Close();
      }
      sniffed_.append(buffer, result.bytes);
      continue;
    }
    deadline_.Cancel();
    const DetectScope::Result result = verdict == HttpSniff::kHttp1   ? DetectScope::kHttp1
                                       : verdict == HttpSniff::kHttp2 ? DetectScope::kHttp2
                                                                      : DetectScope::kNotHttp;
    context_->metrics->outbound.Detect(ParentLabels())
        ->OnDetected(result, absl::Nanoseconds(loop_->now_ns() - sniff_started_ns_));
    if (verdict == HttpSniff::kHttp1) return ServeHttp(/*http2=*/false);
    if (verdict == HttpSniff::kHttp2) return ServeHttp(/*http2=*/true);
    break;
  }
  deadline_.Cancel();
  ForwardBytes();
}

void OutboundConnection::SniffForSni() {
  char buffer[kMaxClientHelloBytes];
  const net::IoResult result = tcp_->Peek(buffer, sizeof(buffer));
  if (result.status == net::IoStatus::kBlocked) return;
  if (result.status != net::IoStatus::kOk) return Close();
  std::string server_name;
  const TlsSniff verdict = SniffTls(absl::string_view(buffer, result.bytes), &server_name);
  if (verdict == TlsSniff::kIncomplete && result.bytes < sizeof(buffer)) return;
  deadline_.Cancel();
  if (verdict != TlsSniff::kClientHello || server_name.empty()) {
    return FailTcp("unexpected", "Could not find SNI");
  }
  ForwardBytes();
}

void OutboundConnection::OnDeadline() {
  if (state_ == State::kSni) return FailTcp("unexpected", "SNI detection timed out");
  if (state_ == State::kEndpoint) return FailTcp("failfast", "service in fail-fast");
  context_->metrics->outbound.Detect(ParentLabels())
      ->OnDetected(DetectScope::kReadTimeout,
                   absl::Nanoseconds(loop_->now_ns() - sniff_started_ns_));
  ForwardBytes();
}

MetaLabels OutboundConnection::ParentLabels() const {
  const Metadata& parent = destination_->policy()->parent;
  return {parent.group, parent.kind, parent.ns, parent.name, parent.port, parent.section};
}

void OutboundConnection::CountProtocol(absl::string_view protocol) {
  context_->metrics->outbound.ProtocolConnections(protocol, ParentLabels())->cell.Add();
}

std::unique_ptr<net::ByteStream> OutboundConnection::TakeMetered() {
  auto scope = context_->metrics->outbound.Accept(destination_->original());
  scope->OnRead(sniffed_.size());
  return std::make_unique<MeteredStream>(std::move(tcp_), std::move(scope));
}

void OutboundConnection::ServeHttp(bool http2) {
  state_ = State::kServing;
  http::ServerHandler* self = this;
  if (http2) {
    auto connection = http2::ServerConnection::Create(
        loop_, TakeMetered(), MakeServerHttp2Options(context_->config->outbound.http2_server),
        self);
    if (!connection.ok()) return Close();
    http_ = *std::move(connection);
  } else {
    http_ = std::make_unique<http1::ServerConnection>(loop_, TakeMetered(), http1::ServerOptions(),
                                                      self);
  }
  if (context_->draining) http_->Drain();
  http_->Start(std::exchange(sniffed_, std::string()));
}

void OutboundConnection::OnRequest(http::ServerStream* stream) {
  (new OutboundExchange(stream, shared_, destination_))->Start();
}

void OutboundConnection::ForwardBytes() {
  const OutboundPolicy& policy = *destination_->policy();
  const OutboundTcpRoute& route = policy.tcp_route;
  if (policy.invalid) return FailTcp("invalid_policy", "the outbound policy makes no sense");
  if (route.forbidden) return FailTcp("forbidden", "forbidden TCP route");
  if (!route.invalid.empty()) return FailTcp("invalid_backend", route.invalid);
  const Backend* backend = PickBackend(route.distribution);
  if (backend == nullptr) return FailTcp("invalid_backend", "the route has no backend");
  switch (backend->kind) {
    case Backend::Kind::kBalance:
      balancer_ = shared_->destinations.BalancerFor(*backend);
      state_ = State::kEndpoint;
      deadline_.Arm(context_->config->outbound.tcp_failfast_timeout);
      return DialEndpoint();
    case Backend::Kind::kForward:
      forward_client_ =
          shared_->destinations.ClientFor(backend->endpoint, destination_->policy()->logical_name);
      return BeginDial(forward_client_->target());
    case Backend::Kind::kFail:
      return FailTcp("invalid_backend", "the backend is not valid");
  }
}

const Backend* OutboundConnection::PickBackend(const Distribution& distribution) {
  if (distribution.kind != Distribution::Kind::kRandomAvailable) {
    return distribution.backends.empty() ? nullptr : &distribution.backends.front();
  }
  return ChooseByWeight(distribution, (*context_->random)(), [](const Backend&) { return true; });
}

void OutboundConnection::DialEndpoint() {
  const EndpointTarget* target = balancer_->PickForTcp(&handle_);
  if (target == nullptr) return balancer_->Wait(this);
  deadline_.Cancel();
  BeginDial(*target);
}

void OutboundConnection::BeginDial(const EndpointTarget& target) {
  if (!target.dialable()) return FailTcp("unexpected", "loopback addresses are not dialled");
  state_ = State::kDialling;
  dialled_at_ns_ = loop_->now_ns();
  server_metrics_ = target.tcp_metrics();
  dial_ = std::make_unique<Dial>(loop_, target.Target(TransportHeader::Session::kNone),
                                 [this](absl::StatusOr<std::unique_ptr<net::ByteStream>> server) {
                                   OnDialled(std::move(server));
                                 });
}

void OutboundConnection::OnDialled(absl::StatusOr<std::unique_ptr<net::ByteStream>> server) {
  loop_->DeleteLater(std::move(dial_));
  if (balancer_ != nullptr) {
    balancer_->OnDialled(handle_, loop_->now_ns() - dialled_at_ns_);
    balancer_->OnDialEnd(handle_);
    balancer_.reset();
  }
  if (!server.ok()) return FailTcp("i/o", server.status().message());
  state_ = State::kForwarding;
  auto metered = std::make_unique<MeteredStream>(*std::move(server), std::move(server_metrics_));
  auto client = TakeMetered();
  const std::string already_read = std::exchange(sniffed_, std::string());
  forward_ = std::make_unique<TcpForward>(loop_, std::move(client), std::move(metered),
                                          already_read, [this](int) { Close(); });
}

void OutboundConnection::FailTcp(absl::string_view error, absl::string_view why) {
  GOSSAMER_LOG_EVERY(absl::Seconds(1), kInfo, "proxy::outbound", "connection failed",
                     {"target", destination_->original().ToString()}, {"error", why});
  context_->metrics->outbound.TcpError(destination_->original(), error)->cell.Add();
  tcp_->ResetOnClose();
  Close();
}

void OutboundConnection::Drain() {
  if (http_ != nullptr) http_->Drain();
}

void OutboundConnection::Close() {
  if (std::exchange(closed_, true)) return;
  deadline_.Cancel();
  Unqueue();
  if (tcp_ != nullptr) tcp_->SetHandler(nullptr);
  destination_->StopObserving(this);
  if (dial_ != nullptr && balancer_ != nullptr) balancer_->OnDialEnd(handle_);
  // Whatever is on the call stack stays until the turn's end.
  loop_->DeleteLater(this);
}

}  // namespace gossamer::proxy
