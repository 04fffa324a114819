#include "tests/conformance/http1/connection_relay.h"

#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/http/http1/client_connection.h"
#include "lib/http/http1/serializer.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/stream.h"
#include "lib/net/ip.h"
#include "lib/net/tcp_stream.h"

namespace gossamer::conformance {
namespace {

net::SocketAddress Local(uint16_t port) {
  return net::SocketAddress::Parse(absl::StrCat("127.0.0.1:", port)).value();
}

// One request to the server and its response back. Lives as long as its client.
class Exchange final : private http::StreamHandler, private http1::ClientConnection::Observer {
 public:
  Exchange(event::Loop* loop, http::ServerStream* client, uint16_t server_port) : client_(client) {
    client->set_handler(&from_client_);
    net::UniqueFd fd = net::Connect(Local(server_port), net::SocketOptions()).value();
    http1::ClientConnection::Observer* self = this;
    connection_ = std::make_unique<http1::ClientConnection>(
        loop, net::TcpStream::Create(loop, std::move(fd)).value(), http1::HeadLimits(), self);
    connection_->Start();
    http::RequestHead& head = *client->request();
    http1::StripHopByHop(&head.headers, head.upgrade);
    server_ = connection_->StartRequest(head, this);
    if (server_ == nullptr) Refuse(400);
  }

 private:
  class FromClient final : public http::StreamHandler {
   public:
    explicit FromClient(Exchange* exchange) : exchange_(exchange) {}
    void OnData(absl::string_view data) override {
      exchange_->client_->Consume(data.size());
      if (exchange_->server_ != nullptr) exchange_->server_->SendData(data);
    }
    void OnEnd(http::Headers* trailers) override {
      if (exchange_->server_ != nullptr) exchange_->server_->SendEnd(trailers);
    }
    void OnSendReady() override {}
    void OnReset(const http::Reset&) override {
      exchange_->client_ = nullptr;
      if (exchange_->server_ == nullptr) return;
      std::exchange(exchange_->server_, nullptr)->ResetStream(http::kH2Cancel);
    }
    void OnDone() override { exchange_->client_ = nullptr; }

   private:
    Exchange* const exchange_;
  };

  void Refuse(int status) {
    http::ResponseHead head;
    head.status = status;
    if (client_ != nullptr) client_->SendResponse(head, /*close_connection=*/true);
  }

  // From the server.
  void OnInformational(http::ResponseHead* head) override {
    if (client_ != nullptr) client_->SendInformational(*head);
  }
  void OnResponse(http::ResponseHead* head) override {
    http1::StripHopByHop(&head->headers, head->upgrade);
    responded_ = true;
    if (client_ != nullptr) client_->SendResponse(*head, /*close_connection=*/false);
  }
  void OnData(absl::string_view data) override {
    server_->Consume(data.size());
    if (client_ != nullptr) client_->SendData(data);
  }
  void OnEnd(http::Headers* trailers) override {
    if (client_ != nullptr) client_->SendEnd(trailers);
  }
  void OnSendReady() override {}
  void OnReset(const http::Reset&) override {
    server_ = nullptr;
    if (!responded_) return Refuse(502);
    if (client_ != nullptr) std::exchange(client_, nullptr)->ResetStream(http::kH2Cancel);
  }
  void OnDone() override { server_ = nullptr; }
  void OnClientIdle(http1::ClientConnection*) override {}
  void OnClientClosed(http1::ClientConnection*) override {}

  FromClient from_client_{this};
  http::ServerStream* client_;
  http::Stream* server_ = nullptr;
  bool responded_ = false;
  std::unique_ptr<http1::ClientConnection> connection_;
};

}  // namespace

class ConnectionRelay::Client final : private http::ServerHandler {
 public:
  Client(event::Loop* loop, net::UniqueFd fd, uint16_t server_port)
      : loop_(loop), server_port_(server_port) {
    http::ServerHandler* self = this;
    connection_ = std::make_unique<http1::ServerConnection>(
        loop, net::TcpStream::Create(loop, std::move(fd)).value(), http1::ServerOptions(), self);
    connection_->Start("");
  }

 private:
  void OnRequest(http::ServerStream* stream) override {
    exchanges_.push_back(std::make_unique<Exchange>(loop_, stream, server_port_));
  }
  void OnConnectionClosed() override { loop_->DeleteLater(std::move(connection_)); }

  event::Loop* const loop_;
  const uint16_t server_port_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::unique_ptr<http1::ServerConnection> connection_;  // Before exchanges_ in its end.
};

ConnectionRelay::ConnectionRelay(uint16_t server_port)
    : server_port_(server_port),
      loop_(event::Loop::Create().value()),
      listener_(net::Listen(Local(0), net::ListenOptions()).value()) {
  port_ = net::LocalAddress(listener_.get()).port();
  watch_.Start(loop_.get(), listener_.get(), this).IgnoreError();
  thread_ = std::thread([this] {
    loop_->Run();
    clients_.clear();
    watch_.Stop();
  });
}

ConnectionRelay::~ConnectionRelay() {
  loop_->Stop();
  thread_.join();
}

void ConnectionRelay::OnIo(event::IoEvents) {
  while (true) {
    net::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    clients_.push_back(std::make_unique<Client>(loop_.get(), std::move(fd), server_port_));
  }
}

}  // namespace gossamer::conformance
