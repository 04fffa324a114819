#include "proxy/http/testing/loopback_server.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/net/tcp_stream.h"
#include "lib/tls/tls_stream.h"

namespace gossamer::proxy::testing {

using http::testing::RequestRecorder;
using http::testing::ServerRecorder;

class LoopbackServer::Connection final : private http::ServerHandler {
 public:
  Connection(LoopbackServer* server, int index) : server_(server), index_(index) {
    recorder_.on_request = [this](RequestRecorder* request) {
      server_->requests_.push_back(request);
      server_->connection_of_.push_back(index_);
      server_->on_request_(request);
    };
  }

  void Start(std::unique_ptr<net::TcpStream> tcp) {
    if (server_->options_.tls == nullptr) return Serve(std::move(tcp));
    handshake_ = *tls::TlsStream::Create(server_->loop_, std::move(tcp), server_->options_.tls, {},
                                         [this](absl::Status status) {
                                           // Without a stream it was cut within this turn.
                                           if (!status.ok() || handshake_ == nullptr) return Cut();
                                           Serve(std::move(handshake_));
                                         });
  }
  bool open() const { return http_ != nullptr || handshake_ != nullptr; }
  void Drain() {
    if (http_ != nullptr) http_->Drain();
  }
  void Cut() {
    server_->loop_->DeleteLater(std::move(handshake_));
    server_->loop_->DeleteLater(std::move(http_));
  }

 private:
  void Serve(std::unique_ptr<net::ByteStream> stream) {
    http::ServerHandler* self = this;
    if (server_->options_.http2) {
      http_ = *http2::ServerConnection::Create(server_->loop_, std::move(stream), {}, self);
    } else {
      http_ = std::make_unique<http1::ServerConnection>(server_->loop_, std::move(stream),
                                                        http1::ServerOptions(), self);
    }
    http_->Start("");
  }
  void OnRequest(http::ServerStream* stream) override { recorder_.OnRequest(stream); }
  void OnConnectionClosed() override { server_->loop_->DeleteLater(std::move(http_)); }

  LoopbackServer* const server_;
  const int index_;
  ServerRecorder recorder_;
  std::unique_ptr<tls::TlsStream> handshake_;
  std::unique_ptr<http::ServerConnection> http_;
};

LoopbackServer::LoopbackServer(event::Loop* loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      on_request_([](RequestRecorder* request) { request->Respond(200, "ok"); }) {
  Listen(*net::SocketAddress::Parse("127.0.0.1:0"));
}

LoopbackServer::~LoopbackServer() {
  Cut();
  loop_->RunOnce(absl::ZeroDuration());
}

void LoopbackServer::Listen(const net::SocketAddress& address) {
  net::UniqueFd listener = *net::Listen(address, {});
  address_ = net::LocalAddress(listener.get());
  acceptor_ = *Acceptor::Create(
      loop_, std::move(listener), {},
      [this](net::UniqueFd fd, const net::SocketAddress&) { OnConnection(std::move(fd)); });
}

void LoopbackServer::OnConnection(net::UniqueFd fd) {
  connections_.push_back(std::make_unique<Connection>(this, accepted()));
  connections_.back()->Start(*net::TcpStream::Create(loop_, std::move(fd)));
}

int LoopbackServer::open() const {
  return static_cast<int>(std::count_if(connections_.begin(), connections_.end(),
                                        [](const auto& each) { return each->open(); }));
}

void LoopbackServer::Drain() {
  for (const auto& connection : connections_) connection->Drain();
}

void LoopbackServer::Cut() {
  for (const auto& connection : connections_) connection->Cut();
}

void LoopbackServer::StopListening() { acceptor_->Stop(); }

void LoopbackServer::ListenAgain() { Listen(address_); }

}  // namespace gossamer::proxy::testing
