#include "tests/mesh/http2_server.h"

#include <sys/socket.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "lib/http/http2/connection.h"
#include "lib/net/tcp_stream.h"

namespace gossamer::mesh_test {

// One request; ends with its stream.
class Http2Server::Exchange final : private http::StreamHandler {
 public:
  Exchange(Http2Server* server, http::ServerStream* stream)
      : server_(server), stream_(stream), timer_(server->loop_.get(), [this] { OnTimer(); }) {
    stream->set_handler(this);
    absl::string_view path = stream->request()->path;
    int milliseconds = 0;
    if (absl::ConsumePrefix(&path, "/slow/") && absl::SimpleAtoi(path, &milliseconds)) {
      timer_.Arm(absl::Milliseconds(milliseconds));
    } else if (path == "/ticks") {
      Begin();
      timer_.Arm(kTick);
    } else {
      Answer();
    }
  }
  ~Exchange() = default;

 private:
  void OnData(absl::string_view data) override { stream_->Consume(data.size()); }
  void OnEnd(http::Headers*) override {}
  void OnSendReady() override {}
  void OnReset(const http::Reset&) override { server_->loop_->DeleteLater(this); }
  void OnDone() override { server_->loop_->DeleteLater(this); }

  void OnTimer() {
    if (!ticking_) return Answer();
    stream_->SendData(absl::StrCat("tick-", ++ticks_, ";"));
    timer_.Arm(kTick);
  }
  void Begin() {
    ticking_ = true;
    SendHead();
  }
  void Answer() {
    SendHead();
    stream_->SendData(server_->name_);
    stream_->SendEnd(nullptr);
  }
  void SendHead() {
    http::ResponseHead head;
    head.status = 200;
    head.body = http::BodyKind::kChunked;
    stream_->SendResponse(head, /*close_connection=*/false);
  }

  Http2Server* const server_;
  http::ServerStream* const stream_;
  event::Timer timer_;
  bool ticking_ = false;
  int ticks_ = 0;
};

class Http2Server::Connection final : private http::ServerHandler {
 public:
  Connection(Http2Server* server, std::unique_ptr<net::TcpStream> tcp) : server_(server) {
    server_->connections_.insert(this);
    http::ServerHandler* self = this;
    http_ = *http2::ServerConnection::Create(server->loop_.get(), std::move(tcp), {}, self);
    http_->Start("");
  }
  ~Connection() { server_->connections_.erase(this); }

 private:
  void OnRequest(http::ServerStream* stream) override {
    ++server_->requests_;
    new Exchange(server_, stream);
  }
  void OnConnectionClosed() override { server_->loop_->DeleteLater(this); }

  Http2Server* const server_;
  std::unique_ptr<http2::ServerConnection> http_;
};

Http2Server::Http2Server(harness::Pod* pod) : name_(pod->name()), loop_(*event::Loop::Create()) {
  pod->net().Run([&] {
    auto listener = net::Listen(net::SocketAddress(net::IpAddress::V4(0), kPort), {});
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
  });
  EXPECT_TRUE(watch_.Start(loop_.get(), listener_.get(), this).ok());
  thread_ = std::thread([this] {
    loop_->Run();
    const std::vector<Connection*> all(connections_.begin(), connections_.end());
    for (Connection* connection : all) loop_->DeleteLater(connection);
    // One turn for the connections, and one for what ends with them.
    for (int i = 0; i < 2; ++i) loop_->RunOnce(absl::ZeroDuration());
  });
}

Http2Server::~Http2Server() {
  loop_->Stop();
  thread_.join();
}

void Http2Server::OnIo(event::IoEvents) {
  while (true) {
    net::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    auto tcp = net::TcpStream::Create(loop_.get(), std::move(fd));
    if (tcp.ok()) new Connection(this, *std::move(tcp));
  }
}

}  // namespace gossamer::mesh_test
