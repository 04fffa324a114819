#include "tests/conformance/http2/reflect_server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/stream.h"
#include "lib/net/ip.h"
#include "lib/net/tcp_stream.h"

namespace gossamer::conformance {

// One request. Owns itself until its stream is over.
class ReflectServer::Exchange final : public http::StreamHandler {
 public:
  Exchange(ReflectServer* server, http::ServerStream* stream) : server_(server), stream_(stream) {
    stream->set_handler(this);
    const http::RequestHead& head = *stream->request();
    absl::string_view size = head.path;
    if (absl::ConsumePrefix(&size, "/big/")) (void)absl::SimpleAtoi(size, &big_);
    stalls_ = head.path == "/stall";
    text_ = absl::StrCat(head.method, " ", head.path, " ", head.authority, "\n",
                         FieldsText(head.headers), "\n");
  }
  // May end it.
  void Start() {
    if (stream_->request()->body == http::BodyKind::kNone) Answer();
  }

 private:
  static std::string FieldsText(const http::Headers& headers) {
    std::vector<std::string> lines;
    for (const http::Header& field : headers) {
      lines.push_back(absl::StrCat(field.name, ": ", field.value, "\n"));
    }
    std::sort(lines.begin(), lines.end());
    return absl::StrJoin(lines, "");
  }

  void OnData(absl::string_view data) override {
    body_bytes_ += data.size();
    stream_->Consume(data.size());
  }
  void OnEnd(http::Headers* trailers) override {
    if (trailers != nullptr) trailers_ = FieldsText(*trailers);
    if (!answered_) Answer();
  }
  void OnSendReady() override { SendBig(); }
  void OnReset(const http::Reset&) override { delete this; }
  void OnDone() override { delete this; }

  void Answer() {
    if (stalls_) return;
    ++server_->requests_;
    answered_ = true;
    http::ResponseHead head;
    head.status = 200;
    head.body = http::BodyKind::kContentLength;
    const std::string text = absl::StrCat(text_, body_bytes_, "\n", trailers_);
    head.content_length = big_ > 0 ? big_ : text.size();
    const std::string length = absl::StrCat(head.content_length);
    head.headers.Add("content-length", length);
    stream_->SendResponse(head, /*close_connection=*/false);
    if (big_ > 0) return SendBig();
    stream_->SendData(text);
    stream_->SendEnd(nullptr);  // May end this.
  }

  void SendBig() {
    if (big_ == 0) return;
    const std::string part(16 * 1024, 'b');
    while (big_ > 0 && !stream_->SendBlocked()) {
      const size_t size = std::min<uint64_t>(big_, part.size());
      big_ -= size;
      stream_->SendData(absl::string_view(part).substr(0, size));
    }
    if (big_ == 0) stream_->SendEnd(nullptr);
  }

  ReflectServer* const server_;
  http::ServerStream* const stream_;
  std::string text_;
  std::string trailers_;
  uint64_t body_bytes_ = 0;
  uint64_t big_ = 0;  // What is left to send.
  bool stalls_ = false;
  bool answered_ = false;
};

class ReflectServer::Client final : private http::ServerHandler {
 public:
  Client(ReflectServer* server, net::UniqueFd fd) : server_(server) {
    event::Loop* const loop = server->loop_.get();
    auto stream = net::TcpStream::Create(loop, std::move(fd)).value();
    http::ServerHandler* self = this;
    if (server->protocol_ == Protocol::kHttp2) {
      connection_ =
          http2::ServerConnection::Create(loop, std::move(stream), server->options_, self).value();
    } else {
      connection_ = std::make_unique<http1::ServerConnection>(loop, std::move(stream),
                                                              http1::ServerOptions(), self);
    }
    connection_->Start("");
  }

 private:
  void OnRequest(http::ServerStream* stream) override { (new Exchange(server_, stream))->Start(); }
  void OnBadRequest(int, absl::string_view) override { ++server_->refused_; }
  void OnConnectionClosed() override { server_->loop_->DeleteLater(std::move(connection_)); }

  ReflectServer* const server_;
  std::unique_ptr<http::ServerConnection> connection_;
};

ReflectServer::ReflectServer(int listener, Protocol protocol, const http2::Options& options)
    : protocol_(protocol),
      options_(options),
      loop_(event::Loop::Create().value()),
      listener_(listener) {
  fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
  port_ = net::LocalAddress(listener).port();
  watch_.Start(loop_.get(), listener, this).IgnoreError();
  thread_ = std::thread([this] {
    loop_->Run();
    clients_.clear();
    watch_.Stop();
  });
}

ReflectServer::~ReflectServer() {
  loop_->Stop();
  thread_.join();
}

void ReflectServer::OnIo(event::IoEvents) {
  while (true) {
    net::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    clients_.push_back(std::make_unique<Client>(this, std::move(fd)));
  }
}

}  // namespace gossamer::conformance
